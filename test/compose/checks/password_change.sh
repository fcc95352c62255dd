# shellcheck shell=bash
echo '# The password changes under load'
# run_visited FILE COMMAND...: runs the command under load; the visits go to FILE.
run_visited() {
  local load
  touch "$1.on"
  visits_meanwhile "$1" &
  load=$!
  eventually 10 test -s "$1" && "${@:2}" && eventually 20 is_ready
  local result=$?
  rm "$1.on"
  wait "$load"
  return "$result"
}
with_file="REDIS_PASSWORD_FILE=$work/password"
change_password() {
  echo another >"$work/password"
  make_up "$with_file"
}
test_change() { # NAME SENTENCE COMMAND...
  n=$(total)
  check "$2" run_visited "$work/$1" "${@:3}"
  check 'no number is lost or shown twice' accounted "$work/$1" "$n"
  check 'an operator can log in to Redis' is "$(docker compose exec -T redis tally-redis cli ping)" PONG
  echo "      $(lines '^503' "$work/$1") of $(lines . "$work/$1") visits were refused"
}
test_change same 'make up with the same password' make_up "$with_file"
check 'no visit is refused' is "$(lines '^503' "$work/same")" 0
test_change changed 'make up with another password' change_password
test_change removed 'make up without a password' make_up REDIS_PASSWORD_FILE=
test_change added 'make up with a password again' make_up "$with_file"
check 'Redis requires the password' grep -q NOAUTH <(ping_redis tally redis)
