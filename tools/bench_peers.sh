#!/usr/bin/env bash
# make bench-peers: Dray beside DynamoDB Local and dynalite, and beside a bare HTTP server, in one run with one client; writes
# docs/performance.md with its chart. An error in any response ends it; exit code 3 when a goal was missed. Takes a quarter of an
# hour; BENCH_SECONDS=1 BENCH_ROUNDS=1 BENCH_WARMUP_SECONDS=1 BENCH_PAGE=build/performance.md for a look. See tools/bench_peers/README.md.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${DRAY_BINARY:-}" ]; then
  tools/build.sh release dray
  DRAY_BINARY=$PWD/build/release/dray
fi
if [ -z "${BARE_HTTP_BINARY:-}" ]; then
  tools/build.sh release bare_http
  BARE_HTTP_BINARY=$PWD/build/release/src/bench/bare_http
fi
folder=$(mktemp -d -p "${DRAY_BENCH_FOLDER:-$PWD/build}" bench-peers-XXXXXX)
trap 'rm -rf "$folder"' EXIT
measure=(/usr/bin/python3 tools/bench_peers/bench_peers.py "$DRAY_BINARY" "$BARE_HTTP_BINARY" "$folder")
# In a network namespace with a loopback and nothing else, where the kernel gives one: no server can reach or be reached from outside.
if unshare --user --map-root-user --net true 2>/dev/null; then
  unshare --user --map-root-user --net bash -c 'ip link set lo up && exec "$@"' bench-peers "${measure[@]}"
else
  "${measure[@]}"
fi
