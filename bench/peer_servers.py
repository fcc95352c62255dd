"""The peers of Tally that listen without nginx."""

import shutil

from server import BUILD, PEERS, PYTHON, Server, build, need_program, need_python


class Floor(Server):
    """The cost of a counted visit in the kernel, with almost no code around it."""

    name = "C floor"
    program = BUILD / "floor"

    def prepare(self):
        source = PEERS / "floor/floor.c"
        build(BUILD, ["cc", "-O2", "-o", self.program, source])

    def start(self, trial):
        trial.start([self.program], PORT=trial.port, REDIS_PORT=trial.redis.port)


class Webdis(Server):
    name = "webdis"
    path = "/INCR/visits.txt"
    named_path = "/INCR/visits-{}.txt"
    named_keys = "visits-*"

    def prepare(self):
        need_program("webdis")

    def start(self, trial):
        file = trial.write("webdis/webdis.json", PORT=trial.port, REDIS_PORT=trial.redis.port)
        trial.start(["webdis", file])


class Flask(Server):
    name = "Flask (its own server)"

    def prepare(self):
        need_python("flask", "redis")

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
        need_python("flask", "redis", "gunicorn")

    def command(self, port):
        # The fastest of the settings measured on one core: sync workers, which close the
        # connection after each response, and 2 to 64 threads.
        settings = ["--worker-class", "gthread", "--threads", "64", "--keep-alive", "75"]
        return ["gunicorn", "app:app", "--bind", f"127.0.0.1:{port}", *settings]


class Node(Server):
    name = "node (fastify)"

    def prepare(self):
        need_program("node")
        need_program("npm")
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
