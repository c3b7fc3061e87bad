"""Makes dray_server.py and the tools importable from every folder of tests, assertions of the former explained by pytest."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(1, str(Path(__file__).parent.parent / "tools"))
pytest.register_assert_rewrite("dray_server")
