# shellcheck shell=bash
echo '# Networks'
check 'only port 5002 is published' is \
  "$(docker compose ps --format '{{.Ports}}' | grep -oE '[0-9]+->[0-9]+/[a-z]+' | sort -u)" '5002->5002/tcp'
check 'the static binary without libc resolves the name "redis"' is \
  "$(inspect tally '{{.Config.Env}}' | grep -o 'REDIS_HOST=[^] ]*') $(endpoint readyz)" 'REDIS_HOST=redis ready'
address=$(inspect redis '{{(index .NetworkSettings.Networks "tally-e2e_data").IPAddress}}')
check 'Redis replies in the network of Tally' is "$(ping_redis tally redis) $(ping_redis tally "$address")" 'PONG PONG'
check 'the name of Redis does not resolve in the network of nginx' not ping_redis nginx redis
check 'the address of Redis is unreachable in the network of nginx' not ping_redis nginx "$address"
check 'the network of Redis is internal' is "$(docker network inspect --format '{{.Internal}}' tally-e2e_data)" true
