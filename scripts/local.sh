#!/usr/bin/env bash
# The three services as local processes, for hosts without a Docker engine: with the configuration
# and the port of the containers. All their files are in .local/: the data, the logs, and in run/
# their pids and ports.
#
#   scripts/local.sh up|down|ps|logs|running
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh
[[ ${1-} != up ]] || mkdir -p .local/{data,logs,nginx,run}
cd .local 2>/dev/null || {
  echo 'The stack is not running: make up starts it.'
  [[ ${1-} != running ]]
  exit
}

# Prints the start time of a process, in clock ticks since the boot; nothing if it has ended. The
# system reuses a pid, but not a pid and a start time together.
start_time() { # PID
  sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'
}

running() { # SERVICE
  local pid start
  { read -r pid start _ <"run/$1"; } 2>/dev/null && [[ $(start_time "$pid") == "$start" ]]
}

# start SERVICE PROGRAM ARGUMENT...: unless it runs already, with the same program, arguments,
# settings and files.
start() {
  local service=$1 checksum word
  shift
  checksum=$({
    echo "$@"
    env | grep '^TALLY_' || true
    cat "$(type -P "$1")" 2>/dev/null
    for word in "${@:2}"; do [[ ! -f $word ]] || cat "${word%/*}"/*.conf; done
  } | sha256sum)
  running "$service" && [[ $(<"run/$service") == *" $checksum" ]] && return
  stop "$service"
  # In a session of its own, which Ctrl-C and the end of the terminal do not reach.
  setsid "$@" </dev/null >"logs/$service.log" 2>&1 &
  echo "$! $(start_time $!) $checksum" >"run/$service"
}

# await SERVICE COMMAND...: waits until the command succeeds.
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
  [[ $1 != nginx ]] || signal=QUIT # finishes the requests in flight
  kill -s $signal "$pid" 2>/dev/null || ! running "$1" ||
    die "$1 (pid $pid) can only be stopped by the user that started it"
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

# The loopback port of a service: its last one, unless another program uses that now.
port() { # SERVICE
  local file=run/$1.port
  running "$1" || { [[ -s $file ]] && ! listening "$(<"$file")"; } || free_port >"$file"
  cat "$file"
}

redis_answers() { [[ $(redis-cli -p "$1" ping 2>/dev/null) == PONG ]]; }

up() {
  local redis_port tally_port
  [[ $stack_port =~ ^[0-9]+$ ]] ||
    die "TALLY_PORT is \"$stack_port\": without Docker it must be only a port number"
  [[ -O . ]] || die ".local/ belongs to $(stat -c %U .): run this as that user, or move .local/"
  [[ $(running nginx && cat run/nginx.port) == "$stack_port" ]] || expect_stack_port_free
  redis_port=$(port redis) tally_port=$(port tally)
  trap down EXIT # all three or none

  start redis redis-server ../docker/redis/redis.conf --bind 127.0.0.1 --port "$redis_port" --dir data
  await redis redis_answers "$redis_port"

  # Ignores the caller's REDIS_* settings: this Redis has no password and one database.
  unset "${!REDIS_@}"
  REDIS_PORT=$redis_port PORT=$tally_port TALLY_ADDRESS=127.0.0.1 \
    start tally ../build/release/tally
  await tally answers "$tally_port" /readyz

  echo "$stack_port" >run/nginx.port
  cp ../docker/nginx/{nginx,tally,answers}.conf nginx
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
