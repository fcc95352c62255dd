#!/usr/bin/env bash
# What scripts/local.sh promises, in a folder and on a port of this test's own.
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
refuses() { # SENTENCE PATTERN: up says just that, in one line, and leaves nothing
  local said
  ! said=$(up) || die "FAIL  $1: it starts"
  # shellcheck disable=SC2053
  [[ $said == $2 && $said != *$'\n'* ]] || die "FAIL  $1: '$said' is not '$2'"
  ! scripts/local.sh running || die "FAIL  $1: something runs"
  echo "ok    $1"
}

up
is 'it counts' "$(count) $(count)" '1 2'

for file in nginx tally; do
  cmp {docker,.local}/nginx/$file.conf || die "FAIL  nginx has the container's $file.conf"
done
echo "ok    nginx has the container's files"

was="$(pid redis) $(pid tally) $(pid nginx)"
up
is 'up again leaves what runs' "$(pid redis) $(pid tally) $(pid nginx)" "$was"

old=$(pid tally)
cp build/release/tally changed && echo >>changed && mv changed build/release/tally
up
[[ $(pid tally) != "$old" ]] || die 'FAIL  a changed program is started anew'
is 'a changed program is started anew, alone' "$(pid redis) $old $(pid nginx)" "$was"
is 'the number goes on' "$(count)" 3

was="$(pid redis) $(pid tally)" old=$(pid nginx)
sed -i 's/not found/nothing here/' docker/nginx/tally.conf
up
[[ $(pid nginx) != "$old" ]] || die 'FAIL  nginx with a changed file is started anew'
is 'nginx with a changed file is started anew, alone' "$(pid redis) $(pid tally)" "$was"
is 'and runs with that file' "$(curl --silent "http://localhost:$TALLY_PORT/livez")" 'nothing here'

kill -KILL "$(pid redis)"
up
is 'a killed Redis is started anew, and knows the number' "$(count)" 4

scripts/local.sh down
! listening "$TALLY_PORT" || die 'FAIL  down ends it'
up
is 'the number goes on after down and up' "$(count)" 5

# The number of a process that has ended goes to another one, some day.
old=$(pid tally)
sleep 60 &
sed -i "s/^$old /$! /" .local/run/tally
scripts/local.sh down
kill $! || die 'FAIL  down ends nothing that up did not start'
echo 'ok    down ends nothing that up did not start'
sed -i "s/^$! /$old /" .local/run/tally
scripts/local.sh down

redis-server --bind 127.0.0.1 --port "$TALLY_PORT" --save '' >/dev/null &
until listening "$TALLY_PORT"; do sleep 0.05; done
refuses 'a busy port is told' "port $TALLY_PORT is in use by another program: *"
kill $!
wait $!

TALLY_THREADS=none refuses 'a service that ends at its start is told, and where to look' \
  'tally ended at its start, see .local/logs/tally.log: *TALLY_THREADS*'

echo 'not a directive' >>docker/redis/redis.conf
refuses 'so is Redis' 'redis ended at its start, see .local/logs/redis.log: *'
