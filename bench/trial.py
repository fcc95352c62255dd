"""One trial: a new Redis and a new server, a load on it, and what that took."""

import dataclasses
import pathlib
import socket
import tempfile
import time

import load
import syscalls
from processes import Processes, free_port
from redis_server import Redis
from servers import BUILD, PEERS

READY_SECONDS = 30
WARM_UP_SECONDS = 1
SYSCALL_SECONDS = 1
EXACT_REQUESTS = 1000


@dataclasses.dataclass
class Result:
    """Times in seconds, latencies in microseconds, memory in bytes."""

    ready: float
    idle_rss: int
    idle_pss: int
    requests_per_second: float
    latency: dict  # by "p50", "p99" and "p99.9"
    errors: dict  # by load.ERRORS or load.OPEN_LOOP_ERRORS
    cpu: float  # a request
    peak_memory: int
    exact: str | None = None  # "yes" or what was wrong
    redis_cpu: float | None = None  # a visit
    redis_commands: float | None = None  # a visit
    syscalls: float | None = None  # a request
    redis_syscalls: float | None = None  # a visit
    offered: float | None = None  # open loop: the visits/s that fell due
    busy: float | None = None  # open loop: CPU time of the server to time

    @property
    def carried(self):
        """Open loop: the share of the visits that was answered in time."""
        return self.requests_per_second / self.offered


class Trial:
    """A server in operation, ready, with its Redis; all of it ends with the `with` block."""

    def __init__(self, server, cores, load_cores, fsync, names=0):
        self.server = server
        self.names = names  # of counters, each visit to one of them at random; 0: the one
        self.path = server.named_path if names else server.path
        self.keys = server.named_keys if names else "visits"
        self.load_cores = load_cores
        self._cores = cores
        self._fsync = fsync

    def __enter__(self):
        BUILD.mkdir(parents=True, exist_ok=True)
        self._temporary = tempfile.TemporaryDirectory(dir=BUILD)  # /tmp may be no disk
        self.folder = pathlib.Path(self._temporary.name)
        self.log = open(self.folder / "log", "w+", errors="replace")
        self.processes = Processes(self._cores, self.log)
        self.redis = None
        try:
            self.redis = Redis(self.load_cores, self.folder, self.log, self._fsync)
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

    def write(self, template, **places):
        """A file of peers/ with each @PLACE@ filled in."""
        text = (PEERS / template).read_text()
        for place, value in places.items():
            text = text.replace(f"@{place}@", str(value))
        file = self.folder / pathlib.Path(template).name
        file.write_text(text)
        return file

    def _await_ready(self, deadline):
        while not self._answers():
            if self.processes.ended() or time.monotonic() > deadline:
                self.log.seek(0)
                said = self.log.read().strip().splitlines() or ["nothing"]
                raise RuntimeError(f"{self.server.name} did not start; last it said: {said[-1]}")
            time.sleep(0.001)

    def _answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
                client.sendall(f"GET {self.server.path} HTTP/1.0\r\n\r\n".encode())
                return client.recv(12).endswith(b" 200")
        except OSError:
            return False

    def capacity(self, connections, seconds):
        """The requests/s that it answers to as many clients as wait for their answers."""
        self._load(connections, WARM_UP_SECONDS)
        seen = self._load(connections, seconds)
        return (seen["requests"] - seen["status"]) / seen["seconds"]

    def measure_open_loop(self, connections, rate, seconds):
        idle = self._idle_memory()
        before = self.redis.settled_number(self.keys)
        commands = self.redis.commands()
        with load.open_loop(
            self.load_cores,
            self.port,
            self.path,
            connections,
            rate,
            seconds,
            WARM_UP_SECONDS,
        ) as await_report:
            await_report()  # the warm-up is over
            started = self._clocks()
            seen = await_report()
            cpu, redis_cpu, elapsed = (
                end - start for start, end in zip(started, self._clocks())
            )
            commands = self.redis.commands() - commands - 1  # less the first question itself
            visits = self.redis.number(self.keys) - before
        counted = self.redis.settled_number(self.keys) - before

        answers = seen["answered_since"]
        if not answers:
            raise RuntimeError("it answered nothing")
        result = Result(
            ready=self.ready,
            idle_rss=idle[0],
            idle_pss=idle[1],
            requests_per_second=seen["answered_in_time"] / seen["seconds"],
            latency={name: seen[name] for name in ("p50", "p99", "p99.9")},
            errors={name: seen[name] for name in load.OPEN_LOOP_ERRORS},
            cpu=cpu / answers,
            peak_memory=self.processes.memory("status", "VmHWM"),
            redis_cpu=redis_cpu / answers,
            redis_commands=commands / visits,
            offered=seen["requests"] / seen["seconds"],
            busy=cpu / elapsed,
        )
        answers = seen["answered_ever"]
        result.exact = _exact(counted, answers, answers + seen["in_doubt"])
        return result

    def _clocks(self):
        groups = self.processes, self.redis.processes
        return [*(group.cpu_seconds() for group in groups), time.monotonic()]

    def _idle_memory(self):
        return [self.processes.memory("smaps_rollup", field) for field in ("Rss", "Pss")]

    def measure_closed_loop(self, connections, seconds, with_syscalls):
        idle = self._idle_memory()
        self._load(connections, WARM_UP_SECONDS)
        result = self._measure_load(idle, connections, seconds)
        if self.server.counts and not self.names and result.exact == "yes":
            result.exact = self._exact_visits()
        if with_syscalls and syscalls.tool():
            self._count_syscalls(result, connections)
        return result

    def _load(self, connections, seconds, around=()):
        url = f"http://127.0.0.1:{self.port}{self.path}"
        return load.wrk(self.load_cores, url, connections, seconds, self.names, around)

    def _measure_load(self, idle, connections, seconds):
        before = self.redis.settled_number(self.keys)
        commands = self.redis.commands()
        redis_cpu = self.redis.processes.cpu_seconds()
        cpu = self.processes.cpu_seconds()
        seen = self._load(connections, seconds)
        cpu = self.processes.cpu_seconds() - cpu
        redis_cpu = self.redis.processes.cpu_seconds() - redis_cpu
        commands = self.redis.commands() - commands - 1  # less the first question itself
        visits = self.redis.number(self.keys) - before  # in this time, and after it
        counted = self.redis.settled_number(self.keys) - before

        answers = seen["requests"] - seen["status"]
        result = Result(
            ready=self.ready,
            idle_rss=idle[0],
            idle_pss=idle[1],
            requests_per_second=answers / seen["seconds"],
            latency={name: seen[name] for name in ("p50", "p99", "p99.9")},
            errors={name: seen[name] for name in load.ERRORS},
            cpu=cpu / answers,
            peak_memory=self.processes.memory("status", "VmHWM"),
        )
        if self.server.counts:
            result.redis_cpu = redis_cpu / visits
            result.redis_commands = commands / visits
            # wrk leaves what is under way at its end unanswered.
            result.exact = _exact(counted, answers, answers + connections)
        return result

    def _exact_visits(self):
        before = self.redis.settled_number(self.keys)
        shown = load.numbers_shown(self.port, self.path, EXACT_REQUESTS, connections=16)
        after = self.redis.settled_number(self.keys)
        if sorted(shown) == list(range(before + 1, after + 1)):
            return "yes"
        return f"{after - before} counted, {len(shown)} answered, {len(set(shown))} numbers"

    def _count_syscalls(self, result, connections):
        groups = [self.processes.pids(), self.redis.processes.pids()]
        seen, calls = syscalls.count(
            groups, self.folder, lambda around: self._load(connections, SYSCALL_SECONDS, around)
        )
        result.syscalls = calls[0] / seen["requests"]
        if self.server.counts:
            result.redis_syscalls = calls[1] / seen["requests"]


def _exact(counted, answers, most):
    return "yes" if answers <= counted <= most else f"{counted} counted, {answers} answered"
