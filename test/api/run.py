#!/usr/bin/env python3
"""Compares a running Tally with docs/openapi.yaml: make api.

Runs the scenarios, or the named ones, and prints one line for each. Each run of a scenario has its
own Redis and Tally. Fails if a response differs from its description, or if a documented response
was never seen (unless scenarios are named).
"""

import concurrent.futures
import contextlib
import pathlib
import signal
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).parent.parent))  # processes.py

import counting
import refusals
import scenarios
from checks import Checker
from description import Description
from processes import Tally

ALL = [
    scenarios.succeed,
    counting.count,
    counting.name,
    counting.draw,
    scenarios.revalidate,
    refusals.not_found,
    refusals.not_allowed,
    refusals.refuse,
    scenarios.forbid,
    scenarios.repeat,
    scenarios.be_broken,
    scenarios.lose_redis,
    scenarios.freeze_redis,
]


def run(scenario, checker):
    before = len(checker.errors)
    if not hasattr(scenario, "parallel_for_status"):
        run_once(scenario, checker)
    else:
        operations = checker.description.operations
        chosen = [each for each in operations if each.documents(scenario.parallel_for_status)]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda each: run_once(scenario, checker, each), chosen))
    if len(checker.errors) == before:
        print(f"ok    {scenario.__doc__}", flush=True)


def run_once(scenario, checker, *operation):
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        try:
            tally = Tally(folder, getattr(scenario, "environment", {}))
            stack.callback(tally.end)
            scenario(checker, tally, *operation)
        except Exception as error:  # of any kind: the other scenarios still run
            checker.note(" ".join(map(str, (scenario.__name__, *operation))), repr(error))


def main():
    # Raises SystemExit, so that the exit stack ends the processes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    description = Description()
    description.check()
    print("ok    docs/openapi.yaml is valid OpenAPI 3.1.")
    checker = Checker(description)
    names = sys.argv[1:]
    chosen = [each for each in ALL if not names or each.__name__ in names]
    for scenario in chosen:
        run(scenario, checker)
    missing = [] if names else list(checker.missing())
    for each in missing:
        print(f"FAIL  never seen: {each}")
    failed = len(checker.errors) + len(missing)
    operations = len(description.operations)
    print(f"{operations} operations, {len(checker.seen)} responses, {failed} failed")
    sys.exit(failed > 0 or not chosen)


if __name__ == "__main__":
    main()
