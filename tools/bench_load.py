"""What jobs and recovery cost the requests of a running server: tools/bench_server.py calls it. The client is http_load (src/bench)."""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "bench_peers"))
from wire_requests import Target, wire_request, write_requests  # noqa: E402

CONNECTIONS = 32
RATE = 2000           # GetItem a second, open loop
SECONDS, ROUNDS = 8, 5
WRITE_SECONDS, WRITE_ROUNDS = 5, 3
REQUESTS = 5000


class Client:
    def __init__(self, http_load, server, account, folder):
        self.http_load, self.folder = http_load, pathlib.Path(folder)
        host = server.endpoint.removeprefix("http://")
        self.port, self.target = host.rsplit(":", 1)[1], Target(host, *server.credentials[account])

    def start(self, name, operation, arguments, seconds, *rate):
        """The client's process, at work. The requests are signed now: a signature is good for five minutes."""
        path = self.folder / name
        write_requests(path, [wire_request(self.target, operation, one) for one in arguments])
        return subprocess.Popen([self.http_load, self.port, path, str(CONNECTIONS), str(seconds), *map(str, rate)],
                                stdout=subprocess.PIPE, text=True)


def result_of(process):
    result = json.loads(process.communicate()[0])
    assert result["requests"] and not result["errors"], result
    return result


def reads_during(what, client, table, keys, job):
    """Open-loop GetItem alone and while one job follows the other, in turn, and the medians of the rounds: a single one is at the
    mercy of whatever else the machine does. `job` does a whole one and gives its bytes of text."""
    def start():
        return client.start("reads", "GetItem", [dict(TableName=table, Key=key) for key in keys], SECONDS, RATE)

    def with_jobs():
        process, done, started = start(), [], time.monotonic()

        def do_again():
            # boto3 computes for more than a millisecond whenever it asks how far the job is: at the loads' own priority that
            # would show in the readers' p99.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
            while process.poll() is None:
                done.append((job(), time.monotonic()))
        doer = threading.Thread(target=do_again)
        doer.start()
        result = result_of(process)
        doer.join()
        within = [(size, at) for size, at in done if at <= started + SECONDS]
        return {**result, "rate": sum(size for size, _ in within) / (within[-1][1] - started) / 1e6 if within else 0}

    result_of(start())  # the cache is warm afterwards
    alone, during = [], []
    for _ in range(ROUNDS):
        alone.append(result_of(start()))
        during.append(with_jobs())

    def median(results, member):
        return statistics.median(result[member] for result in results)
    before, meanwhile = median(alone, "p99_us"), median(during, "p99_us")
    print(f"server, {RATE} GetItem/s, open loop, medians of {ROUNDS} rounds: p50 {median(alone, 'p50_us')} us, p99 {before} us "
          f"{sorted(result['p99_us'] for result in alone)}; during {what} p50 {median(during, 'p50_us')} us, p99 {meanwhile} us "
          f"{sorted(result['p99_us'] for result in during)} ({meanwhile / before:.2f}x); the {what}: "
          f"{median(during, 'rate'):.0f} MB/s of text", flush=True)


def writes_with_recovery(client, table, items, set_recovery):
    """Durable PutItem over existing items with recovery off and on, in turn."""
    runs = {False: [], True: []}
    for _ in range(WRITE_ROUNDS):
        for is_on in (False, True):
            set_recovery(is_on)
            runs[is_on].append(result_of(client.start("writes", "PutItem", [dict(TableName=table, Item=item) for item in items],
                                                      WRITE_SECONDS))["per_second"])
    off, on = (statistics.median(runs[is_on]) for is_on in (False, True))
    print(f"server, PutItem with fsync, {CONNECTIONS} connections: {off:.0f}/s with recovery off, {on:.0f}/s with it on ({off / on:.2f}x)",
          flush=True)
