#!/usr/bin/env bash
# The whole stack on http://localhost:5002/: in containers; or as local processes (local.sh) if no
# Docker engine answers, or if those run already. `monitoring` adds Prometheus and Grafana.
#
#   scripts/stack.sh up|monitoring|down|ps|logs|engine
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

# `docker version` can hang if DOCKER_HOST is unreachable. macOS has no timeout(1).
with_timeout() { if type -P timeout >/dev/null; then timeout 5 "$@"; else "$@"; fi; }

# Whether a Docker engine answers, and has Compose v2; if not, prints the error.
engine() {
  local error
  if ! type -P docker >/dev/null; then
    error='docker is not installed'
  elif ! error=$(with_timeout docker version 2>&1 >/dev/null); then
    error=${error:-it takes too long}
  elif ! docker compose version >/dev/null 2>&1; then
    error='docker has no Compose v2 here'
  else
    return 0
  fi
  echo "No Docker engine answers (${error##*$'\n'})"
  return 1
}

runs_locally() { scripts/local.sh running >/dev/null; }

up_locally() {
  scripts/deps.sh build stack
  scripts/build.sh release
  scripts/local.sh up
}

# Includes the services of the profile from here on.
with_monitoring() { export COMPOSE_PROFILES=monitoring; }
is_monitored() { [[ $(COMPOSE_PROFILES=monitoring docker compose ps --all --quiet prometheus) ]]; }

# Whether the path or the content of the password file has changed since a container that reads it
# was created: Compose checks neither.
password_changed() { # SERVICE...
  local file container
  file=$(configured '/^secrets:/,$ s/^    file: //p')
  for container in $(docker compose ps --all --quiet "$@"); do
    [[ $(docker inspect --format "$secret_source" "$container") == "$file" ]] || return 0
    [[ $file == /dev/null ]] || # changed or created since
      [[ ! $(find -L "$file" -newerct "$(docker inspect --format '{{.Created}}' "$container")") ]] ||
      return 0
  done
  return 1
}
start_failed='the stack did not start: make logs shows the error, make down stops the rest'
secret_source='{{range .Mounts}}{{if eq .Destination "/run/secrets/redis_password"}}{{.Source}}{{end}}{{end}}'

up_in_containers() {
  local readers=(redis tally)
  expect_own_stack
  # Once started, the monitoring is kept up to date, too.
  ! is_monitored || with_monitoring
  [[ ${COMPOSE_PROFILES-} != monitoring ]] || readers+=(redis-exporter)
  stack_port=$(configured '/^  nginx:$/,/^  [a-z]/ s/^ *published: "\(.*\)"$/\1/p')
  [[ $(docker compose ps --quiet nginx) ]] || expect_stack_port_free
  if password_changed "${readers[@]}"; then
    echo 'The password of Redis has changed: restarting Redis and Tally.'
    docker compose up --build --detach --force-recreate "${readers[@]}" || die "$start_failed"
  fi
  docker compose up --build --detach --wait || die "$start_failed"
  answers "$stack_port" / ||
    die "all three are healthy, but not at http://localhost:$stack_port/: is the engine remote?"
  # Tally may connect to Redis only some time after Redis is healthy.
  for _ in {1..100}; do
    ! answers "$stack_port" /total || return 0
    sleep 0.1
  done
  die 'all three are healthy, but Tally cannot count: make logs shows the error'
}

show_addresses() { printf 'http://localhost:%s%s\n' "$stack_port" / "$stack_port" /count; }

case ${1-} in
  up)
    if runs_locally; then
      echo 'The stack runs as local processes (make down stops them): updating them.'
      up_locally
    elif error=$(engine); then
      up_in_containers
    else
      echo "$error: running Redis, Tally and nginx as local processes."
      up_locally
    fi
    show_addresses
    ;;
  monitoring)
    ! runs_locally || die 'the stack runs as local processes, without monitoring: make down stops it'
    engine || exit
    with_monitoring
    up_in_containers
    show_addresses
    printf 'http://%s/  %s\n' "$(docker compose port grafana 3000)" '(the dashboard)' \
      "$(docker compose port prometheus 9090)" '(queries and alerts)'
    ;;
  down)
    # Both, because a Docker engine may have been started or stopped since make up.
    if runs_locally; then
      scripts/local.sh down
      echo 'The local processes have stopped; the number is kept in .local/data/.'
    fi
    if engine >/dev/null; then
      expect_own_stack
      with_monitoring
      docker compose down
    fi
    ;;
  ps | logs)
    if [[ $1 == logs && -t 1 ]]; then set -- logs --follow; fi
    if runs_locally || ! engine >/dev/null; then
      scripts/local.sh "$@"
    else
      with_monitoring
      docker compose "$@"
    fi
    ;;
  engine) engine ;;
  *) die "usage: $0 up|monitoring|down|ps|logs|engine" ;;
esac
