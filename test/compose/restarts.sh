#!/usr/bin/env bash
# Counts the outcomes of visits while services are restarted, replaced, scaled and killed: 64
# clients visit the real stack through nginx. Prints the table of docs/operating.md. Fails if a
# number was shown twice, or if the total does not match the visits that were shown and those that
# may have been counted.
#
#   test/compose/restarts.sh [PATTERN]    only the rows that match the pattern
#
# VISITS (100000): the least number of visits while replicas restart, are replaced, or scaled, in
# turn.
#
# All clients share one address here: a changed tally.conf exempts every address from nginx's
# limits. The rest of the stack is unchanged.
# shellcheck disable=SC2016,SC2317 # Markdown; and functions that row calls
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=test/compose/lib.sh
source test/compose/lib.sh

clients=64 visits=${VISITS:-100000} pattern=${1-}
trap 'kill %% 2>/dev/null; clean_up; rm -rf "$work"' EXIT
clean_up # after a run that was interrupted
! (: <>/dev/tcp/localhost/5002) 2>/dev/null || die 'port 5002 is in use: stop the program that listens there (make down?), then try again'

sed 's|^    127.0.0.1 1;|&\n    0.0.0.0/0 1;\n    ::/0 1;|' docker/nginx/tally.conf >"$work/tally.conf"
chmod 755 "$work"
cat >"$work/unlimited.yaml" <<YAML
services:
  nginx: { volumes: ["$work/tally.conf:/etc/nginx/tally.conf:ro"] }
  tally: { build: { labels: { build: "\${BUILD:-0}" } } }
YAML
export COMPOSE_FILE=compose.yaml:$work/unlimited.yaml
up() { docker compose up --detach --wait "$@"; }

failed=0
so_far() { cat "$work/so_far" 2>/dev/null || echo 0; }
have() { (($(so_far) >= $1)); }

# rolling TOLERATED SENTENCE COMMAND...: a row of three replicas in turn. So many visits in 100,000
# may be refused, and none may be unknown.
rolling() { tolerated=$1 row "$2" 3 "${@:3}"; }

# row SENTENCE REPLICAS COMMAND...: one line of the table.
row() {
  local sentence=$1 old_total new_total crowd line
  # shellcheck disable=SC2053
  [[ $1 == *$pattern* ]] || return 0
  up --scale tally="$2" &>"$work/log" || die "the stack did not start: $(tail -n 5 "$work/log")"
  eventually 20 is_ready || die 'Tally is not ready'
  eventually 20 all_used "$2" || die "nginx does not use all $2 replicas"
  old_total=$(total)
  rm -f "$work/so_far"
  python3 test/compose/crowd.py 5002 $clients "$work/so_far" >"$work/report" &
  crowd=$!
  eventually 20 have 1000 || die 'the clients get no responses'
  "${@:3}" &>"$work/log" || die "$sentence: $(tail -n 5 "$work/log")"
  up --scale tally="$(docker compose ps --quiet tally | wc -l)" &>"$work/log"
  eventually 20 is_ready || die 'Tally is not ready again'
  eventually 20 have $(($(so_far) + 1000)) || die 'the clients get no responses again'
  kill -TERM $crowd
  wait $crowd
  new_total=$(total)
  line=$(python3 -c '
import json, sys
sentence, old_total, new_total = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
report = json.load(sys.stdin)
print("| {} | {visits:,} | {refused} | {unknown} | {other} | {pause} s |".format(sentence, **report))
counted = new_total - old_total
if report["distinct"] != report["shown"] or report["largest"] > new_total or \
        not report["shown"] <= counted <= report["shown"] + report["unknown"] or report["other"]:
    sys.exit("the total went from {} to {}: {}".format(old_total, new_total, report))
visits = max(report["visits"], 100_000)
if sys.argv[4] and (report["refused"] * 100_000 > int(sys.argv[4]) * visits or report["unknown"]):
    sys.exit("too many visits were refused or unknown: {}".format(report))
print(dict(report["outcomes"]), file=sys.stderr)
' "$sentence" "$old_total" "$new_total" "${tolerated-}" <"$work/report" 2>"$work/details") || failed=1
  echo "$line"
  ((failed == 0)) || cat "$work/details"
  [[ ! ${DETAILS-} ]] || cat "$work/details" >&2
}

all_used() {
  for _ in {1..30}; do total; done >/dev/null
  is "$(docker compose logs --no-log-prefix --tail 30 nginx | grep -oE '"upstream":"[0-9.:]+"' | sort -u | wc -l)" "$1"
}

ids() { docker compose ps --quiet "$1"; }
one_by_one() {
  local id
  until have "$visits"; do
    for id in $(ids tally); do
      docker restart "$id"
      healthy "$id"
    done
  done
}
healthy() { eventually 30 is_healthy "$1"; }
is_healthy() { is "$(docker inspect --format '{{.State.Health.Status}}' "$1")" healthy; }
every_two_seconds() {
  local id restarts
  until have "$visits"; do
    restarts=()
    for id in $(ids tally); do
      docker restart "$id" &
      restarts+=($!)
      sleep 2 # the interval is part of the test
    done
    wait "${restarts[@]}"
    for id in $(ids tally); do healthy "$id"; done
  done
}
roll_out_and_back() {
  until have "$visits"; do
    BUILD=1 make rollout && BUILD=0 make rollout || return
  done
}
scale_up_and_down() {
  until have "$visits"; do
    up --scale tally=4 && eventually 20 all_used 4 && up --scale tally=1 || return
  done
}
kill_service() { docker compose kill --signal KILL "$1" && up; }

docker compose build &>"$work/log" || die "the build failed: $(tail -n 20 "$work/log")"
echo '| while | visits | refused | unknown | other | without a 200 |'
echo '|---|---:|---:|---:|---:|---:|'
rolling 0 '`make rollout` of three replicas, and of the old build again' roll_out_and_back
rolling 0 '`--scale tally=4` and `1` in turn' scale_up_and_down
rolling 1 'three replicas restart one by one' one_by_one
rolling 1 'three replicas restart 2 s apart' every_two_seconds
row '`docker compose restart tally`, of one' 1 docker compose restart tally
row '`docker compose restart tally`, of three' 3 docker compose restart tally
row '`up --force-recreate tally`, of one' 1 up --force-recreate tally
row '`up --force-recreate tally`, of three' 3 up --scale tally=3 --force-recreate tally
row '`kill` of Tally, then `up`' 1 kill_service tally
row '`kill` of Redis, then `up`' 1 kill_service redis
row '`kill` of nginx, then `up`' 1 kill_service nginx
row '`docker compose restart redis`' 1 docker compose restart redis
row '`docker compose restart nginx`' 1 docker compose restart nginx
exit $failed
