#!/usr/bin/env python3
"""Measures the stack in containers with several replicas and workers, and prints the tables of
docs/scaling.md. Run it as root on a machine with a Docker engine, after `scripts/deps.sh build
bench`. The load runs in the network of a container (nsenter), so that no proxy of a published port
takes part. Usage: python3 bench/scaling.py [--rounds 3] [--seconds 3] [--rate 2000]"""

import argparse
import collections
import contextlib
import json
import os
import pathlib
import resource
import subprocess
import tempfile

import load
from tables import median, short, table

ROOT = pathlib.Path(__file__).parent.parent
CORES = os.sched_getaffinity(0)
SERVICES = ("nginx", "tally", "redis")
WORKERS = 'services: { tally: { environment: { TALLY_THREADS: "${WORKERS:-1}" } } }'


def output_of(command, **options):
    return subprocess.run(
        [str(word) for word in command], check=True, text=True, stdout=subprocess.PIPE, **options
    ).stdout


class Stack:
    """The containers of compose.yaml, in a project of their own."""

    def __init__(self, folder):
        (folder / "workers.yaml").write_text(WORKERS)
        self._environment = {name: os.environ[name] for name in ("PATH", "HOME")} | {
            "COMPOSE_PROJECT_NAME": "tally-scaling",
            "COMPOSE_FILE": f"{ROOT}/compose.yaml:{folder}/workers.yaml",
            "COMPOSE_DISABLE_ENV_FILE": "1",
            "TALLY_PORT": "127.0.0.1:0",
        }

    def compose(self, *words, **environment):
        return output_of(["docker", "compose", *words], env=self._environment | environment)

    def up(self, replicas, workers):
        scale = f"tally={replicas}"
        self.compose("up", "--detach", "--wait", "--scale", scale, WORKERS=str(workers))
        self._containers = {
            service: self.compose("ps", "--quiet", service).split() for service in SERVICES
        }

    def network(self, service):
        """The prefix that runs a command in the network of a container of the service."""
        inspect = ["docker", "inspect", "--format", "{{.State.Pid}}"]
        pid = output_of([*inspect, self._containers[service][0]]).strip()
        return ["nsenter", "--target", pid, "--net"]

    def usage(self):
        """The CPU seconds of each service, and the batches counted."""
        statistics = self.compose(
            "exec", "-T", "redis", "redis-cli", "info", "commandstats"
        ).partition("cmdstat_evalsha:calls=")[2]
        usage = {
            service: sum(map(_cpu_seconds, containers))
            for service, containers in self._containers.items()
        }
        return usage | {"batches": int(statistics.partition(",")[0] or 0)}


def _cpu_seconds(container):
    """From the engine, which knows the control group of the container."""
    url = f"http://localhost/containers/{container}/stats?stream=false&one-shot=true"
    statistics = output_of(["curl", "-sS", "--unix-socket", "/var/run/docker.sock", url])
    return json.loads(statistics)["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9


def _children_seconds():
    """The CPU seconds of this program's children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextlib.contextmanager
def measured(stack, row):
    """Adds to the row what the block used: for each of row["visits"], and in row["seconds"]."""
    before = stack.usage()
    load_before = _children_seconds()
    yield
    load_seconds = _children_seconds() - load_before
    used = {name: value - before[name] for name, value in stack.usage().items()}
    used["load"] = load_seconds
    row["batch"] = row["visits"] / max(used.pop("batches"), 1)
    for name, seconds in used.items():
        row[f"{name} us"] = seconds / row["visits"] * 1e6
        row[f"{name} %"] = seconds / row["seconds"] * 100


def closed_loop(stack, service, port, connections, seconds, names=0):
    url = f"http://127.0.0.1:{port}/count" + ("/c{}" if names else "")

    prefix = stack.network(service)

    def wrk(duration):
        return load.wrk(CORES, url, connections, duration, names, prefix=prefix)

    wrk(1)
    row = {}
    with measured(stack, row):
        seen = wrk(seconds)
        row["visits"], row["seconds"] = seen["requests"] - seen["status"], seen["seconds"]
    row["visits/s"] = row["visits"] / row["seconds"]
    return row | latency_and_errors(seen, load.ERRORS)


def open_loop(stack, rate, seconds):
    warm_up = 1
    row = {"visits/s": rate, "seconds": seconds + warm_up}
    command = [*stack.network("nginx"), load.OPEN_LOOP, 5002, "/count", 64, rate, seconds, warm_up]
    with measured(stack, row):
        output = output_of(command, stdin=subprocess.DEVNULL)
        seen = json.loads(output.splitlines()[-1])
        row["visits"] = seen["answered_ever"]
    return row | latency_and_errors(seen, load.OPEN_LOOP_ERRORS)


def latency_and_errors(seen, errors):
    row = {f"{name} ms": seen[name] / 1e3 for name in ("p50", "p99")}
    return row | {"errors": sum(seen[error] for error in errors)}


def print_table(title, name, columns, results):
    rows = [
        [key, *(short(median([row[column] for row in rows])) for column in columns)]
        for key, rows in results.items()
    ]
    print(f"\n{title}\n\n{table([name, *columns], rows)}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rate", type=int, default=2000)
    options = parser.parse_args()
    load.build_open_loop()
    closed, opened, direct = (collections.defaultdict(list) for _ in range(3))
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(pathlib.Path(folder))
        try:
            stack.compose("build")
            for _ in range(options.rounds):
                for workers in 1, 2:
                    for replicas in 1, 2, 4:
                        stack.up(replicas, workers)
                        key = f"{replicas} x {workers}"
                        closed[key] += [closed_loop(stack, "nginx", 5002, 64, options.seconds)]
                        opened[key] += [open_loop(stack, options.rate, options.seconds)]
                stack.up(1, 1)
                for connections in 1, 16, 256:
                    for names in 0, 10000:
                        key = f"{connections}, {names or 1} counters"
                        direct[key] += [
                            closed_loop(stack, "tally", 8080, connections, options.seconds, names)
                        ]
        finally:
            stack.compose("down", "--volumes", "--rmi", "local")
    figures = ["visits/s", "p50 ms", "p99 ms", "errors", "batch"]
    each = [f"{service} us" for service in SERVICES] + [f"{service} %" for service in SERVICES]
    print_table("Closed loop, 64", "replicas x workers", [*figures, *each, "load %"], closed)
    print_table(f"Open loop, {options.rate}/s", "replicas x workers", [*figures, *each], opened)
    print_table("Tally without nginx", "connections", [*figures, *each[1:3], *each[4:]], direct)


main()
