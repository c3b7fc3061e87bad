#!/usr/bin/env bash
# make bench: whole jobs beside the limit of this machine, measured in the same run; then the same through a running server,
# with its memory, and what jobs cost its requests. ARGS=10 for a larger table (GB).
set -euo pipefail
cd "$(dirname "$0")/.."
tools/build.sh bench dray_bench
tools/build.sh release dray
tools/build.sh release http_load
folder=$(mktemp -d -p "${DRAY_BENCH_FOLDER:-$PWD/build}" bench-XXXXXX)
trap 'rm -rf "$folder"' EXIT
binary=$(find build/bench -name dray_bench -type f | head -n 1)
"$binary" "${1:-1}" "$folder"
/usr/bin/python3 tools/bench_server.py "$binary" build/release/src/bench/http_load "${1:-1}" "$folder"
