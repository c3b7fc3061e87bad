"""`make demo` itself, with fewer cities: it works in a network that has nothing but loopback, whatever AWS settings its caller has,
writes nothing into its caller's home, and leaves no process."""

import os
import shutil
import subprocess

import pytest

from dray_server import BINARY, ROOT


def processes_of(binary):
    found = subprocess.run(["pgrep", "-f", f"{binary} serve"], capture_output=True, text=True)
    return set(found.stdout.split())


def test_demo_contacts_only_loopback_and_leaves_nothing(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    binary = tmp_path / "dray-of-the-demo"
    shutil.copy(BINARY, binary)
    environment = os.environ | dict(
        HOME=str(home), DRAY_BINARY=str(binary), AWS_PROFILE="does-not-exist", AWS_SESSION_TOKEN="bogus",
        AWS_ACCESS_KEY_ID="bogus", AWS_SECRET_ACCESS_KEY="bogus", AWS_ENDPOINT_URL="http://192.0.2.1:1",
        AWS_CONFIG_FILE=str(home / "none"), HTTPS_PROXY="http://192.0.2.1:1", HTTP_PROXY="http://192.0.2.1:1")
    command = [str(ROOT / "tools/demo.sh"), "--items", "2000"]
    # A network of its own that has only loopback: what would go elsewhere fails there.
    alone = ["unshare", "--net", "--map-root-user", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    if subprocess.run([*alone, "true"], capture_output=True).returncode != 0:
        if os.environ.get("CI") != "true":
            pytest.skip("this machine lets nobody make a network namespace")
        alone = []
    done = subprocess.run([*alone, *command], env=environment, capture_output=True, text=True, timeout=300)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "are equal, item by item" in done.stdout
    assert list(home.iterdir()) == [], "the demo wrote into its caller's home"
    assert processes_of(binary) == set(), "the demo left a process"


@pytest.mark.parametrize("action", ["s3:PutObject", "s3:AbortMultipartUpload", "s3:PutObjectAcl", "dynamodb:DescribeExport"])
def test_demo_fails_without_one_action_of_its_policies(action):
    """tests/api/test_generated_policies.py runs the jobs themselves without each line."""
    done = subprocess.run([str(ROOT / "tools/demo.sh"), "--items", "10", "--without", action],
                          env=os.environ | dict(DRAY_BINARY=str(BINARY)), capture_output=True, text=True, timeout=120)
    print(done.stdout)
    assert done.returncode != 0
    said = done.stderr.splitlines()[1]
    assert said.startswith("FAILED after step 7: dray policy check finds requests of the export that are denied: "), done.stderr
    assert action.split(":")[1] in said
    for line in done.stderr.splitlines():
        if line.startswith("The server's log: "):
            os.remove(line.removeprefix("The server's log: "))


def test_demo_fails_with_a_server_that_does_not_start(tmp_path):
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    done = subprocess.run([str(ROOT / "tools/demo.sh")], env=os.environ | dict(DRAY_BINARY=str(broken)), capture_output=True,
                          text=True, timeout=60)
    assert done.returncode != 0
    assert "FAILED after step 0" in done.stderr
