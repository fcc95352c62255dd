#!/usr/bin/env bash
# Tests scripts/local.sh in a temporary folder and on a free port.
#
#   test/scripts/local_test.sh TALLY-EXECUTABLE
set -euo pipefail
folder=$(mktemp -d)
cp -r "$(dirname "$0")"/../../{scripts,docker} "$folder"
install -D "$1" "$folder/build/release/tally"
cd "$folder"
# shellcheck source=scripts/lib.sh
source scripts/lib.sh
trap 'jobs -p | xargs -r kill 2>/dev/null || true; scripts/local.sh down; rm -rf "$folder"' EXIT
TALLY_PORT=$(free_port)
export TALLY_PORT

up() { scripts/local.sh up 2>&1; }
count() { curl --silent --show-error --max-time 10 "http://localhost:$TALLY_PORT/count"; }
pid() { cut -d ' ' -f 1 ".local/run/$1"; }
is() { # SENTENCE ACTUAL EXPECTED
  [[ $2 == "$3" ]] || die "FAIL  $1: '$2' is not '$3'"
  echo "ok    $1"
}
refuses() { # SENTENCE PATTERN: up fails with one line that matches, and leaves no process
  local output
  ! output=$(up) || die "FAIL  $1: it starts"
  # shellcheck disable=SC2053
  [[ $output == $2 && $output != *$'\n'* ]] || die "FAIL  $1: '$output' is not '$2'"
  ! scripts/local.sh running || die "FAIL  $1: a service runs"
  echo "ok    $1"
}

up
is 'the stack counts' "$(count) $(count)" '1 2'

for file in nginx tally; do
  cmp {docker,.local}/nginx/$file.conf || die "FAIL  nginx does not have the container's $file.conf"
done
echo "ok    nginx has the container's files"

pids="$(pid redis) $(pid tally) $(pid nginx)"
up
is 'up again does not restart the services' "$(pid redis) $(pid tally) $(pid nginx)" "$pids"

old_pid=$(pid tally)
cp build/release/tally changed && echo >>changed && mv changed build/release/tally
up
[[ $(pid tally) != "$old_pid" ]] || die 'FAIL  a changed program is not restarted'
is 'only the service of a changed program is restarted' "$(pid redis) $old_pid $(pid nginx)" "$pids"
is 'the count continues' "$(count)" 3

pids="$(pid redis) $(pid tally)" old_pid=$(pid nginx)
sed -i 's/not found/nothing here/' docker/nginx/answers.conf
up
[[ $(pid nginx) != "$old_pid" ]] || die 'FAIL  nginx with a changed file is not restarted'
is 'with a changed file of nginx, only nginx is restarted' "$(pid redis) $(pid tally)" "$pids"
is 'nginx uses the changed file' "$(curl --silent "http://localhost:$TALLY_PORT/livez")" 'nothing here'

kill -KILL "$(pid redis)"
up
is 'a killed Redis is restarted, and the count continues' "$(count)" 4

scripts/local.sh down
! listening "$TALLY_PORT" || die 'FAIL  down does not stop the stack'
up
is 'the count continues after down and up' "$(count)" 5

# The system may give the pid of an ended process to another one.
old_pid=$(pid tally)
sleep 60 &
sed -i "s/^$old_pid /$! /" .local/run/tally
scripts/local.sh down
kill $! || die 'FAIL  down stopped a process that up did not start'
echo 'ok    down stops only processes that up started'
sed -i "s/^$! /$old_pid /" .local/run/tally
scripts/local.sh down

redis-server --bind 127.0.0.1 --port "$TALLY_PORT" --save '' >/dev/null &
until listening "$TALLY_PORT"; do sleep 0.05; done
refuses 'a busy port is an error' "port $TALLY_PORT is in use by another program: *"
kill $!
wait $!

TALLY_THREADS=none refuses 'a service that ends at its start is an error that names the log' \
  'tally ended at its start, see .local/logs/tally.log: *TALLY_THREADS*'

echo 'not a directive' >>docker/redis/redis.conf
refuses 'the same holds for Redis' 'redis ended at its start, see .local/logs/redis.log: *'
