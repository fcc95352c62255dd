"""Measures Tally and its peers in several rounds, one server at a time, and writes
bench/RESULTS.md. Usage: make bench ARGS='--quick --connections 64'"""

import argparse
import itertools
import os
import pathlib
import shlex
import signal
import statistics
import sys

import load
import measurement
import report
import servers
from cases import ClosedLoop, OpenLoop, cases_of, on_one_counter
from server import ROOT, Unavailable
from trial import Trial


def parse_arguments():
    parser = argparse.ArgumentParser(prog="make bench", description="Measure Tally and its peers.")
    parser.add_argument(
        "--loop", choices=("open", "closed"), help="the only load to measure; both by default"
    )
    parser.add_argument(
        "--rates",
        type=int,
        nargs="*",
        default=[1000, 10000, 30000, 50000],
        help="open loop, visits/s: 1000, 10000, 30000 and 50000 by default",
    )
    parser.add_argument(
        "--connections",
        type=int,
        nargs="+",
        default=[1, 64, 512],
        help="closed loop: 1, 64 and 512 by default",
    )
    parser.add_argument(
        "--names",
        type=int,
        default=10000,
        help="each load also on that many counters; 10000 by default, 0: on one only",
    )
    parser.add_argument("--rounds", type=int, default=5, help="of all servers; 5 by default")
    parser.add_argument("--seconds", type=int, default=5, help="of each load; 5 by default")
    parser.add_argument("--quick", action="store_true", help="one round of one second")
    parser.add_argument("--only", nargs="+", help="servers whose name contains one of these")
    parser.add_argument("--fsync", choices=("everysec", "always", "no"), default="everysec")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "bench/RESULTS.md")
    arguments = parser.parse_args()
    arguments.given = shlex.join(sys.argv[1:])
    if arguments.quick:
        arguments.rounds = arguments.seconds = 1
    return arguments


def servers_of(case):
    if case.names:
        return servers.NAMED
    return servers.OPEN_LOOP if isinstance(case, OpenLoop) else servers.ALL


def log(*words, **options):
    print(*words, file=sys.stderr, flush=True, **options)


def prepare(candidates):
    """The servers that can be measured, and by name the errors of the others."""
    ready, unavailable = [], {}
    for server in candidates:
        log(f"preparing {server.name}")
        try:
            server.prepare()
            ready.append(server)
        except Unavailable as error:
            unavailable[server.name] = str(error)
            log(f"  not available: {error}")
    return ready, unavailable


class Run:
    """All trials: for each case several rounds, in each round every server that is ready."""

    def __init__(self, arguments, ready, cores):
        self.arguments = arguments
        self.ready = ready
        self.cores = cores
        self.results = {}  # lists, by (case, name)
        self.errors = {}  # by (case, name)
        self._capacities = {}  # requests/s by name, if the results do not have them

    def servers(self, case):
        return [server for server in servers_of(case) if server in self.ready]

    def measure_all(self, cases):
        for _, one_and_many in itertools.groupby(cases, on_one_counter):
            alike = list(one_and_many)
            for round_ in range(self.arguments.rounds):
                # The order alternates: a drift of the machine affects all servers alike, and
                # what is compared is measured close together.
                for server in self.ready[:: -1 if round_ % 2 else 1]:
                    for case in alike:
                        if server in servers_of(case):
                            self._measure_if_useful(case, server, round_)

    def _measure_if_useful(self, case, server, round_):
        key = case, server.name
        if key in self.errors or self._is_overloaded(key):
            return
        try:
            result = self._measure(case, server, round_)
            self.results.setdefault(key, []).append(result)
        except Exception as error:  # of any kind: the other servers are still measured
            self.errors[key] = str(error)
            log(f"failed: {error}")

    def _is_overloaded(self, key):
        """Whether an earlier round showed that the rate is far too high for the server."""
        case, _ = key
        return isinstance(case, OpenLoop) and any(
            result.carried < 0.5 for result in self.results.get(key, [])
        )

    def _measure(self, case, server, round_):
        seconds = self.arguments.seconds
        rate = None
        if isinstance(case, OpenLoop):
            rate = case.rate or case.CAPACITY_SHARE * self._capacity(server)
        log(f"{case}, round {round_ + 1}: {server.name}", end=" ")
        with self._trial(server, case.names) as trial:
            if rate:
                result = measurement.open_loop(trial, case.CONNECTIONS, rate, seconds)
            else:
                result = measurement.closed_loop(trial, case.connections, seconds, round_ == 0)
        p50 = result.latency["p50"]
        log(f"{result.requests_per_second:,.0f}/s, {result.cpu * 1e6:.1f} us, p50 {p50:,.0f} us")
        return result

    def _capacity(self, server):
        key = ClosedLoop(ClosedLoop.CAPACITY_CONNECTIONS), server.name
        if key in self.results:
            return statistics.median(one.requests_per_second for one in self.results[key])
        if server.name not in self._capacities:
            log(f"capacity of {server.name}", end=" ")
            with self._trial(server) as trial:
                connections = ClosedLoop.CAPACITY_CONNECTIONS
                capacity = measurement.capacity(trial, connections, self.arguments.seconds)
            self._capacities[server.name] = capacity
            log(f"{capacity:,.0f}/s")
        return self._capacities[server.name]

    def _trial(self, server, names=0):
        # A server with several workers also runs on the core of the load.
        cores = self.cores if server.workers > 1 else self.cores[:1]
        return Trial(server, cores, self.cores[-1:], self.arguments.fsync, names)


def main():
    # Like Ctrl-C: ends all processes that were started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    arguments = parse_arguments()
    cases = cases_of(arguments)
    chosen = [
        server
        for server in servers.ALL
        if (not arguments.only or any(part in server.name for part in arguments.only))
        and any(server in servers_of(case) for case in cases)
    ]
    if arguments.loop != "closed":
        load.build_open_loop()
    ready, unavailable = prepare(chosen)
    cores = sorted(os.sched_getaffinity(0))
    cores = [cores[0], cores[-1]]
    os.sched_setaffinity(0, cores[-1:])
    run = Run(arguments, ready, cores)
    trials = arguments.rounds * sum(len(run.servers(case)) for case in cases)
    log(f"{trials} trials, about {trials * (arguments.seconds + 3.5) / 60:.0f} minutes")
    run.measure_all(cases)
    for case in cases:
        run.errors |= {(case, name): error for name, error in unavailable.items()}
    text = report.write(arguments, cases, run.results, run.errors, cores)
    arguments.output.write_text(text)
    print(text)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
