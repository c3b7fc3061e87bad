"""The AWS SDK for JavaScript v3 against a server: main_job.mjs, by whichever Node is first on PATH."""

import os
import subprocess
from pathlib import Path

from dray_server import DrayServer

HERE = Path(__file__).resolve().parent
ACCOUNT = "111122223333"


def test_main_job_with_the_sdk_for_javascript(tmp_path):
    server = DrayServer(tmp_path)
    server.start()
    try:
        access_key, secret = server.create_account(ACCOUNT)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment |= dict(DRAY_ENDPOINT=server.endpoint, DRAY_ACCOUNT=ACCOUNT, AWS_ACCESS_KEY_ID=access_key,
                            AWS_SECRET_ACCESS_KEY=secret, AWS_EC2_METADATA_DISABLED="true", HOME=str(tmp_path))
        done = subprocess.run(["node", "main_job.mjs"], cwd=HERE, env=environment, capture_output=True, text=True, timeout=120)
        print(done.stdout)
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        server.stop()
