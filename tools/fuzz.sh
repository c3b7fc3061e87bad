#!/usr/bin/env bash
# Every fuzz target (or those whose names match FUZZ_ONLY) for FUZZ_SECONDS (default 300) from its seeds, two at a time;
# prints the edge coverage of each. A finding is kept in build/fuzz/findings and fails the run. First a canary that must be
# found, so that silence means something.
set -uo pipefail
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-300}
cmake --preset fuzz >/dev/null || exit 1
sort -u build/fuzz/fuzz_targets.txt | cut -d' ' -f1 | xargs ninja --quiet -C build/fuzz || exit 1
mkdir -p build/fuzz/findings build/fuzz/corpus build/fuzz/logs
canary=$(find build/fuzz/src -name fuzz_canary -type f | head -n 1)
if "$canary" -seed=1 -max_total_time=60 -artifact_prefix=build/fuzz/ >/dev/null 2>&1; then
  echo "canary: NOT found: fuzzing does not work here"; exit 1
fi
run() {
  name=$1 corpus=$2
  binary=$(find build/fuzz/src -name "$name" -type f | head -n 1)
  mkdir -p "build/fuzz/corpus/$name"
  if "$binary" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 -print_final_stats=1 \
       -artifact_prefix="build/fuzz/findings/$name-" "build/fuzz/corpus/$name" "$corpus" >"build/fuzz/logs/$name" 2>&1; then
    verdict=clean
  else
    verdict=FINDING
  fi
  edges=$(grep -oE 'cov: [0-9]+' "build/fuzz/logs/$name" | tail -n 1)
  units=$(grep -oE 'number_of_executed_units: [0-9]+' "build/fuzz/logs/$name" | grep -oE '[0-9]+')
  echo "$name: $verdict, edges $edges, executions $units, ${seconds} s"
  [ $verdict = clean ]
}
export -f run; export seconds
grep -v '^fuzz_canary ' build/fuzz/fuzz_targets.txt | grep -E "^(${FUZZ_ONLY:-.*}) " | sort -u |
  xargs -P "$(nproc)" -L 1 bash -c 'run "$0" "$1"'
