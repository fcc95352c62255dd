"""The Redis that all count in: a new one for each trial, with the configuration of the stack."""

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
        self.port = free_port()
        self.processes = Processes(cores, log)
        self.processes.start(
            ["redis-server", CONFIGURATION, "--bind", "127.0.0.1", "--port", self.port]
            + ["--dir", folder, "--appendfsync", fsync]
        )
        self.stream = self._connect().makefile("rwb")

    def _connect(self):
        deadline = time.monotonic() + 10
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=10)
            except ConnectionRefusedError:
                if self.processes.ended() or time.monotonic() > deadline:
                    raise RuntimeError("redis-server did not start") from None
                time.sleep(0.005)

    def ask(self, command):
        """The reply to an inline command, as text; None where there is no such key."""
        self.stream.write(command.encode() + b"\r\n")
        self.stream.flush()
        head = self.stream.readline().decode().rstrip()
        if head.startswith("-"):
            raise RuntimeError(f"Redis, asked {command}: {head}")
        if not head.startswith("$"):
            return head[1:]
        if head == "$-1":
            return None
        return self.stream.read(int(head[1:]) + 2).decode().rstrip()

    def number(self, keys):
        """The number of a key; or of all whose names match a pattern, their sum."""
        if "*" in keys:
            return int(self.ask(f'EVAL "{SUM}" 0 {keys}'))
        return int(self.ask(f"GET {keys}") or 0)

    def settled_number(self, keys):
        """The number once it stands still: a load that ends leaves requests under way."""
        number = None
        while number != (number := self.number(keys)):
            time.sleep(0.1)
        return number

    def commands(self):
        """How many commands it has carried out before this one, those within scripts included."""
        return int(re.search(r"total_commands_processed:(\d+)", self.ask("INFO stats"))[1])

    def end(self):
        self.processes.end()
