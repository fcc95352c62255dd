#!/usr/bin/env bash
# Runs the release build alone, in the foreground, on PORT (8080): against the
# Redis of REDIS_HOST and REDIS_PORT, or one of its own where none answers.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

host=${REDIS_HOST:-127.0.0.1} port=${REDIS_PORT:-6379}
if timeout 2 redis-cli -h "$host" -p "$port" ping &>/dev/null; then
  echo "Counting in the Redis on $host:$port."
elif [[ ${REDIS_HOST-} ]]; then
  echo "No Redis answers on $host:$port: visits are refused until one does."
else
  unset "${!REDIS_@}"
  REDIS_PORT=$(free_port)
  export REDIS_PORT
  # In a session of its own, which Ctrl-C does not reach: it ends after Tally,
  # however Tally ends. This process becomes Tally, and keeps its number.
  # shellcheck disable=SC2016
  setsid bash -c '
    folder=$(mktemp -d)
    redis-server --bind 127.0.0.1 --port "$0" --dir "$folder" --save "" &
    tail --sleep-interval=0.2 --pid="$1" --follow /dev/null
    kill $! && wait
    rm -r "$folder"' "$REDIS_PORT" $$ </dev/null &>/dev/null &
  echo "No Redis answers on $host:$port: Tally gets one of its own, which forgets all when it ends."
  for _ in {1..100}; do
    listening "$REDIS_PORT" && break
    sleep 0.1
  done
fi
echo "Tally: http://localhost:${PORT:-8080}/count (Ctrl-C ends it)"
exec build/release/tally
