#!/usr/bin/env bash
# Runs README's commands on a bare Debian 13 with only git and make: a container without a Docker
# engine and, by Docker's default, without IPv6. `make` installs Debian's compiler, Boost, hiredis
# and Catch2. The tests run on the optimised library here. The container clones the checkout:
# uncommitted changes are not tested.
set -euo pipefail
cd "$(dirname "$0")/.."

echo 'In a bare debian:trixie-slim: make up, curl localhost:5002/count, make test PRESET=optimised, also with Valkey'
docker run --rm --init --volume "$PWD:/checkout:ro" debian:trixie-slim bash -euo pipefail -c '
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends git make >/dev/null
  git config --global --add safe.directory "*"
  git clone --quiet /checkout /tally
  cd /tally
  make up
  number=$(curl --silent --show-error localhost:5002/count)
  echo "curl localhost:5002/count: $number"
  ((number == 1))
  export PRESET=optimised
  make test
  # The tests that depend on what Redis replies.
  make test REDIS=valkey ARGS="-L proof"
  make test REDIS=valkey ARGS="-L integration -R \"Redis|[Cc]ount|number|log.* in|password|operator\""'
