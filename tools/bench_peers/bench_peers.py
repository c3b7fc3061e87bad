#!/usr/bin/python3
"""bench_peers.py DRAY BARE_HTTP FOLDER: what tools/bench_peers.sh describes. Settings come from the environment: BENCH_SECONDS,
BENCH_ROUNDS, BENCH_WARMUP_SECONDS, BENCH_PARTITIONS (of 16 items), BENCH_REQUESTS (distinct ones), BENCH_ONLY (names of
workloads, between semicolons), BENCH_PAGE."""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import performance_page  # noqa: E402
import servers as started  # noqa: E402
from wire_requests import write_requests  # noqa: E402
from workloads import TABLES, WORKLOADS, arguments_of, load, signed  # noqa: E402

CONNECTIONS, CLIENT_THREADS = 32, 2
CHECKED = 20                  # answers of a workload that are looked at before it is measured
SIGNED_FOR_SECONDS = 120      # of the five minutes
REPEATS_MAX = 3


def setting(name, default):
    return int(os.environ.get(name, default))


SECONDS = setting("BENCH_SECONDS", 5)
ROUNDS = setting("BENCH_ROUNDS", 3)
WARMUP_SECONDS = setting("BENCH_WARMUP_SECONDS", max(10, SECONDS))
PARTITIONS = setting("BENCH_PARTITIONS", 2000)
REQUESTS = setting("BENCH_REQUESTS", 10000)


class Requests:
    """The request files of a workload, one a server; written again when their signatures grow old."""

    def __init__(self, workload, folder):
        self.workload, self.folder = workload, folder
        self.arguments = arguments_of(workload, REQUESTS, PARTITIONS)
        self.written = {}

    def file(self, server):
        path = self.folder / ("requests " + server.name)
        if time.monotonic() - self.written.get(server, float("-inf")) > SIGNED_FOR_SECONDS:
            write_requests(path, signed(server, self.workload, self.arguments))
            self.written[server] = time.monotonic()
        return path


def wrk(server, path, seconds):
    """One run: requests a second, percentiles in milliseconds. Any error ends the program. A run during which the machine stood still (a
    virtual one is paused now and then: the client's own sleep was too long, whatever the server did) says nothing and is done again."""
    for _ in range(REPEATS_MAX):
        summary, output = run_wrk(server, path, seconds)
        if summary["duration_us"] < (seconds + 1) * 1e6:
            break
        print(f"  the machine stood still for {summary['duration_us'] / 1e6 - seconds:.0f} s: that run is repeated", flush=True)
    if summary["status_errors"] or summary["socket_errors"] or "Non-2xx" in output or not summary["requests"]:
        raise SystemExit(f"bench-peers: {server.name} answered with errors:\n{output}")
    return dict(per_second=summary["requests"] / summary["duration_us"] * 1e6, p50_ms=summary["p50_us"] / 1000,
                p99_ms=summary["p99_us"] / 1000)


def run_wrk(server, path, seconds):
    script = Path(__file__).resolve().parent / "requests.lua"
    done = subprocess.run(["wrk", f"-t{CLIENT_THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "--latency", "-s",
                           str(script), f"http://{server.target.host}/", "--", str(path)], capture_output=True, text=True, timeout=seconds + 600)
    if done.returncode != 0 or not done.stdout.strip():
        raise SystemExit(f"bench-peers: wrk on {server.name}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1]), done.stdout


def check_answers(server, workload, arguments):
    requests = signed(server, workload, arguments[:CHECKED])
    for one, request in zip(arguments, requests):
        status, text = started.send(server.target, request)
        if status != 200 or not workload.check(server, one, json.loads(text)):
            raise SystemExit(f"bench-peers: {server.name}: a wrong answer to {workload.operation} {one}: {status} {text[:2000]}")


def measure(workload, servers, bare, folder):
    """{server name: medians over the rounds}, rounds interleaved."""
    requests = Requests(workload, folder)
    for server in servers:
        check_answers(server, workload, requests.arguments)
    for server in [*servers, *bare]:
        wrk(server, requests.file(server), WARMUP_SECONDS)
    runs = {server.name: [] for server in [*servers, *bare]}
    for number in range(ROUNDS):
        for server in [*servers, *bare]:
            runs[server.name].append(wrk(server, requests.file(server), SECONDS))
            last = runs[server.name][-1]
            print(f"  {workload.name}, round {number + 1}, {server.name}: {last['per_second']:,.0f}/s, "
                  f"p50 {last['p50_ms']:.2f} ms, p99 {last['p99_ms']:.2f} ms", flush=True)
    for server in servers:
        found = server.call("Scan", dict(TableName=workload.table, Limit=CHECKED))["Count"]
        if found != CHECKED:
            raise SystemExit(f"bench-peers: {server.name} has lost items: {found} of {CHECKED}")
    return {name: {measure: statistics.median(run[measure] for run in of) for measure in of[0]} for name, of in runs.items()}


def main(dray, bare_http, folder):
    folder = Path(folder)
    only = [name for name in os.environ.get("BENCH_ONLY", "").split(";") if name]
    chosen = [workload for workload in WORKLOADS if not only or workload.name in only]
    load_before = os.getloadavg()[0]
    if load_before > 0.5:
        print(f"bench-peers: the machine is not idle (load {load_before:.1f}); the figures will be lower than it can do", flush=True)
    running = []
    try:
        for start in (lambda: started.start_dray(dray, folder / "dray-fsync", "fsync"),
                      lambda: started.start_dray(dray, folder / "dray-os", "os"),
                      lambda: started.start_dynamodb_local(folder / "dynamodb-local"),
                      lambda: started.start_dynalite(folder / "dynalite"),
                      lambda: started.start_bare(bare_http, "beast", folder / "bare-beast"),
                      lambda: started.start_bare(bare_http, "own", folder / "bare-own")):
            running.append(start())
        dray_fsync, dray_os, local, dynalite, *bare = running
        for server in running[:4]:
            is_dray = server in (dray_fsync, dray_os)
            for table in TABLES:
                if any(workload.table == table and (is_dray or not workload.dray_only) for workload in chosen):
                    load(server, table, PARTITIONS)
            print(f"loaded {PARTITIONS * 16:,} items: {server.name}", flush=True)
        results = {}
        for workload in chosen:
            of = [dray_fsync]
            if workload.operation in ("PutItem", "UpdateItem"):
                of.append(dray_os)
            if not workload.dray_only:
                of += [local, dynalite]
            results[workload.name] = measure(workload, of, bare if workload.wants_of_bare else [], folder)
        versions = started.versions(dray_fsync)
    finally:
        for server in reversed(running):
            server.stop()
    goals = performance_page.goals(chosen, results)
    print(performance_page.table(results))
    for goal in goals:
        print(f"{'met   ' if goal.is_met else 'MISSED'} {goal.text}")
    page = Path(os.environ.get("BENCH_PAGE", started.ROOT / "docs/performance.md"))
    performance_page.write(page, results, goals, versions, dict(
        seconds=SECONDS, rounds=ROUNDS, warmup=WARMUP_SECONDS, items=PARTITIONS * 16, requests=REQUESTS, connections=CONNECTIONS,
        threads=CLIENT_THREADS, load=load_before))
    print(f"bench-peers: {sum(goal.is_met for goal in goals)} of {len(goals)} goals met; wrote {page}")
    return 0 if all(goal.is_met for goal in goals) else 3


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
