#!/usr/bin/env bash
# Checks the layers and the formatting, then runs shellcheck and clang-tidy. `lint.sh format`
# formats instead.
set -euo pipefail
cd "$(dirname "$0")/.."

readarray -d '' sources < <(find src include test bench \
  \( -name '*.[ch]pp' -o -name '*.c' \) -print0)
if [[ ${1-} == format ]]; then
  clang-format -i "${sources[@]}"
  exit
fi

scripts/layers.sh
clang-format --dry-run -Werror "${sources[@]}"
find scripts test .ci -type f \( -name '*.sh' -o -path .ci/run \) ! -path '*/checks/*' \
  -exec shellcheck -x {} +
shellcheck -x --check-sourced test/compose/run.sh # its checks use the variables of lib.sh
cmake --preset lint >/dev/null
absent=() # hiredis 0.14 has no TLS, and its header is missing
grep -q tls_openssl build/lint/compile_commands.json || absent=(! -name '*openssl*.cpp')
find src test -name '*.cpp' "${absent[@]}" -print0 |
  xargs -0 -n 1 -P 2 clang-tidy -p build/lint --quiet 2> >(grep -v 'warnings\? generated' >&2)
