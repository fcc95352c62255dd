"""Measures Tally beside its peers, one after the other in each of several rounds, and writes
bench/RESULTS.md. Usage: make bench ARGS='--quick --connections 64'"""

import argparse
import os
import pathlib
import shlex
import signal
import sys

import report
import servers
from trial import EXACT_REQUESTS, Trial


def parse_arguments():
    parser = argparse.ArgumentParser(prog="make bench", description="Measure Tally and its peers.")
    parser.add_argument(
        "--connections", type=int, nargs="+", default=[1, 64, 512], help="1, 64 and 512 by default"
    )
    parser.add_argument("--rounds", type=int, default=5, help="each server once in each; 5")
    parser.add_argument("--seconds", type=int, default=5, help="of load for each server; 5")
    parser.add_argument("--quick", action="store_true", help="one round of one second each")
    parser.add_argument("--only", help="servers whose name contains this")
    parser.add_argument("--fsync", choices=("everysec", "always", "no"), default="everysec")
    parser.add_argument("--output", type=pathlib.Path, default=servers.ROOT / "bench/RESULTS.md")
    arguments = parser.parse_args()
    arguments.given = shlex.join(sys.argv[1:])
    if arguments.quick:
        arguments.rounds = arguments.seconds = 1
    return arguments


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


def measure(arguments, server, connections, round_, cores):
    say(f"{connections} connections, round {round_ + 1}: {server.name}", end=" ")
    # With more workers than one it gets the core of the load, too.
    own_cores = cores if server.workers > 1 else cores[:1]
    with Trial(server, own_cores, cores[-1:], arguments.fsync) as trial:
        result = trial.measure(connections, arguments.seconds, with_syscalls=round_ == 0)
    say(f"{result.requests_per_second:,.0f}/s, {result.cpu * 1e6:.1f} us")
    return result


def run(arguments, ready, cores):
    """The results of all rounds, and why a server failed; both by (connections, name)."""
    results, failures = {}, {}
    for connections in arguments.connections:
        for round_ in range(arguments.rounds):
            # To and fro: whatever drifts meets all alike, and who is compared with
            # whom stays close together.
            for server in ready[:: -1 if round_ % 2 else 1]:
                key = connections, server.name
                if key in failures:
                    continue
                try:
                    result = measure(arguments, server, connections, round_, cores)
                    results.setdefault(key, []).append(result)
                except Exception as why:  # whatever it is: the others go on
                    failures[key] = str(why)
                    say(f"failed: {why}")
    return results, failures


def main():
    # Ended like by Ctrl-C, so that nothing of it goes on running.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    arguments = parse_arguments()
    chosen = [
        server
        for server in servers.ALONE + servers.STACKS
        if not arguments.only or arguments.only in server.name
    ]
    ready, unavailable = prepare(chosen)
    cores = sorted(os.sched_getaffinity(0))
    cores = [cores[0], cores[-1]]
    os.sched_setaffinity(0, cores[-1:])
    trials = len(arguments.connections) * arguments.rounds * len(ready)
    say(f"{trials} trials, about {trials * (arguments.seconds + 4) / 60:.0f} minutes")
    results, failures = run(arguments, ready, cores)
    for connections in arguments.connections:
        failures |= {(connections, name): why for name, why in unavailable.items()}
    text = report.write(arguments, results, failures, cores, EXACT_REQUESTS)
    arguments.output.write_text(text)
    print(text)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
