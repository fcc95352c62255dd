#!/usr/bin/env bash
# Runs all fuzz targets together, for the given time: scripts/fuzz.sh SECONDS
# Inputs with new coverage go to build/fuzz/corpus, inputs that fail go to build/fuzz.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

[[ ${1-} =~ ^[1-9][0-9]*$ ]] || die "DURATION is \"${1-}\": it must be a number of seconds"
cmake --preset fuzz -DCMAKE_CXX_COMPILER="$(fuzzing_compiler)" >/dev/null
cmake --build --preset fuzz

fuzz() { # TARGET SECONDS
  local corpus=build/fuzz/corpus/$1 log=build/fuzz/$1.log
  mkdir -p "$corpus"
  echo "fuzzing $1 for $2 s, log in $log"
  if ! "build/fuzz/test/fuzz/tally_$1_fuzz" -max_total_time="$2" -print_final_stats=1 \
    -artifact_prefix="build/fuzz/$1-" "$corpus" "test/fuzz/corpus/$1" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    die "$1: an input fails, see above; add it to test/fuzz/corpus/$1"
  fi
  # Prints the last line with coverage, and the number of executions.
  sed -n 's/^#[0-9]*\t\(NEW\|REDUCE\|pulse\|DONE\|RELOAD\) *//p' "$log" | tail -n 1
  grep 'number_of_executed_units' "$log"
}

pids=()
for target in session config redis_reply route badge; do
  fuzz "$target" "$1" &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid"; done
