"""The servers that are measured, each started on a free port of 127.0.0.1, and what to call them."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from http.client import HTTPConnection
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

from wire_requests import Target, wire_request  # noqa: E402

ACCOUNT = "111122223333"
PACKAGES = HERE / "node_modules"


class Process:
    """A server of ours to stop; its log goes to a file, as a service's would."""

    def __init__(self, name, command, folder, address=r"listening on http://(\S+)", environment=None, cwd=None):
        self.name = name
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "log"
        clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, text=True, cwd=cwd, stderr=log,
                                            stdout=subprocess.PIPE if address else log, env={**clean, **(environment or {})})
        self.target = None
        if address:
            for line in self.process.stdout:
                if found := re.search(address, line):
                    self.target = Target(found.group(1), "bench", "bench")
                    break
            else:
                raise SystemExit(f"bench-peers: {name} did not start:\n{self.log.read_text()[-2000:]}")

    def call(self, operation, arguments):
        """One request, not measured: its parsed answer."""
        status, text = send(self.target, wire_request(self.target, operation, arguments))
        if status != 200:
            raise SystemExit(f"bench-peers: {self.name}: {operation}: {status} {text[:500]}")
        return json.loads(text)

    def stop(self):
        self.process.stdin.close()
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


def send(target, request):
    """(status, body) of one request as bytes, on a connection of its own."""
    head, body = request.split(b"\r\n\r\n", 1)
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    connection = HTTPConnection(target.host, timeout=60)
    try:
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def start_dray(binary, folder, durability):
    flags = [] if durability == "fsync" else [f"--durability={durability}"]
    server = Process(f"Dray ({durability})", [binary, "serve", "--data", folder / "data", "--listen", "127.0.0.1:0", *flags], folder)
    made = subprocess.run([binary, "account", "create", ACCOUNT, "--data", folder / "data"], capture_output=True, text=True, check=True)
    keys = dict(re.findall(r"^(aws_\w+)\s*=\s*(\S+)", made.stdout, re.M))
    server.target = Target(server.target.host, keys["aws_access_key_id"], keys["aws_secret_access_key"])
    return server


def start_bare(binary, kind, folder):
    return Process(f"bare HTTP server ({kind})", [binary, kind], folder)


def start_dynalite(folder):
    return Process("dynalite", ["node", HERE / "dynalite.cjs"], folder)


def start_dynamodb_local(folder):
    emulator = PACKAGES / "amplify-dynamodb-simulator/emulator"
    with socket.socket() as probe:  # it cannot pick a port itself
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Process("DynamoDB Local", ["java", f"-Djava.library.path={emulator}/DynamoDBLocal_lib", "-jar", emulator / "DynamoDBLocal.jar",
                                        "-inMemory", "-disableTelemetry", "-port", port],
                     folder, address=None, environment=dict(DDB_LOCAL_TELEMETRY="0"), cwd=emulator)
    server.target = Target(f"127.0.0.1:{port}", "bench", "bench")
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return server
        except OSError as error:
            if server.process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"bench-peers: DynamoDB Local did not start:\n{server.log.read_text()[-2000:]}") from error
            time.sleep(0.1)


def versions(dray):
    """What was measured, for the page; `dray` runs."""
    def first_line(*command):
        done = subprocess.run(command, capture_output=True, text=True)
        return (done.stdout + done.stderr).strip().splitlines()[0]

    def npm_version(name):
        return json.loads((PACKAGES / name / "package.json").read_text())["version"]
    emulator = PACKAGES / "amplify-dynamodb-simulator/emulator/DynamoDBLocal.jar"
    local = subprocess.run(["java", "-jar", str(emulator), "-version"], capture_output=True, text=True).stdout.strip().splitlines()[-1]
    with urllib.request.urlopen(f"http://{dray.target.host}/_dray/health", timeout=60) as answer:
        version = json.load(answer)["version"]
    changed = subprocess.run(["git", "-C", str(ROOT), "status", "--porcelain", "src"], capture_output=True, text=True).stdout
    commit = first_line("git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD") + (" with changes" if changed else "")
    return {
        "Dray": f"{version}, commit {commit}",
        "DynamoDB Local": f"{local} (npm `amplify-dynamodb-simulator` {npm_version('amplify-dynamodb-simulator')}), `-inMemory`, "
                          + first_line("java", "-version").replace('"', ""),
        "dynalite": f"{npm_version('dynalite')}, in memory, Node {first_line('node', '--version')}",
        "wrk": re.search(r"wrk (?:debian/)?(\S+)", first_line("wrk", "-v")).group(1),
    }
