"""Measures Tally beside its peers, one after the other in each of several rounds, and writes
bench/RESULTS.md. Usage: make bench ARGS='--quick --connections 64'"""

import argparse
import dataclasses
import os
import pathlib
import shlex
import signal
import statistics
import sys

import load
import report
import servers
from cases import ClosedLoop, OpenLoop
from trial import EXACT_REQUESTS, Trial


def parse_arguments():
    parser = argparse.ArgumentParser(prog="make bench", description="Measure Tally and its peers.")
    parser.add_argument("--loop", choices=("open", "closed"), help="only that load; both")
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
        "--names", type=int, default=0, help="closed loop: also with that many counters; 0: not"
    )
    parser.add_argument("--rounds", type=int, default=5, help="each server once in each; 5")
    parser.add_argument("--seconds", type=int, default=5, help="of load for each server; 5")
    parser.add_argument("--quick", action="store_true", help="one round of one second each")
    parser.add_argument("--only", nargs="+", help="servers whose name contains one of these")
    parser.add_argument("--fsync", choices=("everysec", "always", "no"), default="everysec")
    parser.add_argument("--output", type=pathlib.Path, default=servers.ROOT / "bench/RESULTS.md")
    arguments = parser.parse_args()
    arguments.given = shlex.join(sys.argv[1:])
    if arguments.quick:
        arguments.rounds = arguments.seconds = 1
    return arguments


def cases_of(arguments):
    """Those of the closed loop come first: they show the capacity that an open loop refers to."""
    closed = [ClosedLoop(connections) for connections in arguments.connections]
    if arguments.names:
        closed += [dataclasses.replace(case, names=arguments.names) for case in closed]
    opened = [*map(OpenLoop, arguments.rates), OpenLoop()]
    return (closed if arguments.loop != "open" else []) + (
        opened if arguments.loop != "closed" else []
    )


def compared(case):
    if isinstance(case, OpenLoop):
        return servers.OPEN_LOOP
    return servers.NAMED if case.names else servers.ALONE + servers.STACKS


def say(*words, **options):
    print(*words, file=sys.stderr, flush=True, **options)


def prepare(candidates):
    """Those that can be measured, and by name why the others cannot."""
    ready, unavailable = [], {}
    for server in candidates:
        say(f"preparing {server.name}")
        try:
            server.prepare()
            ready.append(server)
        except servers.Unavailable as why:
            unavailable[server.name] = str(why)
            say(f"  not available: {why}")
    return ready, unavailable


class Run:
    """All trials: every case, in each several rounds, in each every server that is ready."""

    def __init__(self, arguments, ready, cores):
        self.arguments = arguments
        self.ready = ready
        self.cores = cores
        self.results = {}  # lists, by (case, name)
        self.failures = {}  # why, by (case, name)
        self._capacities = {}  # requests/s by name, where the results do not have it

    def servers(self, case):
        return [server for server in compared(case) if server in self.ready]

    def measure_all(self, cases):
        for case in cases:
            for round_ in range(self.arguments.rounds):
                # To and fro: whatever drifts meets all alike, and those that are
                # compared with each other stay close together.
                for server in self.servers(case)[:: -1 if round_ % 2 else 1]:
                    self._measure_if_useful(case, server, round_)

    def _measure_if_useful(self, case, server, round_):
        key = case, server.name
        if key in self.failures or self._is_hopeless(key):
            return
        try:
            result = self._measure(case, server, round_)
            self.results.setdefault(key, []).append(result)
        except Exception as why:  # whatever it is: the others go on
            self.failures[key] = str(why)
            say(f"failed: {why}")

    def _is_hopeless(self, key):
        """Whether further rounds would only show again that the rate is far too high."""
        case, _ = key
        return isinstance(case, OpenLoop) and any(
            result.carried < 0.5 for result in self.results.get(key, [])
        )

    def _measure(self, case, server, round_):
        seconds = self.arguments.seconds
        rate = None
        if isinstance(case, OpenLoop):
            rate = case.rate or case.CAPACITY_SHARE * self._capacity(server)
        say(f"{case}, round {round_ + 1}: {server.name}", end=" ")
        with self._trial(server, getattr(case, "names", 0)) as trial:
            if rate:
                result = trial.measure_open_loop(case.CONNECTIONS, rate, seconds)
            else:
                result = trial.measure_closed_loop(case.connections, seconds, round_ == 0)
        p50 = result.latency["p50"]
        say(f"{result.requests_per_second:,.0f}/s, {result.cpu * 1e6:.1f} us, p50 {p50:,.0f} us")
        return result

    def _capacity(self, server):
        key = ClosedLoop(ClosedLoop.CAPACITY_CONNECTIONS), server.name
        if key in self.results:
            return statistics.median(one.requests_per_second for one in self.results[key])
        if server.name not in self._capacities:
            say(f"capacity of {server.name}", end=" ")
            with self._trial(server) as trial:
                capacity = trial.capacity(ClosedLoop.CAPACITY_CONNECTIONS, self.arguments.seconds)
            self._capacities[server.name] = capacity
            say(f"{capacity:,.0f}/s")
        return self._capacities[server.name]

    def _trial(self, server, names=0):
        # With more workers than one it gets the core of the load, too.
        cores = self.cores if server.workers > 1 else self.cores[:1]
        return Trial(server, cores, self.cores[-1:], self.arguments.fsync, names)


def main():
    # Ended like by Ctrl-C, so that nothing of it goes on running.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    arguments = parse_arguments()
    cases = cases_of(arguments)
    chosen = [
        server
        for server in servers.ALONE + servers.STACKS
        if (not arguments.only or any(part in server.name for part in arguments.only))
        and any(server in compared(case) for case in cases)
    ]
    if arguments.loop != "closed":
        load.build_open_loop()
    ready, unavailable = prepare(chosen)
    cores = sorted(os.sched_getaffinity(0))
    cores = [cores[0], cores[-1]]
    os.sched_setaffinity(0, cores[-1:])
    run = Run(arguments, ready, cores)
    trials = arguments.rounds * sum(len(run.servers(case)) for case in cases)
    say(f"{trials} trials, about {trials * (arguments.seconds + 3.5) / 60:.0f} minutes")
    run.measure_all(cases)
    for case in cases:
        run.failures |= {(case, name): why for name, why in unavailable.items()}
    text = report.write(arguments, cases, run.results, run.failures, cores, EXACT_REQUESTS)
    arguments.output.write_text(text)
    print(text)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
