# shellcheck shell=bash
echo '# Three replicas of Tally'
check 'docker compose up --scale tally=3' docker compose up --detach --wait --scale tally=3
three_are_used() {
  for _ in {1..30}; do count; done >/dev/null
  is "$(docker compose logs --no-log-prefix --tail 30 nginx | grep -oE '"upstream":"[0-9.:]+"' | sort -u | wc -l)" 3
}
check 'nginx uses all three replicas' eventually 20 three_are_used
visits "$work/three" 600
check '600 concurrent visits get consecutive numbers' contiguous "$work/three" 600
n=$(total)
visits "$work/orphans" 4000 &
load=$!
eventually 10 test -s "$work/orphans"
docker kill --signal STOP "$(id redis)" >/dev/null
# /proc/net/tcp of Redis shows the unread bytes from the first replica: more than a PING.
peer=$(inspect tally '{{(index .NetworkSettings.Networks "tally-e2e_data").IPAddress}}' |
  awk -F . '{ printf "%02X%02X%02X%02X:", $4, $3, $2, $1 }')
# shellcheck disable=SC2016
unread='index($3, peer) == 1 && $2 ~ /:18EB$/ && substr($5, 10) > "0000000E" { found = 1 } END { exit !found }'
visits_are_sent() { run_beside redis network awk -v peer="$peer" "$unread" /proc/net/tcp; }
check 'visits are in flight while Redis is stopped' eventually 10 visits_are_sent
docker kill --signal KILL "$(id tally)" >/dev/null
wait $load
docker kill --signal CONT "$(id redis)" >/dev/null
check 'a killed replica is started again' docker compose up --detach --wait --scale tally=3
check 'nginx repeats none of its visits on another replica' accounted "$work/orphans" "$n"
n=$(total)
touch "$work/scale.on"
visits_meanwhile "$work/scale" &
load=$!
eventually 10 test -s "$work/scale"
check 'two replicas are removed under load' docker compose up --detach --wait --scale tally=1
rm "$work/scale.on"
wait $load
check 'no number is lost or shown twice' accounted "$work/scale" "$n"
