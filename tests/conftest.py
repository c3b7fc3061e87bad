"""Makes dray_server.py importable from every folder of tests, with its assertions explained by pytest."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite("dray_server")
