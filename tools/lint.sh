#!/usr/bin/env bash
# clang-tidy over src/ (its rules: .clang-tidy) and tools/tidy.py.
set -euo pipefail
cd "$(dirname "$0")/.."
/usr/bin/python3 tools/tidy.py
[ -f build/lint/compile_commands.json ] || cmake --preset lint >/dev/null
git ls-files 'src/*.cc' | grep -vE '_(fuzz|benchmark)\.cc$' |
  xargs -P "$(nproc)" -n 4 clang-tidy-16 -p build/lint --quiet --warnings-as-errors='*' 2>/dev/null
