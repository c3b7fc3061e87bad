"""The AWS SDK for JavaScript v3, and libraries that applications build on it, against a server: each script of this folder that ends in
`: ok`, by whichever Node is first on PATH."""

import os
import subprocess
from pathlib import Path

import pytest

from dray_server import DrayServer

HERE = Path(__file__).resolve().parent
ACCOUNT, OTHER = "111122223333", "444455556666"


MOVES_CLOCK = ["--dev"]  # any key signs: the account's number names it


@pytest.mark.parametrize("script, flags", [
    ("main_job", []), ("ion_export", []), ("duckdb_export", []), ("incremental_export", MOVES_CLOCK), ("document_client", []),
    ("electrodb_entities", []), ("toolbox_entities", []), ("resource_policies", [])])
def test_javascript(script, flags, tmp_path):
    server = DrayServer(tmp_path, *flags)
    server.start()
    try:
        access_key, secret = (ACCOUNT, "any") if flags else server.create_account(ACCOUNT)
        other_key, other_secret = (OTHER, "any") if flags else server.create_account(OTHER)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment |= dict(DRAY_ENDPOINT=server.endpoint, DRAY_ACCOUNT=ACCOUNT, AWS_ACCESS_KEY_ID=access_key,
                            AWS_SECRET_ACCESS_KEY=secret, AWS_EC2_METADATA_DISABLED="true", HOME=str(tmp_path),
                            DRAY_OTHER_ACCOUNT=OTHER, DRAY_OTHER_ACCESS_KEY_ID=other_key, DRAY_OTHER_SECRET_ACCESS_KEY=other_secret)
        done = subprocess.run(["node", f"{script}.mjs"], cwd=HERE, env=environment, capture_output=True, text=True, timeout=120)
        print(done.stdout)
        assert done.returncode == 0 and done.stdout.rstrip().endswith(": ok"), done.stdout + done.stderr
    finally:
        server.stop()
