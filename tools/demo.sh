#!/usr/bin/env bash
# make demo: runs tools/demo/demo.py with Debian's Python in an environment of its own, so that
# nothing of the user's AWS configuration is read, written or contacted.
set -euo pipefail
cd "$(dirname "$0")/.."
home=$(mktemp -d -t dray-demo-XXXXXX)
trap 'rm -rf "$home"' EXIT
keep=()
for name in TERM LANG LC_ALL; do [ -n "${!name:-}" ] && keep+=("$name=${!name}"); done
for argument in "$@"; do [ "$argument" = --keep ] && trap - EXIT; done
env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="$home" TMPDIR="$home" \
  AWS_CONFIG_FILE="$home/config" AWS_SHARED_CREDENTIALS_FILE="$home/credentials" \
  AWS_EC2_METADATA_DISABLED=true AWS_PAGER= AWS_MAX_ATTEMPTS=1 PYTHONDONTWRITEBYTECODE=1 no_proxy='*' \
  "${keep[@]}" /usr/bin/python3 tools/demo/demo.py --binary "${DRAY_BINARY:-build/release/dray}" "$@"
