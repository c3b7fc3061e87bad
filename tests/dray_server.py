"""A `dray serve` process for tests, on a folder and a free port of its own, and stock clients for its accounts. Nothing of the
user's AWS configuration is read."""

import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import boto3
import botocore.config

ROOT = Path(__file__).resolve().parent.parent
BINARY = os.environ.get("DRAY_BINARY", str(ROOT / "build/release/dray"))
REGION = "us-east-1"


def run_dray(*arguments, check=True, timeout=60, **options):
    """The finished process of `dray ARGUMENTS`."""
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, **options)
    if check:
        assert done.returncode == 0, f"dray {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}"
    return done


class DrayServer:
    def __init__(self, folder, *flags):
        self.data = Path(folder) / "data"
        self.flags = [str(flag) for flag in flags]
        self.launcher = []  # a command that runs the command behind it
        self.process = None
        self.endpoint = None
        self.credentials = {}  # account -> (access key, secret)
        self.log = []          # lines of standard error, of all starts
        self._log_grew = threading.Condition()
        self._kill_at = None

    # ---- the process

    def start(self, timeout=60):
        assert self.process is None
        command = [*self.launcher, BINARY, "serve", "--data", str(self.data), "--listen", "127.0.0.1:0", "--log-format", "json",
                   *self.flags]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")})
        self._reader = threading.Thread(target=self._read_log, args=(self.process.stderr,), daemon=True)
        self._reader.start()
        watchdog = threading.Timer(timeout, self.process.kill)
        watchdog.start()
        for line in self.process.stdout:
            if found := re.search(r"listening on (https?://\S+)", line):
                self.endpoint = found.group(1)
                watchdog.cancel()
                return self
        watchdog.cancel()
        self.process.wait()
        self._reader.join()
        self.process = None
        raise AssertionError("the server did not start:\n" + "\n".join(self.log[-30:]))

    def stop(self, timeout=60):
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        return self._wait(timeout)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self._wait(30)

    def kill_at_log(self, text, timeout=60):
        """Kills the process the moment it writes a line that holds `text`: call before the line can come; the function
        it returns waits for the end."""
        self._kill_at = text
        return lambda: self._wait(timeout)

    def _wait(self, timeout):
        code = self.process.wait(timeout)
        self._reader.join(timeout)
        self.process.stdout.close()
        self.process = None
        return code

    # ---- its log

    def _read_log(self, stream):
        for line in stream:
            if self._kill_at is not None and self._kill_at in line:
                self._kill_at = None
                self.process.send_signal(signal.SIGKILL)  # from this thread: every wake-up more would be too late
            with self._log_grew:
                self.log.append(line.rstrip("\n"))
                self._log_grew.notify_all()
        stream.close()

    def log_position(self):
        with self._log_grew:
            return len(self.log)

    def log_since(self, position):
        with self._log_grew:
            return self.log[position:]

    def wait_for_log(self, position, text, timeout=60):
        """The first line at or behind `position` that holds `text`."""
        until = time.monotonic() + timeout
        with self._log_grew:
            while True:
                for line in self.log[position:]:
                    if text in line:
                        return line
                assert self._log_grew.wait(until - time.monotonic()), f"no log line with {text} within {timeout} s"

    # ---- accounts and clients

    def create_account(self, account):
        made = run_dray("account", "create", account, "--data", self.data).stdout
        keys = dict(re.findall(r"^(aws_\w+)\s*=\s*(\S+)", made, re.M))
        self.credentials[account] = keys["aws_access_key_id"], keys["aws_secret_access_key"]
        return self.credentials[account]

    def client(self, service, account, **config):
        """A boto3 client that signs as that account's root and retries nothing."""
        access_key, secret = self.credentials[account]
        settings = dict(retries=dict(total_max_attempts=1), s3=dict(addressing_style="path"), read_timeout=120)
        return boto3.session.Session().client(
            service, endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id=access_key,
            aws_secret_access_key=secret, config=botocore.config.Config(**{**settings, **config}))

    def aws(self, account, *arguments, check=True, timeout=120, environment=None):
        """Debian's aws CLI as that account: the finished process."""
        access_key, secret = self.credentials[account]
        settings = {"PATH": "/usr/bin:/bin", "HOME": str(self.data.parent), "AWS_ACCESS_KEY_ID": access_key,
                       "AWS_SECRET_ACCESS_KEY": secret, "AWS_DEFAULT_REGION": REGION, "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1",
                       "AWS_EC2_METADATA_DISABLED": "true"}
        done = subprocess.run(["/usr/bin/aws", "--endpoint-url", self.endpoint, *map(str, arguments)], capture_output=True,
                              text=True, timeout=timeout, env={**settings, **(environment or {})})
        if check:
            assert done.returncode == 0, f"aws {' '.join(map(str, arguments))}: {done.stderr}"
        return done
