# shellcheck shell=bash
echo '# Restarts'
n=$(total)
check 'docker compose restart' docker compose restart
check 'all services are healthy again' docker compose up --detach --wait
check 'the count continues' continues_after "$n"

docker exec "$(id redis)" sh -c 'kill -TERM 1'
is_restarted() { is "$(inspect redis '{{.RestartCount}} {{.State.Status}}')" '1 running'; }
check 'a Redis that exits is started again' eventually 30 is_restarted
check 'Tally reconnects to Redis' eventually 20 is_ready
# Another worker may reconnect later than the one that is ready. A visit that it refuses is not
# counted.
check 'the count continues' eventually 10 continues_after $((n + 1))

n=$(total)
touch "$work/kill.on"
visits_meanwhile "$work/kill" &
load=$!
eventually 10 test -s "$work/kill"
killed=$(date --utc +%FT%T.%NZ)
docker compose kill --signal KILL redis &>/dev/null
total_is_refused() { is "$(status "$url/total")" 503; }
check 'after SIGKILL of Redis under load, Tally responds with 503' eventually 5 total_is_refused
# Visits wait until a worker has failed to connect twice. The first attempt may be slow: the name
# resolves to the old address of Redis for some time.
is_unreachable() {
  local errors
  errors=$(docker compose logs --no-log-prefix --since "$killed" tally | grep redis_unreachable | grep -o '"worker":[0-9]*')
  # The log has at most 10 lines per event in 10 s: with many workers, some lines are missing.
  (($(wc -l <<<"$errors") >= 10)) ||
    is "$(sort <<<"$errors" | uniq -c | awk '$1 > 1' | wc -l)" "$(docker compose logs --no-log-prefix tally | grep redis_ready | grep -o '"worker":[0-9]*' | sort -u | wc -l)"
}
check 'each worker reports that Redis is unreachable' eventually 10 is_unreachable
check '/count responds with 503 immediately, with Retry-After' is \
  "$(request --max-time 1 --output /dev/null --write-out '%{http_code}' "$url/count") $(header Retry-After "$url/count")" '503 1'
check 'GET / works without Redis' is "$(status "$url/")" 200
check 'Tally is alive, and /readyz names Redis as the reason' is "$(endpoint livez) $(endpoint readyz | grep -ci redis)" 'ok 1'
check 'docker compose up starts Redis again' docker compose up --detach --wait redis
check 'Tally reconnects to Redis' eventually 20 is_ready
rm "$work/kill.on"
wait $load
check 'no number is lost or shown twice' accounted "$work/kill" "$n"
