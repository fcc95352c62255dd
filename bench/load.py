"""The clients: wrk for the closed loop, open_loop.cpp for the open one, and a small one that
accounts for each answer."""

import contextlib
import functools
import http.client
import json
import os
import pathlib
import subprocess

from servers import BUILD, ROOT, build

SCRIPT = pathlib.Path(__file__).parent / "wrk.lua"
ERRORS = ("connect", "read", "write", "timeout", "status")
OPEN_LOOP_ERRORS = ("connect", "read", "status", "unanswered")
OPEN_LOOP = BUILD / "open_loop"


def wrk(cores, url, connections, seconds, names=0, around=()):
    """Loads the url over connections that are kept open; `around` is a command that runs wrk. {}
    in the url is replaced by a random number below `names`.
    The numbers of wrk.lua: times in microseconds, status: answers other than 2xx and 3xx."""
    load = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", SCRIPT, url]
    load += ["--", str(names)]
    output = subprocess.run(
        [*around, *load],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    ).stdout
    return json.loads(output.splitlines()[-1])


def build_open_loop():
    source = ROOT / "bench/open_loop.cpp"
    build(BUILD, ["c++", "-O2", "-std=c++20", "-o", OPEN_LOOP, source])


@contextlib.contextmanager
def open_loop(cores, port, path, connections, rate, seconds, warm_up):
    """Starts the load and yields a function to call twice: it returns when the warm-up is over,
    then with the numbers when the load is. The connections close with the block."""
    command = [OPEN_LOOP, port, path, connections, rate, seconds, warm_up]
    with subprocess.Popen(
        [str(word) for word in command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    ) as process:

        def await_report():
            line = process.stdout.readline()
            if not line:
                raise RuntimeError("the open loop's load ended early")
            return json.loads(line) if line.startswith("{") else None

        try:
            yield await_report
        except BaseException:
            process.kill()
            raise


def numbers_shown(port, path, requests, connections):
    """What that many requests were answered, all 200: one after the other on each of the
    connections, which all wait at the same time."""
    connect = functools.partial(http.client.HTTPConnection, "127.0.0.1", port, timeout=30)
    clients = [connect() for _ in range(connections)]
    shown = []
    while len(shown) < requests:
        asking = clients[: requests - len(shown)]
        for client in asking:
            client.request("GET", path)
        for client in asking:
            answer = client.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"answered {answer.status}: {text[:80]!r}")
            shown.append(int(text))
    for client in clients:
        client.close()
    return shown
