#!/usr/bin/env bash
# tools/build.sh PRESET TARGET JOBS: configures when needed and builds; a compile error is shown whole.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1 target=$2 jobs=${3:-$(nproc)}
# A C++ compile takes up to 1.5 GB: fewer jobs on small machines.
memory_gb=$(awk '/MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)
most=$((memory_gb * 2 / 3))
[ "$most" -lt 1 ] && most=1
[ "$jobs" -gt "$most" ] && jobs=$most
extra=()
[ "$preset" = release ] && [ "$target" = dray ] && [ ! -f build/release/CMakeCache.txt ] && extra=(-DDRAY_TESTS=OFF)
[ "$target" != dray ] && [ "$preset" = release ] && extra=(-DDRAY_TESTS=ON)
[ -f "build/$preset/build.ninja" ] && [ ${#extra[@]} -eq 0 ] || cmake --preset "$preset" "${extra[@]}" >/dev/null
exec ninja -C "build/$preset" -j "$jobs" --quiet "$target"
