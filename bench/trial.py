"""One trial: a new server with a new Redis."""

import pathlib
import socket
import tempfile
import time

from processes import Processes, free_port
from redis_server import Redis
from server import BUILD, PEERS

READY_SECONDS = 30


class Trial:
    """A server and its Redis, ready for load; the `with` block ends both."""

    def __init__(self, server, cores, load_cores, fsync, names=0):
        self.server = server
        self.names = names  # the number of counters, one at random for each visit; 0: one counter
        self.path = server.named_path if names else server.path
        self.keys = server.named_keys if names else server.key
        self.load_cores = load_cores
        self._cores = cores
        self._fsync = fsync

    def __enter__(self):
        BUILD.mkdir(parents=True, exist_ok=True)
        self._temporary = tempfile.TemporaryDirectory(dir=BUILD)  # /tmp may not be on a disk
        self.folder = pathlib.Path(self._temporary.name)
        self.log = open(self.folder / "log", "w+", errors="replace")
        self.processes = Processes(self._cores, self.log)
        self.redis = None
        try:
            self.redis = Redis(self.load_cores, self.folder, self.log, self._fsync)
            self.redis.replicate(self.server.replicas)
            self.port = free_port()
            started = time.monotonic()
            self.server.start(self)
            self._await_ready(started + READY_SECONDS)
            self.ready = time.monotonic() - started
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.processes.end()
        if self.redis:
            self.redis.end()
        self.log.close()
        self._temporary.cleanup()

    def start(self, command, folder=None, **environment):
        self.processes.start(command, environment, folder or self.folder)

    def write(self, template, **values):
        """Writes a file of peers/ with each @NAME@ replaced by the value of NAME."""
        text = (PEERS / template).read_text()
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        file = self.folder / pathlib.Path(template).name
        file.write_text(text)
        return file

    def _await_ready(self, deadline):
        while not self._is_ready():
            if self.processes.ended() or time.monotonic() > deadline:
                self.log.seek(0)
                lines = self.log.read().strip().splitlines() or ["(empty)"]
                raise RuntimeError(f"{self.server.name} did not start; end of its log: {lines[-1]}")
            time.sleep(0.001)

    def _is_ready(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
                client.sendall(f"GET {self.server.path} HTTP/1.0\r\n\r\n".encode())
                return client.recv(12).endswith(b" 200")
        except OSError:
            return False
