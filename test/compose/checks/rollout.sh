# shellcheck shell=bash
echo '# Rolling out and scaling while 64 clients visit'
# visited VISITS COMMAND...: runs the command while the clients visit, and until they have made that
# many visits. Their report goes to $work/report.
visited() {
  local crowd result
  rm -f "$work/visits"
  python3 test/compose/crowd.py 5002 64 "$work/visits" >"$work/report" &
  crowd=$!
  eventually 20 visits_are 300 && "${@:2}" && eventually 60 visits_are "$1"
  result=$?
  kill -TERM $crowd
  wait $crowd
  return $result
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
test_visited 10000 'make rollout replaces both replicas, and does so with the old build again' up_and_back
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

up_and_down() {
  docker compose up --detach --wait --scale tally=4 && eventually 20 are_used 4 &&
    TALLY_REPLICAS=1 docker compose up --detach --wait && is "$(replicas | wc -l)" 1
}
are_used() {
  is "$(docker compose logs --no-log-prefix --tail 100 nginx | grep -oE '"upstream":"[0-9.:]+"' | sort -u | wc -l)" "$1"
}
test_visited 1000 'from two replicas to four, and to one' up_and_down
