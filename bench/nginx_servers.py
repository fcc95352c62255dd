"""nginx: as a server of its own, and in front of other servers."""

import pathlib
import shutil

from processes import free_port
from server import BUILD, ROOT, Server, Unavailable, build, need_program


class Nginx(Server):
    """An nginx with one of the configurations in peers/."""

    configuration: str

    def prepare(self):
        need_program("nginx")

    def start(self, trial, port=None, **values):
        file = trial.write(self.configuration, PORT=port or trial.port, **values)
        # The folder must exist: nginx resolves relative paths in it.
        trial.start(["nginx", "-p", trial.folder, "-c", file, "-e", "stderr"])


class NginxStatic(Nginx):
    name = "nginx static"
    configuration = "nginx/nginx.conf"
    counts = False


class NginxLua(Nginx):
    name = "nginx + Lua"
    configuration = "nginx-lua/nginx.conf"
    named_path = "/count/{}"
    named_keys = "visits-*"

    def prepare(self):
        super().prepare()
        if not pathlib.Path("/usr/lib/nginx/modules/ngx_http_lua_module.so").exists():
            raise Unavailable("libnginx-mod-http-lua is not installed")
        # Unpacked and not installed: the package of lua-resty-redis depends on all modules of
        # nginx.
        folder = BUILD / "lua-nginx-redis"
        self.library = folder / "usr/share/lua/5.1"
        if not self.library.exists():
            fetch = "apt-get -qq download lua-nginx-redis && dpkg -x lua-nginx-redis_*.deb ."
            build(folder, ["sh", "-c", fetch])

    def start(self, trial):
        super().start(trial, REDIS_PORT=trial.redis.port, LUA=self.library)


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
        for name in ("tally.conf", "answers.conf"):
            shutil.copy(ROOT / "docker/nginx" / name, trial.folder / name)
        super().start(trial, UPSTREAM_PORT=upstream_port)
