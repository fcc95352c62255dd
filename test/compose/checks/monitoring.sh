# shellcheck shell=bash
echo '# Monitoring'
# Without Grafana: monitoring.py sends the queries of its dashboard to Prometheus, and a container
# that does nothing has Grafana's place.
cat >"$work/grafana.yaml" <<YAML
services:
  grafana:
    image: $COMPOSE_PROJECT_NAME-redis
    pull_policy: never
    entrypoint: [sleep, infinity]
    stop_signal: SIGKILL
    healthcheck: { test: [CMD, "true"] }
YAML
make_monitored() { # TARGET: without the profile, which make itself selects
  env --unset=COMPOSE_PROFILES "COMPOSE_FILE=compose.yaml:$work/grafana.yaml" \
    make --no-print-directory "$1"
}
make_monitoring() {
  make_monitored monitoring | tee "$work/addresses" && is "$(tail -n 2 "$work/addresses" | cut -d ' ' -f 1 | xargs)" \
    'http://127.0.0.1:3000/ http://127.0.0.1:9090/'
}
make_up_keeps_it() {
  local containers
  containers=$(docker compose ps --all --quiet | sort)
  make_monitored up && is "$(docker compose ps --all --quiet | sort)" "$containers" &&
    is "$(docker compose ps --services --filter status=running | wc -l)" 7
}
monitoring=(prometheus nginx-exporter redis-exporter)
echo secret >"$work/password"
chmod 644 "$work/password"
export COMPOSE_PROFILES=monitoring REDIS_PASSWORD_FILE=$work/password
ask() { python3 test/compose/monitoring.py "$@"; }
promtool() { docker compose exec -T --env TMPDIR=/dev/shm prometheus promtool "$@"; }
check 'make monitoring adds it to the stack, with a password, and prints its addresses' make_monitoring
check 'make up keeps it' make_up_keeps_it
python3 test/compose/crowd.py "$port" 8 "$work/crowd" >/dev/null &
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
check 'only the ports of visitors and, on loopback, of Prometheus and Grafana are published' is \
  "$(docker compose ps --format '{{.Ports}}' | grep -oE '[0-9.]+:[0-9]+->' | sort -u | xargs)" "0.0.0.0:$port-> 127.0.0.1:3000-> 127.0.0.1:9090->"
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
check 'the data of Prometheus are kept' docker volume inspect "${COMPOSE_PROJECT_NAME}_prometheus"
unset COMPOSE_PROFILES REDIS_PASSWORD_FILE
