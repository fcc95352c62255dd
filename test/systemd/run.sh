#!/usr/bin/env bash
# Tests the installed unit under a real systemd, in a container with Redis.
#
# Prints "N passed, N failed" at the end; the status is 0 only if none failed.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=test/compose/lib.sh
source test/compose/lib.sh

name=tally-systemd
remove() { docker rm --force --volumes $name &>/dev/null; }
remove
trap 'remove; docker rmi $name &>/dev/null; rm -rf "$work"; echo "$passed passed, $failed failed"' EXIT

inside() { docker exec $name "$@"; }
show_state() { inside journalctl --no-pager --lines 40; }
count() { inside curl --silent --show-error --max-time 5 localhost:8080/count; }
counts() { is "$(count)" "$1"; }
property() { inside systemctl show --value --property "$1" "${2:-tally}"; }
is_property() { is "$(property "$1")" "$2"; }
# A line of /proc/PID/status of Tally, such as "CapBnd: 0000000000000000".
process() { inside grep "^$1:" "/proc/$(property MainPID)/status" | xargs; }

# probe UNIT NO-EXEC-PATHS COMMAND [SHELL]: runs the command in the sandbox of tally.service.
probe() {
  local shell=${4:-/bin/sh}
  inside sh -ec "
    sed -e 's|^Type=.*|Type=oneshot|' -e '/^Restart/d' -e 's|^NoExecPaths=.*|NoExecPaths=$2|' \
      -e 's|^ExecStart=.*|ExecStart=$shell -c \"$3\"|' /usr/lib/systemd/system/tally.service \
      >/run/systemd/system/$1.service
    systemctl daemon-reload
    systemctl start $1"
}

DESTDIR=$work cmake --install build/static --prefix /usr >/dev/null || exit
must 'an image with systemd, Redis and the installed Tally builds' \
  docker build --quiet --tag $name --file test/systemd/Dockerfile "$work"
# systemd needs the second version of control groups. An engine with the first one gets an empty
# hierarchy of the second: there MemoryMax and TasksMax have no effect.
# shellcheck disable=SC2016
must 'systemd starts' docker run --detach --name $name \
  --cap-add SYS_ADMIN --cap-add SYS_PTRACE --cap-add NET_ADMIN \
  --cgroupns private --tmpfs /run \
  --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
  --security-opt systempaths=unconfined $name sh -c '
    [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || mount -t cgroup2 none /sys/fs/cgroup
    mount --make-rshared / # credentials are mounts, which have to reach the service
    exec /lib/systemd/systemd'
must 'systemd responds' eventually 30 inside systemctl list-units
must 'Tally starts at boot, logs in to Redis and counts' eventually 30 counts 1
check 'its version is that of this build' \
  is "$(inside tally --version)" "$(build/static/tally --version)"

started() { inside curl --silent localhost:8080/metrics | sed -n 's/^process_start_time_seconds //p'; }
check 'its metric of the start time is right' \
  test "$(date +%s)" -lt $(($(printf %.0f "$(started)") + 120))
user=$(inside stat --format %u "/proc/$(property MainPID)")
check "its user is one of systemd's dynamic ones: $user" test "$user" -ge 61184 -a "$user" -le 65519
for line in 'CapEff: 0000000000000000' 'CapBnd: 0000000000000000' 'NoNewPrivs: 1' 'Seccomp: 2'; do
  check "its process has $line" is "$(process "${line%%:*}")" "$line"
done
check 'it may open 524288 files' is_property LimitNOFILE 524288
environment() { inside cat "/proc/$(property MainPID)/environ" | tr '\0' '\n'; }
check 'its environment names the file of the password' \
  is "$(environment | sed -n 's/^REDIS_PASSWORD_FILE=//p')" /run/credentials/tally.service/redis_password
check 'its environment does not show the password' is "$(environment | grep -c 'secret$')" 0

check 'the sandbox permits a command that only reads' probe reads '' 'test -r /etc/hosts'
check 'it permits no file in /etc' not probe writes '' 'echo >/etc/written'
check 'it permits no file in /usr' not probe programs '' 'echo >/usr/bin/written'
check 'it shows no process of others' probe processes '' 'test ! -d /proc/1'
static_shell='/usr/lib/initramfs-tools/bin/busybox sh'
check 'it permits a shell that needs no library' probe static '' true "$static_shell"
check 'it starts no shell' not probe shell / true
check 'it starts no shell that needs no library' not probe static / true "$static_shell"
for unit in shell static; do
  check "systemd could not execute it ($unit)" is "$(property ExecMainStatus $unit)" 203
done

# From the host, at the address of the container.
address=$(docker inspect --format '{{.NetworkSettings.IPAddress}}' $name)
from_host() { is "$(request --max-time 2 "$address:8080/total")" "$1"; }
restart() { inside sh -c "systemctl daemon-reload; systemctl restart tally"; }
inside sh -c 'echo TALLY_ADDRESS=0.0.0.0 >>/etc/tally/tally.env'
restart
check 'it counts at all addresses' eventually 10 counts 2
check 'systemd drops packets of other machines' not from_host 2
inside sh -c "printf '[Service]\nIPAddressAllow=$address/16\n' \
  >/etc/systemd/system/tally.service.d/address.conf"
restart
check 'a drop-in permits the network of another machine' eventually 10 from_host 2

inside systemctl stop redis-server
check 'without Redis it serves' eventually 5 inside curl --fail --silent localhost:8080/livez
check 'without Redis it refuses a visit' \
  is "$(inside curl --silent --output /dev/null --write-out '%{http_code}' localhost:8080/count)" 503
inside systemctl start redis-server
check 'it counts again when Redis is back' eventually 10 counts 3

inside systemctl kill --signal KILL tally
restarted() { is_property NRestarts 1 && counts 4; }
check 'systemd restarts a killed Tally' eventually 20 restarted

# A stop under load: each visit has its number, or was refused.
inside sh -c 'for _ in 1 2 3 4; do
    curl --silent --output /dev/null --write-out "%{http_code}\n" "localhost:8080/count?[1-20000]" &
  done >/tmp/visits; wait; : >/tmp/visits.end' &
load=$!
check 'visits arrive' eventually 20 inside grep -q 200 /tmp/visits
inside systemctl stop tally
wait $load
check 'Tally ends by itself at a stop' is_property Result success
check 'visits were counted before the stop' inside grep -q ^200 /tmp/visits
check 'visits were refused after it' inside grep -q ^000 /tmp/visits
check 'no other response came' not inside grep -qvE '^(200|000)$' /tmp/visits
counted=$(inside grep -c ^200 /tmp/visits)
inside systemctl start tally
check 'each visit with a number is counted, and no other' eventually 10 counts $((counted + 5))

inside sh -c 'echo PORT=http >>/etc/tally/tally.env'
restart
ended() { is_property ActiveState failed && is_property ExecMainStatus 2; }
check 'a wrong setting ends Tally with status 2, and systemd does not start it again' \
  eventually 10 ended
check 'the journal shows the wrong setting' \
  inside sh -c 'journalctl --unit tally --output cat | grep -q "^tally: PORT is \"http\""'

((failed == 0))
