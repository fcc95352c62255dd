#!/usr/bin/env bash
# Tests the real stack end to end: Compose builds and starts it from a clean state; the checks visit
# it through nginx, inject faults, and inspect it. It uses port 5002, as users do, and 5003 to 5005,
# but projects of its own: it changes no other container and no other volume.
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
for used in {5002..5005}; do
  ! (: <>"/dev/tcp/localhost/$used") 2>/dev/null ||
    die "port $used is in use: stop the program that listens there (make down?), then try again"
done
trap 'kill "${beside[@]}" 2>/dev/null; clean_up; rm -rf "$work"; echo "$passed passed, $failed failed"' EXIT

for checks in test/compose/checks/*.sh; do
  bash -n "$checks" || die "cannot read $checks"
done
# In this order: each topic starts with the stack as the one before left it. Most of the time goes
# into waiting, so some topics have a stack of their own at the same time.
use_stack() { # PROJECT PORT
  export COMPOSE_PROJECT_NAME=$1 TALLY_PORT=$2
  port=$2 url=http://localhost:$2 work=$work/$1 passed=0 failed=0
  mkdir "$work"
}
second_stack() {
  use_stack $second_project 5004
  source test/compose/checks/make_up.sh
  source test/compose/checks/rollout.sh
  source test/compose/checks/monitoring.sh # the last: it stops the stack
  echo "$passed $failed" >"$work/counts"
}
third_stack() {
  use_stack $third_project 5005
  source test/compose/checks/ha.sh
  source test/compose/checks/password.sh
  source test/compose/checks/password_change.sh
  echo "$passed $failed" >"$work/counts"
}
beside=()
source test/compose/checks/start.sh
second_stack &>"$work/$second_project.log" &
beside+=($!)
third_stack &>"$work/$third_project.log" &
beside+=($!)
source test/compose/checks/outside.sh
source test/compose/checks/containers.sh
source test/compose/checks/networks.sh
source test/compose/checks/restarts.sh
source test/compose/checks/health.sh
source test/compose/checks/replicas.sh
source test/compose/checks/number.sh
wait "${beside[@]}"
for project in $second_project $third_project; do
  cat "$work/$project.log"
  if read -r more_passed more_failed <"$work/$project/counts"; then
    passed=$((passed + more_passed)) failed=$((failed + more_failed))
  else
    failed=$((failed + 1))
  fi
done

((failed == 0))
