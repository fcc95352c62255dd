"""The clients: wrk for the closed loop, open_loop.cpp for the open loop, and one that checks each
number."""

import contextlib
import functools
import http.client
import json
import os
import pathlib
import subprocess

from server import BUILD, ROOT, build

SCRIPT = pathlib.Path(__file__).parent / "wrk.lua"
ERRORS = ("connect", "read", "write", "timeout", "status")
OPEN_LOOP_ERRORS = ("connect", "read", "status", "unanswered")
OPEN_LOOP = BUILD / "open_loop"


def wrk(cores, url, connections, seconds, names=0, accept=None, prefix=()):
    """Runs wrk with connections that are kept open, and returns the numbers of wrk.lua: times in
    microseconds; status: responses other than 2xx and 3xx. `prefix` is a command that runs wrk.
    Each {} in the URL is replaced by a random number below `names`."""
    load = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", SCRIPT]
    if accept:
        load += ["-H", f"Accept: {accept}"]
    load += [url, "--", str(names)]
    output = subprocess.run(
        [*prefix, *load],
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
def open_loop(cores, port, path, connections, rate, seconds, warm_up, names):
    """Starts the load and yields a function to call twice. The first call returns after the
    warm-up, the second one returns the numbers at the end of the load. The connections stay open
    until the block ends. Each {} in the path is replaced by a random number below `names`."""
    command = [OPEN_LOOP, port, path, connections, rate, seconds, warm_up, max(names, 1)]
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
                raise RuntimeError("the open-loop load ended early")
            return json.loads(line) if line.startswith("{") else None

        try:
            yield await_report
        except BaseException:
            process.kill()
            raise


def numbers_shown(port, server, requests, connections):
    """The numbers in the responses, all of status 200. All connections have a request in flight
    at the same time, each one request after another."""
    headers = {"Accept": server.accept} if server.accept else {}
    connect = functools.partial(http.client.HTTPConnection, "127.0.0.1", port, timeout=30)
    clients = [connect() for _ in range(connections)]
    shown = []
    while len(shown) < requests:
        active = clients[: requests - len(shown)]
        for client in active:
            client.request("GET", server.path, headers=headers)
        for client in active:
            response = client.getresponse()
            text = response.read()
            if response.status != 200:
                raise RuntimeError(f"answered {response.status}: {text[:80]!r}")
            shown.append(server.number_in(text))
    for client in clients:
        client.close()
    return shown
