#!/usr/bin/env bash
# Tests the real stack end to end: Compose builds and starts it from a clean state; the checks visit
# it through nginx, inject faults, and inspect it. It uses port 5002, as users do, 5003 and 5004, but
# projects of its own: it changes no other container and no other volume.
#
# Prints "N passed, N failed" at the end; the status is 0 only if none failed.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=test/compose/lib.sh
source test/compose/lib.sh

type -P curl >/dev/null || die 'curl is missing: install it, then try again'
docker compose version &>/dev/null || die 'docker with Compose v2 is missing: install it, then try again'
docker info &>/dev/null || die 'no Docker engine answers: start it, then try again'
clean_up # after a run that was interrupted
for used in {5002..5004}; do
  ! (: <>"/dev/tcp/localhost/$used") 2>/dev/null ||
    die "port $used is in use: stop the program that listens there (make down?), then try again"
done
trap 'kill "${second-}" 2>/dev/null; clean_up; rm -rf "$work"; echo "$passed passed, $failed failed"' EXIT

for checks in test/compose/checks/*.sh; do
  bash -n "$checks" || die "cannot read $checks"
done
# In this order: each topic starts with the stack as the one before left it. Most of the time goes
# into waiting, so some topics have a stack of their own at the same time.
second_stack() {
  export COMPOSE_PROJECT_NAME=$second_project TALLY_PORT=5004
  port=5004 url=http://localhost:5004 work=$work/second passed=0 failed=0
  mkdir "$work"
  source test/compose/checks/make_up.sh
  source test/compose/checks/rollout.sh
  source test/compose/checks/password.sh
  source test/compose/checks/password_change.sh
  source test/compose/checks/monitoring.sh # the last: it stops the stack
  echo "$passed $failed" >"$work/counts"
}
source test/compose/checks/start.sh
second_stack &>"$work/second.log" &
second=$!
source test/compose/checks/outside.sh
source test/compose/checks/containers.sh
source test/compose/checks/networks.sh
source test/compose/checks/restarts.sh
source test/compose/checks/health.sh
source test/compose/checks/replicas.sh
source test/compose/checks/number.sh
wait $second
cat "$work/second.log"
if read -r more_passed more_failed <"$work/second/counts"; then
  passed=$((passed + more_passed)) failed=$((failed + more_failed))
else
  failed=$((failed + 1))
fi

((failed == 0))
