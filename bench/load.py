"""The clients: wrk for the load, a small one of our own that accounts for each answer."""

import functools
import http.client
import json
import os
import pathlib
import subprocess

SCRIPT = pathlib.Path(__file__).parent / "wrk.lua"
ERRORS = ("connect", "read", "write", "timeout", "status")


def wrk(cores, url, connections, seconds, around=()):
    """Loads the url over connections that are kept open; `around` is a command that runs wrk.
    The numbers of wrk.lua: times in microseconds, status: answers other than 2xx and 3xx."""
    load = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", SCRIPT, url]
    output = subprocess.run(
        [*around, *load],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    ).stdout
    return json.loads(output.splitlines()[-1])


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
