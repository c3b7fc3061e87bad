#!/usr/bin/env bash
# tools/sanitize.sh dev|tsan: the unit and model tests under that preset's sanitizers.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
tools/build.sh "$preset" all
export ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
# TSan's check of lock orders gives up when a thread holds 64 locks; a batch of an index build holds the latches of its items.
export TSAN_OPTIONS=halt_on_error=1:detect_deadlocks=0:suppressions=$PWD/tools/tsan.supp
ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)"
