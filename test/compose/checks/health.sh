# shellcheck shell=bash
echo '# Health checks'
docker kill --signal STOP "$(id redis)" >/dev/null
check 'while Redis is stopped, a visit gets 504 or 503' grep -qE '^50[34]$' <(status "$url/count")
check 'the stopped Redis becomes unhealthy' becomes redis unhealthy
check 'Tally and nginx stay healthy' is "$(health tally) $(health nginx) $(status "$url/")" 'healthy healthy 200'
docker kill --signal STOP "$(id tally)" >/dev/null
docker exec "$(id nginx)" sh -c 'kill -STOP -1' # the workers: all processes but the first
check 'a stopped Tally becomes unhealthy' becomes tally unhealthy
check 'a stopped nginx becomes unhealthy' becomes nginx unhealthy
docker exec "$(id nginx)" sh -c 'kill -CONT -1'
docker kill --signal CONT "$(id tally)" "$(id redis)" >/dev/null
for service in "${services[@]}"; do
  check "$service becomes healthy again after SIGCONT" becomes "$service" healthy
done
check 'Tally is ready again' eventually 20 is_ready
