#!/usr/bin/env bash
# README's commands on a machine with nothing but git and make: Debian 13 in a
# container, with its own compiler, Boost, hiredis and Catch2, without an engine
# and, as Docker has it, without IPv6. The checkout is cloned: what is not
# committed is not tested.
set -euo pipefail
cd "$(dirname "$0")/.."

echo 'In a bare debian:trixie-slim: make up, curl localhost:5002/count, make test'
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
  make test'
