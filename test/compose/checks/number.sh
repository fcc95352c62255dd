# shellcheck shell=bash
echo '# Setting the number by hand'
set_by_hand() {
  docker compose exec -T redis tally-redis cli <<<$'MULTI\nSET visits 41\nINCR {visits}:.epoch\nEXEC'
}
check 'the documented commands succeed' set_by_hand
check 'the next visit gets the next number' continues_after 41
check 'the visit after it gets the one after that' continues_after 42

echo '# Down, and up again'
n=$(total)
check 'docker compose down' docker compose down
check 'docker compose up' docker compose up --detach --wait
check 'the count continues' continues_after "$n"
docker compose down --volumes &>/dev/null
