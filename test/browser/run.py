#!/usr/bin/env python3
"""Tests of Tally in a real browser: make browser.

Runs the checks of all *_checks.py here, or of the named ones, each with its own Redis, Tally and
web site. Prints one line per check, then "N passed, N failed". The status is 0 only if some passed
and none failed.
"""

import contextlib
import importlib
import pathlib
import signal
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).parent.parent))  # outcomes.py, processes.py

from outcomes import Outcomes
from pages import Site
from processes import Tally
from webdriver import Browser


class Context:
    """The browser, Tally and web site of a check."""

    def __init__(self, browser, tally, site):
        self.browser = browser
        self.tally = tally
        self.site = site

    def visits_are(self, expected, counter=None):
        visits = self.tally.redis.visits(counter)
        assert visits == expected, f"{visits} visits of {counter or 'visits'}, not {expected}"


def run(check, browser):
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        tally, site = Tally(folder), Site()
        stack.callback(site.end)
        stack.callback(tally.end)
        stack.callback(browser.open, "about:blank")  # no page outlives its check
        check(Context(browser, tally, site))


def checks(names):
    here = pathlib.Path(__file__).parent
    for name in names or sorted(file.stem for file in here.glob("*_checks.py")):
        yield from importlib.import_module(name).CHECKS


def main():
    # Raises SystemExit, so that the exit stack ends the processes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    outcomes = Outcomes()
    with contextlib.ExitStack() as stack:
        # Chromium may still write to its profile after it has ended.
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        browser = Browser(pathlib.Path(stack.enter_context(folder)))
        stack.callback(browser.end)
        for check in checks(sys.argv[1:]):
            outcomes.run(check.__doc__, run, check, browser)
    outcomes.exit()


if __name__ == "__main__":
    main()
