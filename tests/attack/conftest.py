"""What the files of this folder share: one running server a file, with two accounts; `tests/api` for its helpers."""

import sys
from pathlib import Path

import pytest

from dray_server import DrayServer

sys.path.insert(1, str(Path(__file__).parent.parent / "api"))
sys.path.insert(1, str(Path(__file__).parent))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("attack"))
    started.start()
    from wire import ACCOUNT, OTHER
    for account in (ACCOUNT, OTHER):
        started.create_account(account)
    yield started
    assert started.stop() == 0
