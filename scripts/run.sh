#!/usr/bin/env bash
# Runs the release build alone, in the foreground, on PORT (8080): with the Redis at REDIS_HOST and
# REDIS_PORT, or with its own Redis if that does not reply.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

host=${REDIS_HOST:-127.0.0.1} port=${REDIS_PORT:-6379}
if timeout 2 redis-cli -h "$host" -p "$port" ping &>/dev/null; then
  echo "Tally counts in the Redis at $host:$port."
elif [[ ${REDIS_HOST-} ]]; then
  echo "No Redis replies at $host:$port: Tally refuses visits until one does."
else
  unset "${!REDIS_@}"
  REDIS_PORT=$(free_port)
  export REDIS_PORT
  # In a session of its own, which Ctrl-C does not reach: this Redis ends after Tally, however Tally
  # ends. `exec` below makes this process Tally, with the same pid.
  # shellcheck disable=SC2016
  setsid bash -c '
    folder=$(mktemp -d)
    redis-server --bind 127.0.0.1 --port "$0" --dir "$folder" --save "" &
    tail --sleep-interval=0.2 --pid="$1" --follow /dev/null
    kill $! && wait
    rm -r "$folder"' "$REDIS_PORT" $$ </dev/null &>/dev/null &
  echo "No Redis replies at $host:$port: starting one, whose data is deleted at the end."
  for _ in {1..100}; do
    listening "$REDIS_PORT" && break
    sleep 0.1
  done
fi
echo "Tally: http://localhost:${PORT:-8080}/count (Ctrl-C stops it)"
exec build/release/tally
