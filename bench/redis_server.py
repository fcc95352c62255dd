"""The Redis of a trial, with the configuration of the stack."""

import pathlib
import re
import socket
import time

from processes import Processes, free_port

CONFIGURATION = pathlib.Path(__file__).parent.parent / "docker/redis/redis.conf"
SUM = (
    "local sum = 0; for _, key in ipairs(redis.call('KEYS', ARGV[1])) do "
    "sum = sum + redis.call('GET', key) end; return sum"
)


class Redis:
    def __init__(self, cores, folder, log, fsync):
        self.folder = folder
        self.fsync = fsync
        self.port = free_port()
        self.processes = Processes(cores, log)
        self._start(self.port, folder)
        self.stream = self._connect().makefile("rwb")

    def _start(self, port, folder, *arguments):
        self.processes.start(
            ["redis-server", CONFIGURATION, "--bind", "127.0.0.1", "--port", port]
            + ["--dir", folder, "--appendfsync", self.fsync, *arguments]
        )

    def replicate(self, replicas):
        """Starts that many replicas, and waits until they follow."""
        for number in range(replicas):
            folder = self.folder / f"replica-{number}"
            folder.mkdir()
            self._start(free_port(), folder, "--replicaof", "127.0.0.1", self.port)
        while int(self.execute(f"WAIT {replicas} 1000")) < replicas:
            if self.processes.ended():
                raise RuntimeError("a replica did not start")

    def _connect(self):
        deadline = time.monotonic() + 10
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=10)
            except ConnectionRefusedError:
                if self.processes.ended() or time.monotonic() > deadline:
                    raise RuntimeError("redis-server did not start") from None
                time.sleep(0.005)

    def execute(self, command):
        """The reply to an inline command, as text; None if there is no such key."""
        self.stream.write(command.encode() + b"\r\n")
        self.stream.flush()
        head = self.stream.readline().decode().rstrip()
        if head.startswith("-"):
            raise RuntimeError(f"Redis replied to {command}: {head}")
        if not head.startswith("$"):
            return head[1:]
        if head == "$-1":
            return None
        return self.stream.read(int(head[1:]) + 2).decode().rstrip()

    def number(self, keys):
        """The number of a key, or the sum of the keys that match a pattern."""
        if "*" in keys:
            return int(self.execute(f'EVAL "{SUM}" 0 {keys}'))
        return int(self.execute(f"GET {keys}") or 0)

    def settled_number(self, keys):
        """The number when it no longer changes: requests are in flight when a load ends."""
        number = None
        while number != (number := self.number(keys)):
            time.sleep(0.1)
        return number

    def commands(self):
        """The number of commands that Redis executed before this one, with those of scripts."""
        return int(re.search(r"total_commands_processed:(\d+)", self.execute("INFO stats"))[1])

    def end(self):
        self.processes.end()
