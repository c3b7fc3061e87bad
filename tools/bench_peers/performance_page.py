"""docs/performance.md and its chart, from the medians of a run."""

import datetime
import os
import platform
from dataclasses import dataclass

from chart import draw

PEERS = ["DynamoDB Local", "dynalite"]
DRAY, DRAY_OS, BARE = "Dray (fsync)", "Dray (os)", "bare HTTP server (beast)"
CHART = "performance.svg"


@dataclass(frozen=True)
class Goal:
    text: str
    is_met: bool


def better(of, measure, choose):
    return choose(of[peer][measure] for peer in PEERS)


def goals(workloads, results):
    found = []
    for workload in workloads:
        of = results[workload.name]

        def faster(dray, wanted, name=workload.name, of=of):
            ratio = of[dray]["per_second"] / better(of, "per_second", max)
            found.append(Goal(f"{name}: {dray} at {ratio:.2f} times the better peer (wants {wanted})", ratio >= wanted))
        if workload.wants_ratio_os:
            faster(DRAY_OS, workload.wants_ratio_os)
        if workload.wants_ratio:
            faster(DRAY, workload.wants_ratio)
        if workload.wants_of_bare:
            share = of[DRAY]["per_second"] / of[BARE]["per_second"]
            found.append(Goal(f"{workload.name}: {share:.2f} of a bare HTTP server of the same library (wants {workload.wants_of_bare})",
                              share >= workload.wants_of_bare))
        if not workload.dray_only:
            for dray in [name for name in (DRAY_OS, DRAY) if name in of]:
                ours, theirs = of[dray]["p99_ms"], better(of, "p99_ms", min)
                found.append(Goal(f"{workload.name}: p99 of {dray} {ours:.2f} ms, of the better peer {theirs:.2f} ms (wants less)",
                                  ours < theirs))
    return found


def table(results):
    lines = ["| what | server | requests/s | p50, ms | p99, ms | of the better peer |", "|---|---|---:|---:|---:|---:|"]
    for name, of in results.items():
        for server, at in of.items():
            ratio = ""
            if PEERS[0] in of and server in (DRAY, DRAY_OS):
                ratio = f"{at['per_second'] / better(of, 'per_second', max):.2f}x"
            lines.append(f"| {name} | {server} | {at['per_second']:,.0f} | {at['p50_ms']:.2f} | {at['p99_ms']:.2f} | {ratio} |")
    return "\n".join(lines)


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
                 platform.machine())
    memory_gb = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal")) / 2**20
    system = next(line.split("=", 1)[1].strip().strip('"') for line in open("/etc/os-release") if line.startswith("PRETTY_NAME"))
    return (f"{model}, {os.cpu_count()} cores shared by the server and the client, {memory_gb:.0f} GB, {system}, "
            f"Linux {platform.release().split('-')[0]}")


def write(page, results, found, versions, settings):
    chart = page.parent / CHART
    chart.write_text(draw(results))
    version_lines = "\n".join(f"- {what}: {text}" for what, text in versions.items())
    goal_lines = "\n".join(f"| {goal.text} | {'met' if goal.is_met else '**missed**'} |" for goal in found)
    not_idle = "" if settings["load"] <= 0.5 else (
        f"\nThe machine was not idle when this began (load {settings['load']:.1f}).\n")
    page.write_text(f"""# Performance

Written by `make bench-peers` on {datetime.date.today().isoformat()}: Dray beside the two emulators of DynamoDB that people run, in one
run, with one client. They keep everything in memory and look at no signature; Dray verifies each signature, evaluates policies, writes
its audit line, and with `fsync` (the default) has a write on the disk before it answers.

![requests a second of each server]({CHART})

{table(results)}

*os* is `--durability=os`: a write is with the operating system when it is answered. The *bare* servers answer every request with
the same 700 bytes: `beast` is Boost.Beast alone, `own` is Dray's HTTP server with nothing behind it.

## Goals

| goal | |
|---|---|
{goal_lines}

## How it was measured
{not_idle}
    BENCH_SECONDS={settings['seconds']} BENCH_ROUNDS={settings['rounds']} make bench-peers

- {machine()}
{version_lines}
- `wrk` with {settings['connections']} connections and {settings['threads']} threads sends {settings['requests']:,} different requests that
  were signed before, over and over, to a table of {settings['items']:,} items of 700 bytes with a partition and a sort key, 16 of them a
  partition key. Keys are drawn uniformly.
- Each server does {settings['warmup']} s of a workload before it counts, which lets the Java and JavaScript compilers do their work.
  Then {settings['rounds']} rounds of {settings['seconds']} s, the servers in turn; the table has the median of the rounds for each column.
- A sample of answers is compared with what was stored before each workload; a single response with an error status, or a broken
  connection, ends the run without a page.
- UpdateItem is `SET #count = #count + :one, #status = :status` under `attribute_exists(pk) AND #count >= :zero`. *PutItem, two indexes*
  replaces items of a table with a global secondary index of all attributes and one of keys only; both entries mostly move.
- The latencies are those of {settings['connections']} connections that always have a request under way, on a machine where the client
  takes its share of the same cores: they compare servers, they do not promise a service level. `wrk` counts the requests that a stall
  kept it from sending as late, too.
""")


