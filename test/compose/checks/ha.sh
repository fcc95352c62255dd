# shellcheck shell=bash
echo '# compose.ha.yaml'
export COMPOSE_FILE=compose.yaml:compose.ha.yaml
nodes=(redis redis-2 redis-3)
sentinels=(sentinel-1 sentinel-2 sentinel-3)
ask_sentinel() { docker compose exec -T "$1" tally-redis cli -p 26379 --raw sentinel "${@:2}"; }
# The service that this sentinel takes for the master.
master_of() { # SENTINEL
  case $(ask_sentinel "$1" get-master-addr-by-name tally | head -n 1) in
    *.11) echo redis ;;
    *.12) echo redis-2 ;;
    *.13) echo redis-3 ;;
  esac
}
master() { master_of sentinel-1; }
# Whether all sentinels know the same master, which is another than SERVICE.
is_other_master() { # SERVICE
  local sentinel known
  known=$(for sentinel in "${sentinels[@]}"; do master_of "$sentinel"; done | sort -u)
  [[ $known && $known != *$'\n'* && $known != "$1" ]]
}
replicas_online() {
  docker compose exec -T "$(master)" tally-redis cli info replication | grep -c state=online
}
# A new sentinel learns of the replicas from the master, which it asks every 10 s. It promotes only a
# replica that it knows, so a master that is killed before has no successor.
knows_all() { # SENTINEL
  is "$(ask_sentinel "$1" master tally | paste - - | grep -E '^num-(slaves|other-sentinels)' | xargs)" \
    'num-slaves 2 num-other-sentinels 2'
}
is_complete() {
  local sentinel
  for sentinel in "${sentinels[@]}"; do
    knows_all "$sentinel" || return
  done
  is "$(replicas_online)" 2 && is_ready
}
# runs_visited FILE COMMAND...: runs the command under load, and waits until all servers are back.
runs_visited() {
  local load result
  touch "$1.on"
  visits_meanwhile "$1" &
  load=$!
  eventually 10 test -s "$1" && "${@:2}" && eventually 60 is_complete
  result=$?
  rm "$1.on"
  wait "$load"
  return "$result"
}
kill_master() {
  local old begun=$SECONDS
  old=$(master)
  docker compose kill --signal KILL "$old" && eventually 45 is_other_master "$old" || return
  echo "$((SECONDS - begun)) s until another master" >"$work/failover"
  docker compose start "$old" # a container that was killed by hand is not restarted by itself
}
switch_master() {
  local old
  old=$(master)
  eventually 30 ask_sentinel sentinel-2 failover tally && eventually 45 is_other_master "$old"
}

check 'all services become healthy' docker compose up --build --detach --wait
check 'the master has two replicas, and Tally is ready' eventually 45 is_complete
check 'the first visits are 1, 2 and 3' is "$(count) $(count) $(count)" '1 2 3'
# shellcheck disable=SC2046
check 'its containers have no root, no capabilities, no new privileges, a read-only file system and limits' is \
  "$(docker inspect --format "{{.Config.User}} $hardening" $(docker compose ps --quiet "${nodes[@]}" "${sentinels[@]}") | sort | uniq -c | xargs)" \
  "3 999:999 true [ALL] [] [no-new-privileges:true] false 268435456 300 unless-stopped 3 999:999 true [ALL] [] [no-new-privileges:true] false 67108864 300 unless-stopped"
check 'only the port of visitors is published' is "$(docker compose ps --format '{{.Ports}}' | grep -oE '[0-9]+->[0-9]+/[a-z]+' | sort -u)" "$port->5002/tcp"

n=$(total)
check 'the master is killed under load, and another one takes over' runs_visited "$work/ha-kill" kill_master
check 'no number is lost or shown twice' accounted "$work/ha-kill" "$n"
echo "      $(cat "$work/failover" 2>/dev/null); $(lines '^503' "$work/ha-kill") of $(lines . "$work/ha-kill") visits were refused"

n=$(total)
check 'SENTINEL FAILOVER under load' runs_visited "$work/ha-switch" switch_master
check 'no number is lost or shown twice' accounted "$work/ha-switch" "$n"

n=$(total)
check 'docker compose restart' docker compose restart
check 'all servers are back' eventually 60 is_complete
check 'the count continues' continues_after "$n"

n=$(total)
printf 'a pass"word\n' >"$work/ha-password"
chmod 644 "$work/ha-password"
REDIS_PASSWORD_FILE=$work/ha-password check 'with a password, all services are healthy' docker compose up --detach --wait
check 'all servers are back' eventually 60 is_complete
check 'the sentinels require the password' grep -q NOAUTH <(docker compose exec -T sentinel-1 redis-cli -p 26379 ping)
check 'the count continues' continues_after "$n"
docker compose down --volumes &>/dev/null
unset COMPOSE_FILE
