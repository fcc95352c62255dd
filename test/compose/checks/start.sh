# shellcheck shell=bash
echo '# docker compose up --build, and nothing else'
docker compose up --build &>"$work/up.log" &
up=$!
it_starts() {
  until [[ $(status "$url/" 2>/dev/null) == 200 ]]; do
    kill -0 $up 2>/dev/null || { tail -n 30 "$work/up.log" && return 1; }
    sleep 0.2
  done
}
must 'the stack builds and starts' it_starts
check 'Tally is ready' eventually 20 is_ready
check 'the first visits are 1, 2 and 3' is "$(count) $(count) $(count)" '1 2 3'
stop_time=$SECONDS
kill -TERM $up
wait $up 2>/dev/null # the status of Compose itself does not matter here
check 'the stack stops within 15 s of SIGTERM' test $((SECONDS - stop_time)) -le 15
for service in "${services[@]}"; do
  check "$service stopped without SIGKILL, with status 0" is "$(inspect "$service" '{{.State.Status}} {{.State.ExitCode}}')" 'exited 0'
done

echo '# docker compose up --detach --wait'
must 'all three services become healthy' docker compose up --detach --wait
check 'the count continues' continues_after 3
