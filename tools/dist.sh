#!/usr/bin/env bash
# dist/dray-VERSION-linux-ARCH.tar.gz: the stripped binary, licence, documents.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n 's/^project(dray VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
name=dray-$version-linux-$(uname -m)
rm -rf "dist/$name" && mkdir -p "dist/$name"
strip -o "dist/$name/dray" build/release/dray
cp -r LICENSE NOTICE README.md docs "dist/$name/"
tar -C dist --owner=0 --group=0 --sort=name -czf "dist/$name.tar.gz" "$name"
echo "dist/$name.tar.gz"
