# shellcheck shell=bash
echo '# With a password'
docker compose down --volumes &>/dev/null
# shellcheck disable=SC2016
password='p"a\s s$w'\''d#%'
read_arguments() {
  run_beside redis pid sh -c 'cat /proc/[0-9]*/cmdline'
  run_beside tally pid sh -c 'cat /proc/[0-9]*/cmdline'
} >"$work/arguments" 2>/dev/null # some processes end meanwhile
check_password() {
  check 'Redis requires the password' grep -q NOAUTH <(ping_redis tally redis)
  read_arguments
  check 'the arguments of no process contain the password' is \
    "$(tr '\0' ' ' <"$work/arguments" | grep -oE 'redis-server|/tally' | sort -u | xargs) $(grep -cF "$password" "$work/arguments")" \
    '/tally redis-server 0'
}
REDIS_PASSWORD=$password check 'with REDIS_PASSWORD, all services are healthy' docker compose up --detach --wait
check 'visits are counted, in a new volume' is "$(count) $(count)" '1 2'
check_password
docker compose down &>/dev/null
printf '%s\n' "$password" >"$work/password"
chmod 644 "$work/password"
REDIS_PASSWORD_FILE=$work/password check 'with REDIS_PASSWORD_FILE, all services are healthy' docker compose up --detach --wait
check 'the count continues' continues_after 2
check_password
# shellcheck disable=SC2016
check 'docker inspect does not show the password' not grep -F 's$w' <(docker inspect "$(id redis)" "$(id tally)")
