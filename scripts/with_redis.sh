#!/usr/bin/env bash
# Runs a command that starts Redis, with Redis itself or with Valkey in its place: on the PATH, the
# names of Redis' programs then mean those of Valkey. Prints the version.
#
#   scripts/with_redis.sh redis|valkey COMMAND...
set -euo pipefail

case ${1-} in
  redis) ;;
  valkey)
    folder=$(realpath "$(dirname "$0")/..")/build/valkey
    mkdir -p "$folder"
    for program in server cli; do
      ln -sfT "$(type -P "valkey-$program")" "$folder/redis-$program"
    done
    PATH=$folder:$PATH
    ;;
  *)
    echo "usage: $0 redis|valkey COMMAND..." >&2
    exit 2
    ;;
esac
redis-server --version
exec "${@:2}"
