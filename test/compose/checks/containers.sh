# shellcheck shell=bash
echo '# Images and containers'
docker export "$(id tally)" >"$work/tally.tar"
tar -tf "$work/tally.tar" >"$work/files"
size=$(tar -xOf "$work/tally.tar" tally | wc -c)
check "the binary is under 5 MB: $size bytes" test "$size" -gt 0 -a "$size" -lt 5000000
size=$(image tally '{{.Size}}')
check "the image is under 10 MB: $size bytes" test "$size" -lt 10000000
check 'the image has no shell' not grep -E '(^|/)((ba|da|a|k|z)?sh|busybox)$' "$work/files"
check 'the image has no libc and no loader' not grep -E '(libc|ld-linux|ld-musl)[^/]*\.so' "$work/files"
check 'the user of the image is nonroot, as a number' is "$(image tally '{{.Config.User}}')" 65532:65532
check 'the health check is the binary itself' is "$(image tally '{{json .Config.Healthcheck.Test}}')" '["CMD","/tally","healthcheck"]'
# shellcheck disable=SC2016
process='/^Uid:/ { print ($2 > 0 && $2 == $3 ? "user" : "root") } /^(CapEff|CapBnd|NoNewPrivs):/ { print $1 $2 }'
for service in "${services[@]}"; do
  check "$service: read-only, no capabilities, no new privileges, limits, restart" is \
    "$(inspect "$service" "$hardening")" \
    'true [ALL] [] [no-new-privileges:true] false 268435456 300 unless-stopped'
  look=(docker exec "$(id "$service")")
  [[ $service != tally ]] || look=(run_beside tally pid) # it has no programs
  check "$service: the process runs without capabilities, not as root" is \
    "$("${look[@]}" awk "$process" /proc/1/status | xargs)" \
    'user CapEff:0000000000000000 CapBnd:0000000000000000 NoNewPrivs:1'
done
check 'Redis syncs before it replies, evicts nothing and writes no snapshots' is \
  "$(docker compose exec -T redis redis-cli config get save appendonly appendfsync maxmemory-policy | paste - - | sort | xargs)" \
  'appendfsync always appendonly yes maxmemory-policy noeviction save'
check 'the data of Redis is on the named volume' is "$(inspect redis '{{range .Mounts}}{{.Name}}:{{.Destination}} {{end}}' | grep -o '[^ ]*:/data')" tally-e2e_data:/data
