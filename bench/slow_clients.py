#!/usr/bin/env python3
"""Holds many slow clients against Tally and asks what an honest one feels.

Usage: bench/slow_clients.py TALLY [CLIENTS]

Three kinds, one after another: clients that drip their headers, that drip a
body, and that do not read their answers. Those that are cut come back. wrk is
the honest client; the bound on its p99 is twice what it is unloaded.
"""

import contextlib
import os
import pathlib
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time

HEAD = b"GET /count HTTP/1.1\r\nHost: a\r\nX: "
BODY = b"POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n"
MANY = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 400
SECONDS = 6  # less than any deadline but that of a request


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


class SlowClients(threading.Thread):
    """Keeps `count` connections that send `first` and then a byte a second."""

    def __init__(self, port, count, first, drip):
        super().__init__()
        self.port, self.count, self.first, self.drip = port, count, first, drip
        self.leaving = threading.Event()
        self.cut = 0
        self.connected = threading.Event()

    def open(self):
        each = socket.socket()
        if not self.drip:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        each.connect(("127.0.0.1", self.port))
        each.setblocking(False)
        with contextlib.suppress(OSError):
            each.send(self.first)
        return each

    def run(self):
        os.nice(19)  # of this thread alone: the honest client goes first
        held = [self.open() for _ in range(self.count)]
        self.connected.set()
        while not self.leaving.is_set():
            for i, each in enumerate(held):  # a round a second, evenly spread
                if i % 20 == 0 and self.leaving.wait(20 / self.count):
                    break
                try:
                    if self.drip:
                        each.send(b"x")
                        if each.recv(4096, socket.MSG_PEEK):
                            raise ConnectionError  # it was answered: 408
                    elif each.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                        raise ConnectionError
                except BlockingIOError:
                    continue
                except OSError:
                    self.cut += 1
                    each.close()
                    held[i] = self.open()
        for each in held:
            each.close()


def wrk(port):
    """The p99 of an honest client's /count in ms, and requests a second."""
    out = subprocess.run(
        ["taskset", "-c", "1", "wrk", "-t1", "-c8", f"-d{SECONDS}s", "--latency",
         f"http://127.0.0.1:{port}/count"], capture_output=True, text=True, check=True).stdout
    units = {"us": 1e-3, "ms": 1, "s": 1e3}
    for line in out.splitlines():
        if "99%" in line:
            text = line.split()[1]
            unit = "us" if text.endswith("us") else "ms" if text.endswith("ms") else "s"
            p99 = float(text.removesuffix(unit)) * units[unit]
        if "Requests/sec" in line:
            rate = float(line.split()[1])
        if "Non-2xx" in line or "Socket errors" in line:
            print("  " + line.strip())
    return p99, rate


def state(pid):
    rss = next(line.split()[1] for line in pathlib.Path(f"/proc/{pid}/status").open()
               if line.startswith("VmRSS"))
    return len(os.listdir(f"/proc/{pid}/fd")), int(rss)


def main():
    tally_path, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    redis_port, port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        redis = subprocess.Popen(
            ["taskset", "-c", "1", "redis-server", "--port", str(redis_port), "--dir", folder,
             "--appendonly", "yes", "--save", ""], stdout=subprocess.DEVNULL)
        tally = subprocess.Popen(
            ["taskset", "-c", "0", tally_path], stderr=subprocess.DEVNULL,
            env={**os.environ, "REDIS_PORT": str(redis_port), "PORT": str(port),
                 "TALLY_THREADS": "1"})
        try:
            wait_for(redis_port)
            wait_for(port)
            time.sleep(1)
            wrk(port)
            print(f"baseline: descriptors, RSS kB: {state(tally.pid)}")
            for kind, first, drip in (("headers", HEAD, True), ("body", BODY, True),
                                      ("answers not read", MANY, False)):
                before, rate = wrk(port)
                slow = SlowClients(port, count, first, drip)
                slow.start()
                slow.connected.wait()
                time.sleep(2)  # what they ask for until they are stuck is a flood, and not slow
                during, slowed = wrk(port)
                at = state(tally.pid)
                slow.leaving.set()
                slow.join()
                for _ in range(200):
                    if state(tally.pid)[0] < 30:
                        break
                    time.sleep(0.1)
                time.sleep(1)  # a sweep
                print(f"{count} slow with {kind}: p99 {before:.2f} -> {during:.2f} ms "
                      f"({during / before:.2f}x), {rate:.0f} -> {slowed:.0f}/s, {slow.cut} cut, "
                      f"then (descriptors, RSS kB): {at} -> {state(tally.pid)}")
        finally:
            tally.terminate()
            tally.wait()
            redis.terminate()
            redis.wait()


if __name__ == "__main__":
    main()
