# shellcheck shell=bash disable=SC2034
# What run.sh says its sentences with. To be sourced.

url=http://localhost:5002
services=(redis tally nginx)
work=$(mktemp -d)
passed=0 failed=0

die() {
  echo "$*" >&2
  exit 1
}

# Nothing of the caller's, neither variables nor .env: a project of its own, with
# images, networks and a volume of its own.
unset "${!COMPOSE_@}" "${!REDIS_@}" "${!TALLY_@}"
export COMPOSE_PROJECT_NAME=tally-e2e COMPOSE_DISABLE_ENV_FILE=1

other_project=tally-e2e-clone # of another clone

clean_up() {
  docker compose --project-name $other_project down --volumes --rmi local
  docker compose kill
  docker compose down --volumes --remove-orphans --rmi local
} &>/dev/null

# check SENTENCE COMMAND...: runs it aside, and shows what it said if it fails.
check() {
  local sentence=$1 said
  shift
  if said=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "ok    $sentence"
  else
    failed=$((failed + 1))
    echo "FAIL  $sentence"
    tail -n 20 <<<"$said" | sed 's/^/      /'
  fi
}

# must SENTENCE COMMAND...: a check without which the rest would say nothing.
must() {
  local before=$failed
  check "$@"
  ((failed > before)) || return 0
  docker compose ps --all
  docker compose logs --tail 20
  exit 1
}

# Silent as long as all is well.
is() { # ACTUAL EXPECTED
  [[ $1 == "$2" ]] || { printf 'expected: %s\n     got: %s\n' "$2" "$1" && return 1; }
}
not() { ! "$@"; }

# eventually SECONDS COMMAND...: as soon as it succeeds.
eventually() {
  local limit=$1 deadline=$((SECONDS + $1)) said
  shift
  until said=$("$@" 2>&1); do
    ((SECONDS < deadline)) || { printf 'not in %s s: %s\n%s\n' "$limit" "$*" "$said" && return 1; }
    sleep 0.1
  done
}

# --- Asking ----------------------------------------------------------------

# Without --fail: what is refused is an answer too.
ask() { curl --silent --show-error --max-time 15 "$@"; }
count() { ask $url/count; }
total() { ask $url/total; }
status() { ask --output /dev/null --write-out '%{http_code}' "$@"; }
header() { # NAME CURL-ARGUMENT...
  ask --output /dev/null --dump-header - "${@:2}" | tr -d '\r' | sed -n "s/^$1: //Ip"
}

# Tally's probes, which only its own network sees.
probe() { docker compose exec -T nginx curl --silent --max-time 5 "http://tally:8080/$1"; }
is_ready() { is "$(probe readyz)" ready; }

# The number that comes next is the one that has to.
goes_on_after() { is "$(count)" $(($1 + 1)); }

# --- Visits by the hundred -------------------------------------------------

# visits FILE N: so many side by side; FILE gets a line each, such as "200 42".
# The answers go through files of their own: side by side, they would mix.
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

# visits_meanwhile FILE: such visits, while FILE.on exists; at a pace that stays
# below nginx's limit of 1000 a second.
visits_meanwhile() {
  while [[ -e $1.on ]]; do
    visits "$1" 50
    sleep 0.1
  done
}

numbers() { sed -n 's/^200 //p' "$1" | sort -n; }
lines() { grep -c "$1" "$2" || true; }

# contiguous FILE N: exactly N visits, numbered without a gap or a repetition.
contiguous() {
  local first
  is "$(lines . "$1") visits, $(lines '^200 ' "$1") counted" "$2 visits, $2 counted" || return
  first=$(numbers "$1" | head -n 1)
  is "$(numbers "$1" | xargs)" "$(seq -s ' ' "$first" $((first + $2 - 1)))"
}

# accounted FILE BEFORE: what Tally promises of the visits in FILE, which began
# when the total was BEFORE: no number is shown twice; a 200 is counted, a 503
# is not, a 504 may be; there are no other answers.
accounted() {
  local good unknown now
  good=$(lines '^200 ' "$1") unknown=$(lines '^504' "$1") now=$(total)
  echo "the total was $2 and is $now; answers: $(cut -d ' ' -f 1 "$1" | sort | uniq -c | xargs)"
  ((good > 0)) &&
    is "$(grep -vE '^(200 [0-9]+|503|504)$' "$1" | sort | uniq -c)" '' &&
    is "twice: $(numbers "$1" | uniq -d | xargs)" 'twice: ' &&
    ((now >= $2 + good && now <= $2 + good + unknown)) &&
    (($(numbers "$1" | tail -n 1) <= now))
}

# --- Looking into the containers -------------------------------------------

id() { docker compose ps --all --quiet "$1" | head -n 1; }
inspect() { docker inspect --format "$2" "$(id "$1")"; } # SERVICE FORMAT
image() { docker image inspect --format "$2" "$(inspect "$1" '{{.Image}}')"; }
health() { inspect "$1" '{{.State.Health.Status}}'; }
is_health() { is "$(health "$1")" "$2"; }
becomes() { eventually 45 is_health "$@"; } # SERVICE STATE

# beside SERVICE NAMESPACE PROGRAM ARGUMENT...: runs a program of the Redis image
# in a namespace (pid, network) of a service that may have no programs itself.
beside() {
  docker run --rm --"$2" "container:$(id "$1")" --entrypoint "$3" \
    "$(inspect redis '{{.Image}}')" "${@:4}"
}
asks_redis() { beside "$1" network timeout 3 redis-cli -h "$2" ping; } # SERVICE ADDRESS
