# shellcheck shell=bash disable=SC2034
# Functions for the checks of run.sh. To be sourced.

port=5002
url=http://localhost:$port
services=(redis tally nginx)
work=$(mktemp -d)
passed=0 failed=0

die() {
  echo "$*" >&2
  exit 1
}

# The caller's variables and .env have no effect: the tests have a project of their own, with its
# images, networks and volume.
unset "${!COMPOSE_@}" "${!REDIS_@}" "${!TALLY_@}"
export COMPOSE_PROJECT_NAME=tally-e2e COMPOSE_DISABLE_ENV_FILE=1

second_project=tally-e2e-2    # of more stacks at the same time
third_project=tally-e2e-3
other_project=tally-e2e-clone # of another clone

clean_up() {
  local -x COMPOSE_PROFILES=monitoring COMPOSE_FILE=compose.yaml:compose.ha.yaml
  local project
  for project in $other_project $second_project $third_project "$COMPOSE_PROJECT_NAME"; do
    docker compose --project-name "$project" kill
    docker compose --project-name "$project" down --volumes --remove-orphans --rmi local
  done
} &>/dev/null

# check SENTENCE COMMAND...: runs the command in a subshell, and shows its output if it fails.
check() {
  local sentence=$1 output
  shift
  if output=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "ok    $sentence"
  else
    failed=$((failed + 1))
    echo "FAIL  $sentence"
    tail -n 20 <<<"$output" | sed 's/^/      /'
  fi
}

# must SENTENCE COMMAND...: a check that ends the run if it fails.
must() {
  local old_failed=$failed
  check "$@"
  ((failed > old_failed)) || return 0
  show_state
  exit 1
}
show_state() {
  docker compose ps --all
  docker compose logs --tail 20
}

# Prints both values if they differ.
is() { # ACTUAL EXPECTED
  [[ $1 == "$2" ]] || { printf 'expected: %s\n     got: %s\n' "$2" "$1" && return 1; }
}
not() { ! "$@"; }

# eventually SECONDS COMMAND...: repeats the command until it succeeds.
eventually() {
  local limit=$1 deadline=$((SECONDS + $1)) output
  shift
  until output=$("$@" 2>&1); do
    ((SECONDS < deadline)) ||
      { printf 'not in %s s: %s\n%s\n' "$limit" "$*" "$output" && return 1; }
    sleep 0.1
  done
}

# make_up VARIABLE=VALUE...: runs make up for this project, with these variables.
make_up() { env "$@" make --no-print-directory up; }

# --- Requests --------------------------------------------------------------

# Without --fail: an error response is a response, too.
request() { curl --silent --show-error --max-time 15 "$@"; }
count() { request "$url/count"; }
total() { request "$url/total"; }
status() { request --output /dev/null --write-out '%{http_code}' "$@"; }
header() { # NAME CURL-ARGUMENT...
  request --output /dev/null --dump-header - "${@:2}" | tr -d '\r' | sed -n "s/^$1: //Ip"
}

# Tally's health endpoints, which are only in its own network.
endpoint() { docker exec "$(id nginx)" curl --silent --max-time 5 "http://tally:8080/$1"; }
# /readyz knows one worker, and the next visit may reach another.
is_ready() {
  is "$(endpoint readyz)" ready &&
    is "$(endpoint metrics | grep '^tally_redis_connected')" 'tally_redis_connected 1'
}

# continues_after NUMBER: whether the next visit gets the next number.
continues_after() { is "$(count)" $(($1 + 1)); }

# --- Load ------------------------------------------------------------------

# visits FILE N: N concurrent visits; FILE gets a line for each, such as "200 42". Each response body
# has a file of its own, because concurrent output would mix.
visits() {
  local code file number
  mkdir -p "$1.d"
  curl --silent --parallel --parallel-max 50 --max-time 15 --output "$1.d/#1" \
    --write-out '%{http_code} %{filename_effective}\n' "$url/count?[1-$2]" 2>/dev/null |
    while read -r code file; do
      [[ $code != 200 ]] || read -r number <"$file"
      echo "$code${number:+ $number}"
      number=
    done >>"$1"
}

# visits_meanwhile FILE: visits while FILE.on exists, below nginx's limit of 1000 a second.
visits_meanwhile() {
  while [[ -e $1.on ]]; do
    visits "$1" 50
    sleep 0.1
  done
}

numbers() { sed -n 's/^200 //p' "$1" | sort -n; }
lines() { grep -c "$1" "$2" || true; }

# contiguous FILE N: whether FILE has exactly N visits with consecutive numbers.
contiguous() {
  local first
  is "$(lines . "$1") visits, $(lines '^200 ' "$1") counted" "$2 visits, $2 counted" || return
  first=$(numbers "$1" | head -n 1)
  is "$(numbers "$1" | xargs)" "$(seq -s ' ' "$first" $((first + $2 - 1)))"
}

# accounted FILE TOTAL: whether Tally keeps its promise for the visits in FILE, which began when the
# total was TOTAL: no number is shown twice; a 200 is counted, a 503 is not, a 504 may be; there are
# no other responses.
accounted() {
  local good unknown new_total
  good=$(lines '^200 ' "$1") unknown=$(lines '^504' "$1") new_total=$(total)
  echo "the total was $2 and is $new_total;" \
    "responses: $(cut -d ' ' -f 1 "$1" | sort | uniq -c | xargs)"
  ((good > 0)) &&
    is "$(grep -vE '^(200 [0-9]+|503|504)$' "$1" | sort | uniq -c)" '' &&
    is "twice: $(numbers "$1" | uniq -d | xargs)" 'twice: ' &&
    ((new_total >= $2 + good && new_total <= $2 + good + unknown)) &&
    (($(numbers "$1" | tail -n 1) <= new_total))
}

# --- Containers ------------------------------------------------------------

hardening='{{with .HostConfig}}{{.ReadonlyRootfs}} {{.CapDrop}} {{.CapAdd}} {{.SecurityOpt}} {{.Privileged}} {{.Memory}} {{.PidsLimit}} {{.RestartPolicy.Name}}{{end}}'
# `docker compose ps` and `exec` take ten times as long as `docker ps` and `exec`.
id() { # SERVICE: of its first replica, even if it does not run
  docker ps --all --quiet --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" \
    --filter "label=com.docker.compose.service=$1" | tail -n 1
}
inspect() { docker inspect --format "$2" "$(id "$1")"; } # SERVICE FORMAT
image() { docker image inspect --format "$2" "$(inspect "$1" '{{.Image}}')"; }
health() { inspect "$1" '{{.State.Health.Status}}'; }
is_health() { is "$(health "$1")" "$2"; }
becomes() { eventually 45 is_health "$@"; } # SERVICE STATE

# run_beside SERVICE NAMESPACE PROGRAM ARGUMENT...: runs a program of the Redis image in a namespace
# (pid, network) of a service, whose own image may have no programs.
run_beside() {
  docker run --rm --"$2" "container:$(id "$1")" --entrypoint "$3" \
    "$(inspect redis '{{.Image}}')" "${@:4}"
}
ping_redis() { run_beside "$1" network timeout 3 redis-cli -h "$2" ping; } # SERVICE ADDRESS
