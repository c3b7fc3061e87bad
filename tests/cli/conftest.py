"""The fixtures of command_fixtures.py for every file of this folder."""

from command_fixtures import buckets, dray, dynamodb, large, proxy, recoverable, server, table  # noqa: F401
