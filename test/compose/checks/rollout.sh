# shellcheck shell=bash
echo '# Rolling out and scaling while 64 clients visit'
# visited VISITS COMMAND...: runs the command while the clients visit, and until they have made that
# many visits. Their report goes to $work/report.
visited() {
  local crowd result
  rm -f "$work/visits"
  python3 test/compose/crowd.py "$port" 64 "$work/visits" >"$work/report" &
  crowd=$!
  eventually 20 visits_are 300 && "${@:2}" && eventually 60 visits_are "$1"
  result=$?
  kill -TERM "$crowd"
  wait "$crowd"
  return "$result"
}
visits_are() { (($(cat "$work/visits") >= $1)); }
# Whether each of the visits since the total was n was counted, and got a number of its own.
unnoticed() {
  local visits=$(($(total) - n))
  cat "$work/report"
  is "$(cut -d , -f 1-3 "$work/report")" "{\"visits\": $visits, \"shown\": $visits, \"distinct\": $visits"
}
test_visited() { # VISITS SENTENCE COMMAND...
  n=$(total)
  check "$2" visited "$1" "${@:3}"
  check 'no visit is refused or unknown, and no number is shown twice' unnoticed
  echo "      in $(cut -d , -f 1 "$work/report" | tr -dc 0-9) visits"
}

# The next build is the present image, changed by the line.
next_build() {
  mkdir -p "$work/build"
  printf 'FROM %s-tally\n%s\n' "$COMPOSE_PROJECT_NAME" "$1" >"$work/build/Dockerfile"
  echo "services: { tally: { build: { context: $work/build, dockerfile: Dockerfile } } }" >"$work/build.yaml"
}
# follow EVENT: prints the containers with this event, and their exit status if they ended.
follow() {
  exec timeout 600 docker events --filter "event=$1" \
    --format '{{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}'
}
roll_out() { COMPOSE_FILE=compose.yaml:$work/build.yaml make --no-print-directory rollout "$@"; }
replicas() { docker compose ps --all --quiet tally | sort; }
builds() { replicas | xargs docker inspect --format '{{.Config.Labels.build}}' | xargs; }
tagged() { docker image inspect --format '{{.Id}}' "$COMPOSE_PROJECT_NAME-tally"; }
old_image=$(inspect tally '{{.Image}}')

up_and_back() {
  roll_out READY_SECONDS=30 && is "$(builds)" 'new new' && # and back, from the sources
    make --no-print-directory rollout && is "$(builds)" '<no value> <no value>'
}
check 'two replicas run' docker compose up --detach --wait --scale tally=2
next_build 'LABEL build=new'
start=$(date +%s)
follow die >"$work/ended" &
events=$!
test_visited 10000 'make rollout replaces both replicas, and does so with the old build again' up_and_back
kill "$events"
# nginx may send visits to a trial, too: Docker may give the trial the address of a replica that was
# just removed.
check 'four replicas and two trials were stopped, and none was killed' \
  is "$(grep "^$COMPOSE_PROJECT_NAME-tally-" "$work/ended" | cut -d ' ' -f 2 | xargs)" '0 0 0 0 0 0'
containers=$(docker compose ps --all --quiet | sort)
check 'docker compose up has nothing to change afterwards' docker compose up --detach --wait --scale tally=2
check 'all containers are the same' is "$(docker compose ps --all --quiet | sort)" "$containers"
check 'nginx passed visits on from replicas that were gone' grep -q '"upstream":"[0-9.:]* : ' \
  <(docker compose logs --no-log-prefix --since "$start" nginx)

# fails_with REASON VARIABLE=VALUE...: whether the rollout ends with this reason, and the replicas,
# and the image for the next `docker compose up`, are those from before.
fails_with() {
  local before
  before=$(replicas)
  not roll_out "${@:2}" >"$work/failed" 2>&1
  cat "$work/failed"
  grep -qE "^The new build is not ready \($1\): 0 of 2 replicas are replaced" "$work/failed" &&
    is "$(replicas) $(tagged)" "$before $old_image"
}
broken_builds() {
  next_build 'ENTRYPOINT ["/tally", "--broken"]' && fails_with 'it ended: .*--broken.*' &&
    next_build 'ENTRYPOINT ["/nothing"]' && fails_with 'it does not start' &&
    next_build 'ENV REDIS_PORT=1' && fails_with '.*[Cc]onnection refused.*' READY_SECONDS=3 &&
    next_build 'HEALTHCHECK CMD ["/tally", "--broken"]' && fails_with 'its health check says .*' READY_SECONDS=5
}
test_visited 1000 'a build that ends, does not start, is not ready, or is not healthy replaces no replica' broken_builds

# In a process group of its own, as on a terminal; its output goes to $work/rollout.
begin_rollout() { # COMPOSE-FILES
  : >"$work/rollout" # now: until the process starts, a check would find the output of the last one
  COMPOSE_FILE=$1 env --default-signal=INT \
    setsid make --no-print-directory rollout >"$work/rollout" 2>&1 &
  rollout=$!
}
end_rollout() { # succeeds if the rollout does
  wait "$rollout"
  local result=$?
  cat "$work/rollout"
  return "$result"
}
one_is_replaced() { grep -q '^1 of 2 replicas replaced' "$work/rollout"; }
first_is_new() { # without the trial
  docker compose ps --quiet tally | xargs docker inspect --format '{{.Config.Labels.build}}' | grep -qx "$1"
}
# half_new BUILD: whether two replicas run, one of them with this build, and the name of the image
# means the old one.
half_new() { is "$(replicas | wc -l) $(builds | grep -ow "$1" | wc -l) $(tagged)" "2 1 $old_image"; }

second_is_broken() {
  local broken=$COMPOSE_PROJECT_NAME-broken
  next_build 'ENTRYPOINT ["/tally", "--broken"]'
  docker build --quiet --tag "$broken" "$work/build" && next_build 'LABEL build=half' || return
  begin_rollout "compose.yaml:$work/build.yaml"
  eventually 120 first_is_new half && docker tag "$broken" "$COMPOSE_PROJECT_NAME-tally"
  not end_rollout && docker rmi "$broken" &&
    grep -q '^The new build is not ready (it ended: .*): 1 of 2 replicas are replaced' "$work/rollout" &&
    half_new half
}
test_visited 1000 'a build whose second replica is not ready replaces the first one only' second_is_broken

# interrupted_when CONDITION...: Ctrl-C when the condition first holds, with one replica replaced.
interrupted_when() {
  next_build 'LABEL build=next'
  begin_rollout "compose.yaml:$work/build.yaml"
  eventually 120 "$@" && kill -INT -- "-$rollout"
  not end_rollout && half_new next
}
one_is_stopping() { grep -q "^$COMPOSE_PROJECT_NAME-tally-[0-9]" "$work/stopped"; }
interrupted_while_stopping() {
  local events result
  follow kill >"$work/stopped" &
  events=$!
  interrupted_when one_is_stopping && make --no-print-directory rollout &&
    is "$(builds)" '<no value> <no value>'
  result=$?
  kill "$events"
  return "$result"
}
test_visited 1000 'a rollout that is interrupted while an old replica stops keeps the new one' interrupted_while_stopping
interrupted() { interrupted_when one_is_replaced && roll_out && is "$(builds)" 'next next'; }
test_visited 1000 'an interrupted rollout stops, and the next one finishes it' interrupted

second_is_refused() {
  not make --no-print-directory rollout >"$work/refused" 2>&1 && grep -q 'Another rollout' "$work/refused"
}
two_rollouts() {
  begin_rollout compose.yaml
  eventually 20 test -s "$work/rollout" && second_is_refused &&
    eventually 120 one_is_replaced && second_is_refused &&
    end_rollout && is "$(builds)" '<no value> <no value>'
}
test_visited 1000 'of two rollouts at the same time, the second is refused' two_rollouts

up_and_down() {
  docker compose up --detach --wait --scale tally=4 && eventually 20 are_used 4 &&
    TALLY_REPLICAS=1 docker compose up --detach --wait && is "$(replicas | wc -l)" 1
}
are_used() {
  is "$(docker compose logs --no-log-prefix --tail 100 nginx | grep -oE '"upstream":"[0-9.:]+"' | sort -u | wc -l)" "$1"
}
test_visited 1000 'from two replicas to four, and to one' up_and_down
