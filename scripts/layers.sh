#!/usr/bin/env bash
# Checks the layers: a file may include the headers of its own layer, and those in include/ of the
# layers listed for it.
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A may_include=(
  [base]=""
  [net]="base"
  [http]="net base"
  [redis]="net base"
  [counting]="redis net base"
  [web]="http counting net base"
  [app]="web http counting redis net base"
)
failed=0
for layer in "${!may_include[@]}"; do
  public=$(tr ' ' '|' <<<"$layer ${may_include[$layer]}")
  violations=$(
    grep -nrE '#include ("[a-z]+/|<tally/)' "src/$layer" "include/tally/$layer" 2>/dev/null |
      grep -vE "#include (\"$layer/|<tally/($public)/)" || true
  )
  [[ $violations ]] || continue
  printf 'layer %s may not include:\n%s\n' "$layer" "$violations" >&2
  failed=1
done
exit "$failed"
