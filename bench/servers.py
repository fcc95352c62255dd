"""The servers that are compared: how each is built, and how it is started.

All of them but the static ones answer GET `path` with the new value of the Redis key `visits`, as
text. Each is set up by who knows it for one core: one worker, connections kept open, no log of
requests where it is not part of the thing (Flask's own server and the stacks write one).
"""

import pathlib
import re
import shutil
import subprocess

from processes import free_port

ROOT = pathlib.Path(__file__).parent.parent
PEERS = ROOT / "bench/peers"
BUILD = ROOT / "build/bench"
# The one that the distribution's packages are for, whichever is first in PATH.
PYTHON = "/usr/bin/python3"


class Unavailable(Exception):
    """Why a server cannot be measured here."""


class Server:
    name: str
    path = "/count"
    named_path = None  # of many counters, with {} in it; None: it has but one
    named_keys = None  # their keys in Redis, as a pattern
    counts = True
    workers = 1

    def prepare(self):
        """Builds and checks what it takes; raises Unavailable."""

    def start(self, trial):
        """Starts it, listening on trial.port."""
        raise NotImplementedError


class Tally(Server):
    program = None  # once it is built

    def __init__(self, workers=1):
        self.workers = workers
        self.name = "Tally" if workers == 1 else f"Tally ({workers} workers)"

    def prepare(self):
        # What the container ships, where its libraries are there as archives.
        for preset in ("static", "release"):
            built = subprocess.run([ROOT / "scripts/build.sh", preset], stdout=subprocess.DEVNULL)
            if built.returncode == 0:
                Tally.program = ROOT / "build" / preset / "tally"
                return
        raise Unavailable("it does not build")

    def start(self, trial, port=None):
        trial.start(
            [self.program],
            PORT=port or trial.port,
            REDIS_PORT=trial.redis.port,
            TALLY_ADDRESS="127.0.0.1",
            TALLY_THREADS=self.workers,
        )


class Floor(Server):
    """What the kernel's part of a counted visit costs, with next to nothing around it."""

    name = "C floor"
    program = BUILD / "floor"

    def prepare(self):
        source = PEERS / "floor/floor.c"
        build(BUILD, ["cc", "-O2", "-o", self.program, source])

    def start(self, trial):
        trial.start([self.program], PORT=trial.port, REDIS_PORT=trial.redis.port)


class Nginx(Server):
    """An nginx with one of the configurations in peers/."""

    configuration: str

    def prepare(self):
        _need_program("nginx")

    def start(self, trial, port=None, **places):
        file = trial.write(self.configuration, PORT=port or trial.port, **places)
        # nginx looks up relative names there, and wants it to exist.
        trial.start(["nginx", "-p", trial.folder, "-c", file, "-e", "stderr"])


class NginxStatic(Nginx):
    name = "nginx static"
    configuration = "nginx/nginx.conf"
    counts = False


class NginxLua(Nginx):
    name = "nginx + Lua"
    configuration = "nginx-lua/nginx.conf"

    def prepare(self):
        super().prepare()
        if not pathlib.Path("/usr/lib/nginx/modules/ngx_http_lua_module.so").exists():
            raise Unavailable("libnginx-mod-http-lua is not installed")
        # The package of lua-resty-redis without what it depends on: all modules
        # of nginx that there are.
        folder = BUILD / "lua-nginx-redis"
        self.library = folder / "usr/share/lua/5.1"
        if not self.library.exists():
            fetch = "apt-get -qq download lua-nginx-redis && dpkg -x lua-nginx-redis_*.deb ."
            build(folder, ["sh", "-c", fetch])

    def start(self, trial):
        super().start(trial, REDIS_PORT=trial.redis.port, LUA=self.library)


class Webdis(Server):
    name = "webdis"
    path = "/INCR/visits.txt"
    named_path = "/INCR/visits-{}.txt"
    named_keys = "visits-*"

    def prepare(self):
        _need_program("webdis")

    def start(self, trial):
        file = trial.write("webdis/webdis.json", PORT=trial.port, REDIS_PORT=trial.redis.port)
        trial.start(["webdis", file])


class Flask(Server):
    name = "Flask (its own server)"

    def prepare(self):
        _need_python("flask", "redis")

    def command(self, port):
        return ["flask", "--app", "app", "run", "--port", port]

    def start(self, trial, port=None):
        trial.start(
            [PYTHON, "-m", *self.command(port or trial.port)],
            folder=PEERS / "flask",
            REDIS_PORT=trial.redis.port,
            PYTHONDONTWRITEBYTECODE=1,
        )


class Gunicorn(Flask):
    name = "Flask (gunicorn)"

    def prepare(self):
        _need_python("flask", "redis", "gunicorn")

    def command(self, port):
        # The best on one core of what was tried: sync workers, which close the
        # connection after each answer, and threads from 2 to 64.
        settings = ["--worker-class", "gthread", "--threads", "64", "--keep-alive", "75"]
        return ["gunicorn", "app:app", "--bind", f"127.0.0.1:{port}", *settings]


class Node(Server):
    name = "node (fastify)"

    def prepare(self):
        _need_program("node")
        _need_program("npm")
        self.folder = BUILD / "node"
        shutil.copytree(PEERS / "node", self.folder, dirs_exist_ok=True)
        build(self.folder, ["npm", "ci", "--no-audit", "--no-fund"])

    def start(self, trial):
        trial.start(
            ["node", "server.js"],
            folder=self.folder,
            PORT=trial.port,
            REDIS_PORT=trial.redis.port,
            NODE_ENV="production",
        )


class Drogon(Server):
    name = "drogon"

    def prepare(self):
        self.folder = BUILD / "drogon"
        source = ["-S", PEERS / "drogon", "-B", "."]
        build(self.folder, ["cmake", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", *source])
        build(self.folder, ["cmake", "--build", "."])

    def start(self, trial):
        trial.start(
            [self.folder / "drogon_counter"],
            folder=trial.folder,
            PORT=trial.port,
            REDIS_PORT=trial.redis.port,
        )


class Stack(Nginx):
    """An nginx in front of another server."""

    def __init__(self, name, configuration, server):
        self.name = name
        self.configuration = configuration
        self.server = server
        self.counts = server.counts

    def prepare(self):
        super().prepare()
        self.server.prepare()

    def start(self, trial):
        upstream_port = free_port()
        self.server.start(trial, upstream_port)
        (trial.folder / "listen.conf").write_text(f"listen 127.0.0.1:{trial.port};\n")
        places = {"UPSTREAM_PORT": upstream_port, "TALLY_CONF": ROOT / "docker/nginx/tally.conf"}
        super().start(trial, **places)


STATIC, FLOOR, TALLY = NginxStatic(), Floor(), Tally()
DROGON, WEBDIS, NGINX_LUA, NODE, GUNICORN = Drogon(), Webdis(), NginxLua(), Node(), Gunicorn()
# Each list begins with the server that the others are compared with.
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
OPEN_LOOP = [FLOOR, TALLY, WEBDIS, NGINX_LUA, NODE, DROGON, GUNICORN]
STACKS = [
    Stack("stack's nginx, static upstream", "stack/tally.conf", STATIC),
    Stack("stack's nginx, Tally", "stack/tally.conf", TALLY),
    Stack("plain nginx, Flask (its own server)", "stack/flask.conf", Flask()),
]
# Those that count under many names.
NAMED = [server for server in ALONE if server.named_path and server.workers == 1]


def _need_program(name):
    if not shutil.which(name):
        raise Unavailable(f"{name} is not installed")


def _need_python(*modules):
    for module in modules:
        if subprocess.run([PYTHON, "-c", f"import {module}"], capture_output=True).returncode:
            raise Unavailable(f"python3-{module} is not installed")


def build(folder, command):
    folder.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as failure:
        said = (failure.stderr + failure.stdout).replace(f"{ROOT}/", "")
        # The first line that tells of an error, and what comes with it.
        error = re.search(r".*err(?:or|!).*\s*.*", said, re.IGNORECASE)
        raise Unavailable(f"{command[0]} failed: {error[0] if error else said[-200:]}") from None
