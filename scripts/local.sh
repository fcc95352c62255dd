#!/usr/bin/env bash
# The three services as processes of this machine, for where no Docker engine
# answers: configured as their containers are, on the same port. All that they
# write is in .local/: the data, the logs, and in run/ who they are.
#
#   scripts/local.sh up|down|ps|logs|running
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh
[[ ${1-} != up ]] || mkdir -p .local/{data,logs,nginx,run}
cd .local 2>/dev/null || {
  echo 'Nothing runs here: make up starts it.'
  [[ ${1-} != running ]]
  exit
}

# When a process began, in clock ticks since the boot; nothing once it ended.
# The pid alone goes to another process one day, the two together never do.
began() { # PID
  sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'
}

running() { # SERVICE
  local pid start
  { read -r pid start _ <"run/$1"; } 2>/dev/null && [[ $(began "$pid") == "$start" ]]
}

# start SERVICE PROGRAM ARGUMENT...: unless it runs already, and just like that.
start() {
  local service=$1 what word
  shift
  what=$({
    echo "$@"
    env | grep '^TALLY_' || true
    cat "$(type -P "$1")" 2>/dev/null
    for word in "${@:2}"; do [[ ! -f $word ]] || cat "${word%/*}"/*.conf; done
  } | sha256sum)
  running "$service" && [[ $(<"run/$service") == *" $what" ]] && return
  stop "$service"
  # In a session of its own, where no Ctrl-C and no closed terminal reaches it.
  setsid "$@" </dev/null >"logs/$service.log" 2>&1 &
  echo "$! $(began $!) $what" >"run/$service"
}

# await SERVICE CONDITION...: what it needs to be of use.
await() {
  local service=$1 deadline=$((SECONDS + 30)) log=.local/logs/$1.log
  shift
  until "$@"; do
    running "$service" || die "$service ended at its start, see $log: $(tail -n 1 "../$log")"
    ((SECONDS < deadline)) || die "$service was not ready after 30 s, see $log"
    sleep 0.1
  done
}

stop() { # SERVICE
  local pid signal=TERM deadline=$((SECONDS + 20))
  running "$1" || return 0
  read -r pid _ <"run/$1"
  [[ $1 != nginx ]] || signal=QUIT # after the requests that are under way
  kill -s $signal "$pid" 2>/dev/null || ! running "$1" ||
    die "$1 (pid $pid) can only be ended by who started it"
  while running "$1"; do
    ((SECONDS < deadline)) || kill -s KILL -- "-$pid" # its whole session
    sleep 0.1
  done
}

down() {
  stop nginx
  stop tally
  stop redis
}

# The loopback port of a service: the one it had, unless that is taken by now.
port() { # SERVICE
  local file=run/$1.port
  running "$1" || { [[ -s $file ]] && ! listening "$(<"$file")"; } || free_port >"$file"
  cat "$file"
}

redis_answers() { [[ $(redis-cli -p "$1" ping 2>/dev/null) == PONG ]]; }

up() {
  local redis_port tally_port
  [[ $stack_port =~ ^[0-9]+$ ]] ||
    die "TALLY_PORT is \"$stack_port\": without Docker it has to be a port number alone"
  [[ -O . ]] || die ".local/ belongs to $(stat -c %U .): be that user, or move it out of the way"
  [[ $(running nginx && cat run/nginx.port) == "$stack_port" ]] || expect_stack_port_free
  redis_port=$(port redis) tally_port=$(port tally)
  trap down EXIT # all three or none

  start redis redis-server ../docker/redis/redis.conf --bind 127.0.0.1 --port "$redis_port" --dir data
  await redis redis_answers "$redis_port"

  # This Redis has no password and one database, whatever others have.
  unset "${!REDIS_@}"
  REDIS_PORT=$redis_port PORT=$tally_port TALLY_ADDRESS=127.0.0.1 \
    start tally ../build/release/tally
  await tally answers "$tally_port" /readyz

  echo "$stack_port" >run/nginx.port
  cp ../docker/nginx/{nginx,tally}.conf nginx
  echo "listen $stack_port default_server;" >nginx/listen.conf
  echo "server 127.0.0.1:$tally_port;" >nginx/replicas.conf
  start nginx nginx -p nginx -c "$PWD/nginx/nginx.conf" -e stderr -g 'daemon off;'
  await nginx answers "$stack_port" /
  trap - EXIT
}

ps() {
  local service pid
  printf '%-8s %-8s %s\n' SERVICE PID PORT
  for service in redis tally nginx; do
    running "$service" || { printf '%-8s %s\n' "$service" '(not running)' && continue; }
    read -r pid _ <"run/$service"
    printf '%-8s %-8s %s\n' "$service" "$pid" "$(<"run/$service.port")"
  done
}

case ${1-} in
  up | down | ps) "$1" ;;
  logs) tail -n 100 "${@:2}" logs/*.log ;;
  running) running redis || running tally || running nginx ;;
  *) die "usage: $0 up|down|ps|logs|running" ;;
esac
