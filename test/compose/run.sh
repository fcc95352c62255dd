#!/usr/bin/env bash
# Tests the real stack end to end: Compose builds and starts it from a clean state; the checks visit
# it through nginx, inject faults, and inspect it. It uses port 5002, as users do, but a project of
# its own: it changes no other container and no other volume.
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
! (: <>/dev/tcp/localhost/5002) 2>/dev/null || die 'port 5002 is in use: stop the program that listens there (make down?), then try again'
trap 'clean_up; rm -rf "$work"; echo "$passed passed, $failed failed"' EXIT

# In this order: each topic starts with the stack as the one before left it.
for topic in start outside containers networks restarts health replicas make_up number password \
  password_change; do
  checks=test/compose/checks/$topic.sh
  bash -n "$checks" || die "cannot read $checks"
  # shellcheck source=/dev/null
  source "$checks"
done

((failed == 0))
