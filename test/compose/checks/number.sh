# shellcheck shell=bash
echo '# Setting the number by hand'
set_by_hand() {
  docker compose exec -T redis tally-redis cli <<<$'MULTI\nSET visits 41\nINCR {visits}:.epoch\nEXEC'
}
check 'the documented commands succeed' set_by_hand
check 'the next visit gets the next number' continues_after 41
check 'the visit after it gets the one after that' continues_after 42

echo '# Named counters, and tally in its container'
check 'tally set makes a counter' docker compose exec -T tally /tally set blog/post-1 1200
check 'the next visit of it gets the next number' is "$(request "$url/count/blog/post-1")" 1201
check 'tally list shows both counters' is "$(docker compose exec -T tally /tally list)" $'blog/post-1\t1201\nvisits\t43'
check 'tally get as JSON' is "$(docker compose exec -T tally /tally get --json blog/post-1)" '{"name":"blog/post-1","total":1201}'
check 'tally delete removes the counter' docker compose exec -T tally /tally delete blog/post-1
check 'its next visit gets 1' is "$(request "$url/count/blog/post-1")" 1
check 'a badge draws the total' grep -q '>2<' <(request "$url/badge/blog/post-1.svg")

echo '# Down, and up again'
n=$(total)
check 'docker compose down' docker compose down
check 'docker compose up' docker compose up --detach --wait
check 'the count continues' continues_after "$n"
docker compose down --volumes &>/dev/null
