"""The servers that are compared.

All but the static ones answer GET `path` with the new value of the Redis key `visits`, as text.
Each has the configuration that an expert would give it for one core: one worker, connections kept
open, and no access log unless it is part of the product (Flask's own server and the stacks write
one).
"""

from nginx_servers import NginxLua, NginxStatic, Stack
from peer_servers import Drogon, Flask, Floor, Gunicorn, Node, Webdis
from tally_server import Tally, TallyBadge, TallyJson, TallyReplicated

STATIC, FLOOR, TALLY = NginxStatic(), Floor(), Tally()
DROGON, WEBDIS, NGINX_LUA, NODE, GUNICORN = Drogon(), Webdis(), NginxLua(), Node(), Gunicorn()
# Each list begins with the baseline: the server that the others are compared with.
ALONE = [
    STATIC,
    FLOOR,
    TALLY,
    Tally(workers=2),
    DROGON,
    WEBDIS,
    NGINX_LUA,
    NODE,
    GUNICORN,
    Flask(),
]
# Each visit waits until the replicas of Redis have it.
REPLICATED = [TALLY, TallyReplicated(1), TallyReplicated(2)]
OPEN_LOOP = [FLOOR, *REPLICATED, WEBDIS, NGINX_LUA, NODE, DROGON, GUNICORN]
STACKS = [
    Stack("stack's nginx, static upstream", "stack/stack.conf", STATIC),
    Stack("stack's nginx, Tally", "stack/stack.conf", TALLY),
    Stack("plain nginx, Flask (its own server)", "stack/flask.conf", Flask()),
]
# Tally's formats, beside text.
FORMATS = [TALLY, TallyJson(), TallyBadge()]
# Servers with many counters.
NAMED = [server for server in ALONE if server.named_path and server.workers == 1]
# The tables of the closed loop with one counter.
GROUPS = {"Alone": ALONE, "Through nginx": STACKS, "Formats": FORMATS, "Replicas": REPLICATED}
# In the order of their measurements: servers that are compared are neighbours.
ALL = list(dict.fromkeys(FORMATS + REPLICATED + ALONE + STACKS))
