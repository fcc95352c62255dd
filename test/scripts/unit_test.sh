#!/usr/bin/env bash
# Tests the installed unit of systemd, as far as that works without a running systemd.
#
#   test/scripts/unit_test.sh BUILD-FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

version=$({ systemd-analyze --version 2>/dev/null || true; } |
  sed -n '1s/^systemd \([0-9]*\).*/\1/p')
((${version:-0} >= 250)) || {
  echo 'not tested: there is no systemd-analyze of systemd 250 or later'
  exit
}
quiet() { # SENTENCE COMMAND...: the command succeeds, and prints nothing
  local output
  if ! output=$("${@:2}" 2>&1) || [[ $output ]]; then die "FAIL  $1: $output"; fi
  echo "ok    $1"
}

cmake --install "$1" --prefix "$folder" >/dev/null
unit=$folder/lib/systemd/system/tally.service documents=$folder/share/doc/tally
help=$("$folder/bin/tally" --help)
value() { sed -n "s/^$1=//p" "$unit"; }
default_of() { sed -n "s/^  $1 .*(\([0-9]*\))\$/\1/p" <<<"$help"; }

quiet 'systemd understands the unit' systemd-analyze verify "$unit"
install -D -m 644 "$documents/password.conf" "$unit.d/password.conf"
quiet 'systemd understands the unit with a password' systemd-analyze verify "$unit"

exposure=$(systemd-analyze security --offline=true --threshold=20 --no-pager "$unit") ||
  die "FAIL  the exposure is below 2.0: $exposure"
echo "ok    ${exposure##*$'\n'}"

variables=$(sed -n 's/^#\?\([A-Z_]\+\)=.*/\1/p' "$documents/tally.env")
[[ $variables ]] || die 'FAIL  tally.env names no variable'
for variable in $variables TALLY_ADDRESS REDIS_PASSWORD_FILE; do
  grep -q "^  $variable " <<<"$help" || die "FAIL  $variable is no setting of Tally"
done
echo 'ok    tally.env names only settings of Tally'

longest_stop=$(($(default_of TALLY_DRAIN_DELAY_MS) + $(default_of TALLY_DRAIN_GRACE_MS) + 1000))
timeout=$(value TimeoutStopSec)
((${timeout%s} * 1000 > longest_stop)) ||
  die "FAIL  systemd waits for $timeout, and Tally needs up to $longest_stop ms"
echo 'ok    systemd waits until Tally has answered what it has accepted'

[[ $(value TasksMax) == $(sed -n 's/^  pids_limit: \([0-9]*\).*/\1/p' compose.yaml) ]] ||
  die 'FAIL  the container has another limit on threads'
echo 'ok    the container has the same limit on threads'
