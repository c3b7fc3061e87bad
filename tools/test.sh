#!/usr/bin/env bash
# make test: release build; unit, golden and fuzz-replay tests by ctest; whole-system tests by pytest with
# Debian's clients; ten kills. `tools/test.sh all`: the long forms, sanitizers, clang-tidy, the cross-build.
# Ends with one line that sums up: N passed, N failed.
set -uo pipefail
cd "$(dirname "$0")/.."
mode=${1:-}
failed=0
report() { echo "== $1"; }

report "release build"
tools/build.sh release all || exit 1

report "unit tests, golden files, fuzz corpora"
ctest --test-dir build/release --output-on-failure -j "$(nproc)" || failed=1

report "whole-system tests"
kills=10
[ "$mode" = all ] && kills=100
DRAY_KILLS=${DRAY_KILLS:-$kills} DRAY_BINARY=${DRAY_BINARY:-$PWD/build/release/dray} \
  /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/ || failed=1

if [ "$mode" = all ]; then
  report "sanitizers: ASan+UBSan"
  tools/sanitize.sh dev || failed=1
  report "sanitizers: TSan"
  tools/sanitize.sh tsan || failed=1
  report "clang-tidy"
  tools/lint.sh || failed=1
  report "cross-build for aarch64"
  tools/build.sh aarch64 modules || failed=1
  report "fuzzing"
  tools/fuzz.sh || failed=1
fi
exit $failed
