# shellcheck shell=bash
echo '# Monitoring'
# Without Grafana: monitoring.py sends the queries of its dashboard to Prometheus.
monitoring=(prometheus nginx-exporter redis-exporter)
export COMPOSE_PROFILES=monitoring REDIS_PASSWORD_FILE=$work/password
ask() { python3 test/compose/monitoring.py "$@"; }
promtool() { docker compose exec -T --env TMPDIR=/dev/shm prometheus promtool "$@"; }
check 'the profile starts beside the stack, with a password' docker compose up --build --detach --wait "${monitoring[@]}"
python3 test/compose/crowd.py 5002 8 "$work/crowd" >/dev/null &
load=$!
check 'promtool accepts the configuration and the rules' promtool check config /etc/prometheus/prometheus.yml
check 'promtool tests the rules' promtool test rules /etc/prometheus/{rules,alerts}_test.yml
endpoint metrics >"$work/metrics"
check 'Tally has metrics' grep -q '^tally_build_info' "$work/metrics"
check 'promtool accepts them' promtool check metrics <"$work/metrics"
# shellcheck disable=SC2046
check 'its containers have no root, no capabilities, no new privileges, a read-only file system and limits' is \
  "$(docker inspect --format "{{.Config.User}} $hardening" $(docker compose ps --quiet "${monitoring[@]}") |
    sed -E 's/^[1-9][0-9]+:[1-9][0-9]+ /user /; s/ (67108864|536870912) / limit /' | sort | uniq -c | xargs)" \
  '3 user true [ALL] [] [no-new-privileges:true] false limit 300 unless-stopped'
check 'only the ports of visitors and, on loopback, of Prometheus are published' is \
  "$(docker compose ps --format '{{.Ports}}' | grep -oE '[0-9.]+:[0-9]+->' | sort -u | xargs)" '0.0.0.0:5002-> 127.0.0.1:9090->'
check 'visitors get no figures of nginx' is "$(status "$url/stub_status")" 404
check 'Prometheus finds all targets' eventually 20 ask targets
check 'each expression of the dashboard returns data under load' eventually 30 ask dashboard
check 'each rule is evaluated, each alert has a test and says what to do, with a link' ask rules
docker compose stop redis &>/dev/null
check 'without Redis, the alerts name Redis as the reason' eventually 20 ask alert RedisDown TallyRedisAway
kill $load
wait $load
check 'make down stops the monitoring, too' env --unset=COMPOSE_PROFILES make --no-print-directory down
check 'no container is left' is "$(docker compose ps --all --quiet)" ''
unset COMPOSE_PROFILES REDIS_PASSWORD_FILE
