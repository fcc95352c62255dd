#!/usr/bin/env bash
# The whole stack on http://localhost:5002/: in containers where a Docker engine
# answers, as local processes (local.sh) where none does or where those run.
#
#   scripts/stack.sh up|down|ps|logs|engine
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

# For a DOCKER_HOST that is gone; macOS has no timeout.
soon() { if type -P timeout >/dev/null; then timeout 5 "$@"; else "$@"; fi; }

# Whether a Docker engine answers, and has Compose v2; if not, says why.
engine() {
  local why
  if ! type -P docker >/dev/null; then
    why='docker is not installed'
  elif ! why=$(soon docker version 2>&1 >/dev/null); then
    why=${why:-it takes too long}
  elif ! docker compose version >/dev/null 2>&1; then
    why='docker has no Compose v2 here'
  else
    return 0
  fi
  echo "No Docker engine answers (${why##*$'\n'})"
  return 1
}

runs_locally() { scripts/local.sh running >/dev/null; }

up_locally() {
  scripts/deps.sh build stack
  scripts/build.sh release
  scripts/local.sh up
}

# configured SED-SCRIPT: runs it on compose.yaml with the values of .env and the
# environment.
configured() { docker compose config | sed -n "$1"; }

# Compose knows a stack by its project's name alone: `up` or `down` here would
# replace or end the containers of another clone. COMPOSE_PROJECT_NAME is taken
# as a deliberate choice. A folder that no longer exists is taken to have moved
# here.
expect_own_stack() {
  local project folder
  [[ ! ${COMPOSE_PROJECT_NAME-} ]] || return 0
  project=$(configured 's/^name: //p')
  while read -r folder; do
    [[ ! -d $folder || $folder -ef . ]] ||
      die "the stack \"$project\" belongs to $folder: run make there, or name this one:" \
        'COMPOSE_PROJECT_NAME=tally2 TALLY_PORT=5003 make up'
  done < <(docker ps --all --filter "label=com.docker.compose.project=$project" \
    --format '{{.Label "com.docker.compose.project.working_dir"}}' | sort -u)
}

# Whether the password file, or what it holds, has changed since a container of
# Redis or Tally was created: Compose looks at neither.
password_changed() {
  local file container
  file=$(configured '/^secrets:/,$ s/^    file: //p')
  for container in $(docker compose ps --all --quiet redis tally); do
    [[ $(docker inspect --format "$secret_source" "$container") == "$file" ]] || return 0
    [[ $file == /dev/null ]] || # changed or put there since
      [[ ! $(find -L "$file" -newerct "$(docker inspect --format '{{.Created}}' "$container")") ]] ||
      return 0
  done
  return 1
}
not_whole='the stack is not whole: make logs tells why, make down ends what runs of it'
secret_source='{{range .Mounts}}{{if eq .Destination "/run/secrets/redis_password"}}{{.Source}}{{end}}{{end}}'

up_in_containers() {
  expect_own_stack
  stack_port=$(configured 's/^ *published: "\(.*\)"$/\1/p')
  [[ $(docker compose ps --quiet nginx) ]] || expect_stack_port_free
  if password_changed; then
    echo 'The password of Redis has changed: Redis and Tally start anew.'
    docker compose up --build --detach --force-recreate redis tally || die "$not_whole"
  fi
  docker compose up --build --detach --wait || die "$not_whole"
  answers "$stack_port" / ||
    die "all three are healthy, but not at http://localhost:$stack_port/: is the engine elsewhere?"
  # Tally may connect to Redis only a moment after Redis is healthy.
  for _ in {1..100}; do
    ! answers "$stack_port" /total || return 0
    sleep 0.1
  done
  die 'all three are healthy, but Tally cannot count: make logs says why'
}

case ${1-} in
  up)
    if runs_locally; then
      echo 'It runs as local processes already (make down ends them): bringing them up to date.'
      up_locally
    elif why=$(engine); then
      up_in_containers
    else
      echo "$why: running Redis, Tally and nginx as local processes."
      up_locally
    fi
    printf 'http://localhost:%s%s\n' "$stack_port" / "$stack_port" /count
    ;;
  down)
    # Both, for an engine may have come or gone since make up.
    if runs_locally; then
      scripts/local.sh down
      echo 'The local processes have ended; .local/data/ keeps the number.'
    fi
    if engine >/dev/null; then
      expect_own_stack
      docker compose down
    fi
    ;;
  ps | logs)
    if [[ $1 == logs && -t 1 ]]; then set -- logs --follow; fi
    if runs_locally || ! engine >/dev/null; then
      scripts/local.sh "$@"
    else
      docker compose "$@"
    fi
    ;;
  engine) engine ;;
  *) die "usage: $0 up|down|ps|logs|engine" ;;
esac
