"""What the files of this folder share: `server`, a running server on a folder of its own, one a test. Files whose tests can share a
server have a module-scoped fixture of their own instead (see test_bad_input.py)."""

import pytest

from dray_server import DrayServer


@pytest.fixture
def server(tmp_path):
    started = DrayServer(tmp_path)
    started.start()
    yield started
    started.stop()
