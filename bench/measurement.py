"""The measurements of a trial: one load, and the CPU, memory and exactness that go with it."""

import time

import load
import syscalls
from cases import ClosedLoop
from result import Result, compare

WARM_UP_SECONDS = 1
SYSCALL_SECONDS = 1
EXACT_REQUESTS = 1000
LATENCIES = ("p50", "p99", "p99.9")


def capacity(trial, connections, seconds):
    """The successful responses/s to clients that each wait for the response."""
    _load(trial, connections, WARM_UP_SECONDS)
    seen = _load(trial, connections, seconds)
    return (seen["requests"] - seen["status"]) / seen["seconds"]


def open_loop(trial, connections, rate, seconds):
    idle_memory = _idle_memory(trial)
    if trial.names:  # at full speed, so that nearly all counters exist when the measurement begins
        _load(trial, ClosedLoop.CAPACITY_CONNECTIONS, WARM_UP_SECONDS)
    initial = trial.redis.settled_number(trial.keys)
    commands = trial.redis.commands()
    with load.open_loop(
        trial.load_cores,
        trial.port,
        trial.path,
        connections,
        rate,
        seconds,
        WARM_UP_SECONDS,
        trial.names,
    ) as await_report:
        await_report()  # the end of the warm-up
        started = _clocks(trial)
        seen = await_report()
        cpu, redis_cpu, elapsed = (end - start for start, end in zip(started, _clocks(trial)))
        commands = trial.redis.commands() - commands - 1  # INFO itself is a command
        visits = trial.redis.number(trial.keys) - initial
    counted = trial.redis.settled_number(trial.keys) - initial

    answered = seen["answered_since"]
    if not answered:
        raise RuntimeError("it answered nothing")
    result = Result(
        ready=trial.ready,
        **idle_memory,
        requests_per_second=seen["answered_in_time"] / seen["seconds"],
        latency={name: seen[name] for name in LATENCIES},
        errors={name: seen[name] for name in load.OPEN_LOOP_ERRORS},
        cpu=cpu / answered,
        peak_memory=trial.processes.memory("status", "VmHWM"),
        redis_cpu=redis_cpu / answered,
        redis_commands=commands / visits,
        offered=seen["requests"] / seen["seconds"],
        busy=cpu / elapsed,
    )
    answered = seen["answered_ever"]
    result.exact = compare(counted, answered, answered + seen["in_doubt"])
    return result


def closed_loop(trial, connections, seconds, with_syscalls):
    idle_memory = _idle_memory(trial)
    _load(trial, connections, WARM_UP_SECONDS)
    result = _measure_load(trial, idle_memory, connections, seconds)
    if trial.server.counts and not trial.names and result.exact == "yes":
        result.exact = _exact_visits(trial)
    if with_syscalls and syscalls.tool():
        _count_syscalls(trial, result, connections)
    return result


def _clocks(trial):
    groups = trial.processes, trial.redis.processes
    return [*(group.cpu_seconds() for group in groups), time.monotonic()]


def _idle_memory(trial):
    return {
        name: trial.processes.memory("smaps_rollup", field)
        for name, field in (("idle_rss", "Rss"), ("idle_pss", "Pss"))
    }


def _load(trial, connections, seconds, prefix=()):
    url = f"http://127.0.0.1:{trial.port}{trial.path}"
    accept = trial.server.accept
    return load.wrk(trial.load_cores, url, connections, seconds, trial.names, accept, prefix)


def _measure_load(trial, idle_memory, connections, seconds):
    initial = trial.redis.settled_number(trial.keys)
    commands = trial.redis.commands()
    redis_cpu = trial.redis.processes.cpu_seconds()
    cpu = trial.processes.cpu_seconds()
    seen = _load(trial, connections, seconds)
    cpu = trial.processes.cpu_seconds() - cpu
    redis_cpu = trial.redis.processes.cpu_seconds() - redis_cpu
    commands = trial.redis.commands() - commands - 1  # INFO itself is a command
    visits = trial.redis.number(trial.keys) - initial
    counted = trial.redis.settled_number(trial.keys) - initial

    answered = seen["requests"] - seen["status"]
    result = Result(
        ready=trial.ready,
        **idle_memory,
        requests_per_second=answered / seen["seconds"],
        latency={name: seen[name] for name in LATENCIES},
        errors={name: seen[name] for name in load.ERRORS},
        cpu=cpu / answered,
        peak_memory=trial.processes.memory("status", "VmHWM"),
    )
    if trial.server.counts:
        result.redis_cpu = redis_cpu / visits
        result.redis_commands = commands / visits
        # wrk does not await the responses that are outstanding at its end.
        result.exact = compare(counted, answered, answered + connections)
    return result


def _exact_visits(trial):
    initial = trial.redis.settled_number(trial.keys)
    shown = load.numbers_shown(trial.port, trial.server, EXACT_REQUESTS, connections=16)
    final = trial.redis.settled_number(trial.keys)
    if sorted(shown) == list(range(initial + 1, final + 1)):
        return "yes"
    return f"{final - initial} counted, {len(shown)} answered, {len(set(shown))} numbers"


def _count_syscalls(trial, result, connections):
    groups = [trial.processes.pids(), trial.redis.processes.pids()]
    seen, calls = syscalls.count(
        groups, trial.folder, lambda prefix: _load(trial, connections, SYSCALL_SECONDS, prefix)
    )
    result.syscalls = calls[0] / seen["requests"]
    if trial.server.counts:
        result.redis_syscalls = calls[1] / seen["requests"]
