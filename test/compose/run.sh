#!/usr/bin/env bash
# The real stack, end to end: built and brought up by Compose from a clean state,
# visited through nginx, broken, and looked into. On port 5002, as users have it,
# but as a project of its own: it touches no other container and no other volume.
#
# Ends with the line "N passed, N failed", and with status 0 only if none did.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=test/compose/lib.sh
source test/compose/lib.sh

type -P curl >/dev/null || die 'curl is missing: install it, then try again'
docker compose version &>/dev/null || die 'docker with Compose v2 is missing: install it, then try again'
docker info &>/dev/null || die 'no Docker engine answers: start it, then try again'
clean_up # after a run that was cut off
! (: <>/dev/tcp/localhost/5002) 2>/dev/null || die 'port 5002 is in use: end what listens there (make down?), then try again'
trap 'clean_up; rm -rf "$work"; echo "$passed passed, $failed failed"' EXIT

echo '# docker compose up --build, and nothing else'
docker compose up --build &>"$work/up.log" &
up=$!
it_starts() {
  until [[ $(status $url/ 2>/dev/null) == 200 ]]; do
    kill -0 $up 2>/dev/null || { tail -n 30 "$work/up.log" && return 1; }
    sleep 0.2
  done
}
must 'it builds and starts' it_starts
check 'Tally is ready' eventually 20 is_ready
check 'the first visits are 1, 2 and 3' is "$(count) $(count) $(count)" '1 2 3'
began=$SECONDS
kill -TERM $up
wait $up 2>/dev/null # Compose's own status here is no matter
check 'told to stop, it is gone within 15 s' test $((SECONDS - began)) -le 15
for service in "${services[@]}"; do
  check "$service stopped by itself, with status 0" is "$(inspect "$service" '{{.State.Status}} {{.State.ExitCode}}')" 'exited 0'
done

echo '# docker compose up --detach --wait'
must 'three services become healthy' docker compose up --detach --wait
check 'the number goes on' goes_on_after 3

echo '# What the outside sees'
check 'GET / tells of /count' grep -q /count <(ask $url/)
check 'GET /count is the number and a newline, stored nowhere' is \
  "$(header Cache-Control $url/count) $(ask $url/count | od -An -tx1 | xargs)" 'no-store 36 0a'
check 'POST /count counts too' is "$(ask --request POST $url/count)" 7
check 'HEAD, OPTIONS, a prefetch and /total do not' is \
  "$(status --head $url/count) $(status --request OPTIONS $url/count) $(status --header 'Sec-Purpose: prefetch' $url/count) $(total) $(total)" \
  '200 204 200 7 7'
check 'an unknown path is 404' is "$(status $url/nothing)" 404
check 'another method is 405 and says which are allowed' is \
  "$(status --request DELETE $url/count) $(header Allow --request DELETE $url/count)" '405 GET, HEAD, OPTIONS, POST'
for path in livez readyz metrics livez/ %6civez //metrics x/../readyz nginx-health nginx-answer; do
  check "/$path is not served" is "$(status --path-as-is $url/$path)" 404
done
check 'a request id comes back' is "$(header X-Request-ID --header 'X-Request-ID: my-own.1' $url/)" my-own.1
check 'one that is not fit for a log is replaced' grep -qE '^[0-9a-f]{32}$' \
  <(header X-Request-ID --header 'X-Request-ID: "} {' $url/)
check 'no version is told' is "$(header Server $url/) $(header Server $url/livez)" 'nginx nginx'
check 'a body over 8 KiB is 413' is "$(head -c 8193 /dev/zero | status --data-binary @- $url/count)" 413
check 'a header over 8 KiB is 431' is "$(status --header "X-Long: $(printf '%9000s' '' | tr ' ' x)" $url/)" 431
visits "$work/many" 500
check '500 visits side by side are numbered without a gap' contiguous "$work/many" 500
flood() {
  curl --silent --parallel --parallel-max 50 --output /dev/null --write-out '%{http_code}\n' "$url/?[1-40000]"
} 2>/dev/null
check 'a flood from one address meets 429, and nothing else' is "$(flood | sort -u | xargs)" '200 429'
welcome_again() { is "$(status $url/)$(status $url/)$(status $url/)" 200200200; }
check 'and who floods no more is served again' eventually 5 welcome_again

echo '# Images and containers'
docker export "$(id tally)" >"$work/tally.tar"
tar -tf "$work/tally.tar" >"$work/files"
size=$(tar -xOf "$work/tally.tar" tally | wc -c)
check "the binary is under 5 MB: $size bytes" test "$size" -gt 0 -a "$size" -lt 5000000
size=$(image tally '{{.Size}}')
check "the image is under 10 MB: $size bytes" test "$size" -lt 10000000
check 'no shell is in it' not grep -E '(^|/)((ba|da|a|k|z)?sh|busybox)$' "$work/files"
check 'no libc and no loader either' not grep -E '(libc|ld-linux|ld-musl)[^/]*\.so' "$work/files"
check 'its user is nonroot, by number' is "$(image tally '{{.Config.User}}')" 65532:65532
check 'its health check is the binary itself' is "$(image tally '{{json .Config.Healthcheck.Test}}')" '["CMD","/tally","healthcheck"]'
hardening='{{with .HostConfig}}{{.ReadonlyRootfs}} {{.CapDrop}} {{.CapAdd}} {{.SecurityOpt}} {{.Privileged}} {{.Memory}} {{.PidsLimit}} {{.RestartPolicy.Name}}{{end}}'
# shellcheck disable=SC2016
process='/^Uid:/ { print ($2 > 0 && $2 == $3 ? "user" : "root") } /^(CapEff|CapBnd|NoNewPrivs):/ { print $1 $2 }'
for service in "${services[@]}"; do
  check "$service: read-only, no capability, no new privilege, limits, restart" is \
    "$(inspect "$service" "$hardening")" \
    'true [ALL] [] [no-new-privileges:true] false 268435456 300 unless-stopped'
  check "$service: its process has none of that, and is not root's" is \
    "$(beside "$service" pid awk "$process" /proc/1/status | xargs)" \
    'user CapEff:0000000000000000 CapBnd:0000000000000000 NoNewPrivs:1'
done
check 'Redis syncs before it answers, evicts nothing, makes no snapshots' is \
  "$(docker compose exec -T redis redis-cli config get save appendonly appendfsync maxmemory-policy | paste - - | sort | xargs)" \
  'appendfsync always appendonly yes maxmemory-policy noeviction save'
check 'its data is on the named volume' is "$(inspect redis '{{range .Mounts}}{{.Name}}:{{.Destination}} {{end}}' | grep -o '[^ ]*:/data')" tally-e2e_data:/data

echo '# Networks'
check 'port 5002 is published, and no other' is \
  "$(docker compose ps --format '{{.Ports}}' | grep -oE '[0-9]+->[0-9]+/[a-z]+' | sort -u)" '5002->5002/tcp'
check 'a static binary without libc finds "redis" by its name' is \
  "$(inspect tally '{{.Config.Env}}' | grep -o 'REDIS_HOST=[^] ]*') $(probe readyz)" 'REDIS_HOST=redis ready'
address=$(inspect redis '{{(index .NetworkSettings.Networks "tally-e2e_data").IPAddress}}')
check 'Redis answers where Tally is' is "$(asks_redis tally redis) $(asks_redis tally "$address")" 'PONG PONG'
check 'where nginx is, it has no name' not asks_redis nginx redis
check 'where nginx is, its address leads nowhere' not asks_redis nginx "$address"
check 'its network is internal' is "$(docker network inspect --format '{{.Internal}}' tally-e2e_data)" true

echo '# Restarts'
n=$(total)
check 'docker compose restart' docker compose restart
check 'all are healthy again' docker compose up --detach --wait
check 'the number goes on' goes_on_after "$n"

docker compose exec -T redis sh -c 'kill -TERM 1'
is_restarted() { is "$(inspect redis '{{.RestartCount}} {{.State.Status}}')" '1 running'; }
check 'a Redis that ends by itself is started again' eventually 30 is_restarted
check 'Tally finds it' eventually 20 is_ready
# One worker may need a moment longer than the one that is ready. A visit that it refuses is not
# counted.
check 'the number goes on' eventually 10 goes_on_after $((n + 1))

n=$(total)
touch "$work/kill.on"
visits_meanwhile "$work/kill" &
load=$!
eventually 10 test -s "$work/kill"
killed=$(date --utc +%FT%T.%NZ)
docker compose kill --signal KILL redis &>/dev/null
total_is_refused() { is "$(status $url/total)" 503; }
check 'kill -9 of Redis under load is noticed' eventually 5 total_is_refused
# Until a worker has failed to connect twice, visits wait. The first attempt may
# take its time: for a moment the name still leads to where Redis was.
is_away() {
  local failures
  failures=$(docker compose logs --no-log-prefix --since "$killed" tally | grep redis_unreachable | grep -o '"worker":[0-9]*')
  # Of one event the log has 10 lines in 10 s, so with many workers not all of them.
  (($(wc -l <<<"$failures") >= 10)) ||
    is "$(sort <<<"$failures" | uniq -c | awk '$1 > 1' | wc -l)" "$(docker compose logs --no-log-prefix tally | grep redis_ready | grep -o '"worker":[0-9]*' | sort -u | wc -l)"
}
check 'each worker gives it up for now' eventually 10 is_away
check '/count is refused at once, with Retry-After' is \
  "$(ask --max-time 1 --output /dev/null --write-out '%{http_code}' $url/count) $(header Retry-After $url/count)" '503 1'
check 'GET / is answered' is "$(status $url/)" 200
check 'Tally is alive, and says why it is not ready' is "$(probe livez) $(probe readyz | grep -ci redis)" 'ok 1'
check 'docker compose up starts it again' docker compose up --detach --wait redis
check 'Tally finds it' eventually 20 is_ready
rm "$work/kill.on"
wait $load
check 'no number that was shown is lost, or shown twice' accounted "$work/kill" "$n"

echo '# Health checks'
docker kill --signal STOP "$(id redis)" >/dev/null
check 'Redis frozen: a visit is answered with 504 or 503' grep -qE '^50[34]$' <(status $url/count)
check 'Redis becomes unhealthy' becomes redis unhealthy
check 'Tally and nginx do not' is "$(health tally) $(health nginx) $(status $url/)" 'healthy healthy 200'
docker kill --signal STOP "$(id tally)" >/dev/null
docker compose exec -T nginx sh -c 'kill -STOP -1' # the workers: all but the first process
check 'Tally frozen: it becomes unhealthy' becomes tally unhealthy
check 'nginx frozen: it becomes unhealthy' becomes nginx unhealthy
docker compose exec -T nginx sh -c 'kill -CONT -1'
docker kill --signal CONT "$(id tally)" "$(id redis)" >/dev/null
for service in "${services[@]}"; do
  check "$service thawed: it becomes healthy again" becomes "$service" healthy
done
check 'Tally is ready again' eventually 20 is_ready

echo '# Three of Tally'
check 'docker compose up --scale tally=3' docker compose up --detach --wait --scale tally=3
three_are_used() {
  for _ in {1..30}; do count; done >/dev/null
  is "$(docker compose logs --no-log-prefix --tail 30 nginx | grep -oE '"upstream":"[0-9.:]+"' | sort -u | wc -l)" 3
}
check 'nginx uses all three' eventually 20 three_are_used
visits "$work/three" 600
check '600 visits side by side are numbered without a gap' contiguous "$work/three" 600
n=$(total)
visits "$work/orphans" 4000 &
load=$!
eventually 10 test -s "$work/orphans"
docker kill --signal STOP "$(id redis)" >/dev/null
# Redis's own kernel tells what the first of Tally has sent: more than a PING.
peer=$(inspect tally '{{(index .NetworkSettings.Networks "tally-e2e_data").IPAddress}}' |
  awk -F . '{ printf "%02X%02X%02X%02X:", $4, $3, $2, $1 }')
# shellcheck disable=SC2016
unread='index($3, peer) == 1 && $2 ~ /:18EB$/ && substr($5, 10) > "0000000E" { found = 1 } END { exit !found }'
visits_are_sent() { beside redis network awk -v peer="$peer" "$unread" /proc/net/tcp; }
check 'visits are under way, Redis being frozen' eventually 10 visits_are_sent
docker kill --signal KILL "$(id tally)" >/dev/null
wait $load
docker kill --signal CONT "$(id redis)" >/dev/null
check 'one of three is killed and started again' docker compose up --detach --wait --scale tally=3
check 'nginx has sent none of its visits to another' accounted "$work/orphans" "$n"
n=$(total)
touch "$work/scale.on"
visits_meanwhile "$work/scale" &
load=$!
eventually 10 test -s "$work/scale"
check 'two are taken away under load' docker compose up --detach --wait --scale tally=1
rm "$work/scale.on"
wait $load
check 'no number that was shown is lost, or shown twice' accounted "$work/scale" "$n"

echo '# make up'
# as_documented VARIABLE=VALUE...: make up with these, of this project.
as_documented() { env "$@" make --no-print-directory up; }
check 'TALLY_REPLICAS=2 make up' as_documented TALLY_REPLICAS=2
check 'two of Tally run' is "$(docker compose ps --quiet tally | wc -l)" 2
check 'make up again' as_documented TALLY_REPLICAS=2
check 'two of Tally still run' is "$(docker compose ps --quiet tally | wc -l)" 2

mkdir "$work/clone"
cp -r Makefile compose.yaml CMakeLists.txt CMakePresets.json docker include scripts src "$work/clone"
# The name comes from .env here; another clone has it from compose.yaml.
echo "COMPOSE_PROJECT_NAME=$COMPOSE_PROJECT_NAME" >"$work/clone/.env"
in_clone() { env --chdir "$work/clone" -u COMPOSE_PROJECT_NAME -u COMPOSE_DISABLE_ENV_FILE make --no-print-directory "$1"; }
refused_in_clone() { not in_clone "$1" &>"$work/refused" && grep -qF "belongs to $PWD:" "$work/refused"; }
was=$(docker compose ps --all --quiet | sort)
for target in up down; do
  check "make $target in another clone is refused, and says why" refused_in_clone $target
done
check 'the stack is left alone' is "$(docker compose ps --all --quiet | sort)" "$was"
printf '%s\n' "COMPOSE_PROJECT_NAME=$other_project" TALLY_PORT=5003 >"$work/clone/.env"
check 'it starts with a name and a port of its own in .env' in_clone up
check 'and counts on its own' is "$(ask http://localhost:5003/count)" 1
check 'and is ended' in_clone down
rm -r "$work/clone"

echo '# The number is set by hand'
set_by_hand() {
  docker compose exec -T redis tally-redis cli <<<$'MULTI\nSET visits 41\nINCR {visits}:.epoch\nEXEC'
}
check 'as documented' set_by_hand
check 'the next visit is one more' goes_on_after 41
check 'and the one behind it' goes_on_after 42

echo '# Down, and up again'
n=$(total)
check 'docker compose down' docker compose down
check 'docker compose up' docker compose up --detach --wait
check 'the number goes on' goes_on_after "$n"
docker compose down --volumes &>/dev/null

echo '# With a password'
# shellcheck disable=SC2016
password='p"a\s s$w'\''d#%'
arguments_show_it() {
  beside redis pid sh -c 'cat /proc/[0-9]*/cmdline'
  beside tally pid sh -c 'cat /proc/[0-9]*/cmdline'
} >"$work/arguments" 2>/dev/null # some end meanwhile
check_password() {
  check 'Redis asks for it' grep -q NOAUTH <(asks_redis tally redis)
  arguments_show_it
  check 'the processes are seen, and none shows it' is \
    "$(tr '\0' ' ' <"$work/arguments" | grep -oE 'redis-server|/tally' | sort -u | xargs) $(grep -cF "$password" "$work/arguments")" \
    '/tally redis-server 0'
}
REDIS_PASSWORD=$password check 'in REDIS_PASSWORD: all are healthy' docker compose up --detach --wait
check 'visits are counted, in a new volume' is "$(count) $(count)" '1 2'
check_password
docker compose down &>/dev/null
printf '%s\n' "$password" >"$work/password"
chmod 644 "$work/password"
REDIS_PASSWORD_FILE=$work/password check 'in REDIS_PASSWORD_FILE: all are healthy' docker compose up --detach --wait
check 'the number goes on' goes_on_after 2
check_password
# shellcheck disable=SC2016
check 'docker inspect does not show it either' not grep -F 's$w' <(docker inspect "$(id redis)" "$(id tally)")

echo '# The password changes under load'
# while_visited FILE COMMAND...: the visits go into FILE.
while_visited() {
  local load
  touch "$1.on"
  visits_meanwhile "$1" &
  load=$!
  eventually 10 test -s "$1" && "${@:2}" && eventually 20 is_ready
  local result=$?
  rm "$1.on"
  wait $load
  return $result
}
with_file="REDIS_PASSWORD_FILE=$work/password"
another_password() {
  echo another >"$work/password"
  as_documented "$with_file"
}
changes() { # NAME SENTENCE COMMAND...
  n=$(total)
  check "$2" while_visited "$work/$1" "${@:3}"
  check 'no number that was shown is lost, or shown twice' accounted "$work/$1" "$n"
  check 'an operator is let in' is "$(docker compose exec -T redis tally-redis cli ping)" PONG
  echo "      $(lines '^503' "$work/$1") of $(lines . "$work/$1") visits were refused"
}
changes same 'the same password: make up' as_documented "$with_file"
check 'and refuses no visit' is "$(lines '^503' "$work/same")" 0
changes changed 'another password: make up' another_password
changes removed 'no password: make up' as_documented REDIS_PASSWORD_FILE=
changes added 'a password again: make up' as_documented "$with_file"
check 'without it, Redis asks for it' grep -q NOAUTH <(asks_redis tally redis)

((failed == 0))
