#!/usr/bin/env bash
# make ci: format check, tools/tidy.py, make test (the same command as in the README), the unit and model tests
# under ASan+UBSan, and the npm parts once with Node 18 first on PATH.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
step() { echo; echo "=== $1"; shift; "$@" || { echo "=== FAILED: $1"; failed=1; }; }

step "format" bash -c 'clang-format-16 --dry-run --Werror $(git ls-files "src/*.cc" "src/*.h")'
step "tidy" /usr/bin/python3 tools/tidy.py
step "make test" make --no-print-directory test
step "ASan and UBSan" tools/sanitize.sh dev
step "npm parts on Node 18" tools/node18.sh
exit $failed
