#!/usr/bin/env bash
# Builds Tally, and replaces the running replicas with the new build one by one, while visits go on:
# starts a new replica, waits until it is ready and nginx uses it, and only then stops an old one.
# If a new replica does not become ready, or if it is interrupted, it removes the new replica and
# stops: the others serve as before, and the next rollout replaces all.
#
# READY_SECONDS (30): the time in which a new replica must become ready.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

expect_own_stack
project=$(configured 's/^name: //p')
trial=$project-tally-trial
# Before a replica exits, it answers the requests that it has received. nginx passes the others to
# the other replicas. An interruption waits until the replica is gone: docker is in a process group
# of its own, because Ctrl-C would end it even where the shell ignores the signal.
remove() (
  trap '' INT TERM HUP
  set -m
  { docker stop "$1"; docker rm --force "$1"; } &
  wait "$!"
)
other='Another rollout of this stack runs: wait until it ends.'
if type -P flock >/dev/null; then # the lock ends with this script, even if the script is killed
  exec {lock}<compose.yaml
  flock --nonblock "$lock" || die "$other"
  remove "$trial" &>/dev/null || true # left by a rollout that was killed
else # on macOS, only while the trial runs
  ! docker inspect "$trial" &>/dev/null ||
    die "$other If it was killed instead: docker stop $trial; docker rm $trial"
fi

nginx=$(docker compose ps --quiet nginx)
mapfile -t old < <(docker compose ps --quiet tally)
[[ $nginx && ${old-} ]] ||
  die 'Tally and nginx do not run in containers: make up starts them'
image=$(docker inspect --format '{{.Config.Image}}' "${old[0]}")
# The old build is what the image's name means, if a replica runs that.
mapfile -t images < <(docker inspect --format '{{.Image}}' "${old[@]}")
old_image=$(docker image inspect --format '{{.Id}}' "$image" || true)
[[ " ${images[*]} " == *" $old_image "* ]] || old_image=${images[0]}
replicas() { docker compose ps --all --quiet tally; }
before= # the replicas before a new one is started, until it serves
replaced=0
complete=

# The replicas that were started since `before`.
started() { replicas | grep -vxF "$before" || true; }
# Removes what is not needed. After a failure the image's name means the old build again, which the
# next `docker compose up` would replace otherwise.
finish() {
  local new
  trap '' INT TERM HUP
  [[ $complete ]] || docker tag "$old_image" "$image" || true
  remove "$trial" &>/dev/null || true
  [[ $before ]] || return 0
  new=$(started)
  [[ $new != *$'\n'* ]] || return 0 # not all of them are ours
  [[ ! $new ]] || remove "$new" &>/dev/null || true
}
trap finish EXIT
# Bash would run finish() in the middle of a command otherwise, with the status of the last one.
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# The conditions for a new container print the reason if they do not hold. nginx's container
# has curl, and is in the network of Tally.
in_nginx() { docker exec "$nginx" curl --silent --show-error --max-time 5 "$@"; }
ready() {
  local response
  response=$(in_nginx "http://$address:8080/readyz")
  echo "$response"
  [[ $response == ready ]]
}
healthy() {
  local health
  health=$(docker inspect --format '{{.State.Health.Status}}' "$new")
  echo "its health check says $health"
  [[ $health == healthy ]]
}
# nginx takes the replicas in turn: of one request more than there were replicas, which none of them
# counts, the new one gets one.
used() {
  in_nginx --output /dev/null "http://127.0.0.1:5002/?[0-${#old[@]}]"
  echo 'nginx sends no requests to it'
  in_nginx "http://$address:8080/metrics" | grep '^tally_http_requests_total{route="/",' >/dev/null
}

fail() { # REASON
  die "The new build is not ready ($1):" \
    "$replaced of ${#old[@]} replicas are replaced, the others serve as before."
}
# expect CONDITION...: waits until each holds, or ends the rollout with the reason.
expect() {
  local condition reason deadline=$((SECONDS + ${READY_SECONDS:-30}))
  address=$(docker inspect --format "{{(index .NetworkSettings.Networks \"${project}_front\").IPAddress}}" "$new")
  for condition; do
    until reason=$($condition 2>&1); do
      if [[ $(docker inspect --format '{{.State.Status}} {{.RestartCount}}' "$new") != 'running 0' ]]; then
        reason="it ended: $(docker logs --tail 1 "$new" 2>&1)"
      elif ((SECONDS < deadline)); then
        sleep 0.2
        continue
      fi
      fail "${reason##*$'\n'}"
    done
  done
}

docker compose build tally
# A trial: `run` does not give the container the name that nginx resolves. But Docker may give it
# the address of a replica that has just been removed, and nginx sends visits there until it
# resolves the name again. So the trial is stopped, and not killed.
new=$trial
docker compose run --detach --no-deps --no-TTY --name "$new" tally >/dev/null ||
  fail 'it does not start'
expect ready
remove "$trial" >/dev/null
docker compose rm --force tally &>/dev/null # `up` would start a stopped replica, not make a new one

for each in "${old[@]}"; do
  before=$(replicas)
  # Without --no-deps: Compose would leave depends_on out of the container's configuration, and the
  # next `up` would replace the container because of this difference.
  output=$(docker compose up --detach --no-build --no-recreate --scale tally=$((${#old[@]} + 1)) \
    tally 2>&1) || failed=yes
  new=$(started)
  [[ $new && ! ${failed-} ]] || die "$output"
  [[ $new != *$'\n'* ]] || die 'Something else starts containers of Tally: try again.'
  expect ready healthy used
  before= # the new one is needed from now on
  remove "$each" >/dev/null
  replaced=$((replaced + 1))
  echo "$replaced of ${#old[@]} replicas replaced"
done
complete=yes
