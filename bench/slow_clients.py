#!/usr/bin/env python3
"""Measures the latency of a normal client while many slow clients are connected to Tally.

Usage: bench/slow_clients.py TALLY [CLIENTS]

There are three kinds of slow clients, one after another: they drip their headers, drip a body, or
do not read their responses. A client that Tally disconnects reconnects immediately. wrk is the
normal client, without and with the slow clients in turn; its p99 may at most double. As root, the
slow clients have priority over the processes that are measured.
"""

import contextlib
import multiprocessing
import os
import pathlib
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HEAD = b"GET /count HTTP/1.1\r\nHost: a\r\nX: "
BODY = b"POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n"
MANY = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 400
SECONDS = 6  # of each measurement
ROUNDS = 5
OPENING = 5  # seconds; as long as Tally's timeout, so that disconnections are spread evenly too
BATCH = 5  # clients between two pauses: a pause costs wrk more than five clients do


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


class SlowClients:
    """Keeps `count` connections that send `first` and, if `drip`, one byte a second after it.

    They are in a process of highest priority: packets of remote clients do not wait for the
    scheduler either.
    """

    def __init__(self, port, count, first, drip):
        self.port, self.count, self.first, self.drip = port, count, first, drip
        self.opened = multiprocessing.Event()
        self.stopping = multiprocessing.Event()
        self.disconnected = multiprocessing.Value("i", 0)
        self.process = multiprocessing.Process(target=self.run)

    def __enter__(self):
        self.process.start()
        self.opened.wait()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.process.join()

    def open(self):
        each = socket.socket()
        if not self.drip:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        each.connect(("127.0.0.1", self.port))
        each.setblocking(False)
        with contextlib.suppress(OSError):
            each.send(self.first)
        return each

    def is_disconnected(self, each):
        try:
            if not self.drip:
                return each.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0
            each.send(b"x")
            each.recv(4096, socket.MSG_PEEK)
            return True  # a response (408), or the end of the stream
        except BlockingIOError:
            return False
        except OSError:
            return True

    def run(self):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.sched_setaffinity(0, {1})
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        held, due = [], time.monotonic()
        while not self.stopping.is_set():
            seconds = 1 if self.opened.is_set() else OPENING
            for i in range(self.count):
                if i % BATCH == 0:
                    due += seconds * BATCH / self.count
                    time.sleep(max(0, due - time.monotonic()))
                if i == len(held):
                    held.append(self.open())
                elif self.is_disconnected(held[i]):
                    self.disconnected.value += 1
                    held[i].close()
                    held[i] = self.open()
            self.opened.set()
        for each in held:
            each.close()


def wrk(port):
    """The p99 of a normal client's /count in ms, and its requests per second."""
    output = subprocess.run(
        ["taskset", "-c", "1", "wrk", "-t1", "-c8", f"-d{SECONDS}s", "--latency",
         f"http://127.0.0.1:{port}/count"], capture_output=True, text=True, check=True).stdout
    units = {"us": 1e-3, "ms": 1, "s": 1e3}
    for line in output.splitlines():
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


def measure(pid, port, kind, slow_clients):
    baseline, loaded, disconnected = [], [], 0
    for _ in range(ROUNDS):
        baseline.append(wrk(port))
        with slow_clients() as slow:
            loaded.append(wrk(port))
            loaded_state = state(pid)
        disconnected += slow.disconnected.value
        for _ in range(200):
            if state(pid)[0] < 30:
                break
            time.sleep(0.1)
        time.sleep(1)  # a sweep
    for a, b in zip(baseline, loaded):
        print(f"  p99 {a[0]:.2f} -> {b[0]:.2f} ms, {a[1]:.0f} -> {b[1]:.0f}/s")
    medians = [statistics.median(p99 for p99, _ in runs) for runs in (baseline, loaded)]
    print(f"slow with {kind}: median p99 {medians[0]:.2f} -> {medians[1]:.2f} ms, "
          f"{medians[1] / medians[0]:.2f}x; {disconnected} disconnected; "
          f"descriptors, RSS kB: {loaded_state} -> {state(pid)}", flush=True)


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
                                      ("responses not read", MANY, False)):
                measure(tally.pid, port, kind, lambda: SlowClients(port, count, first, drip))
        finally:
            tally.terminate()
            tally.wait()
            redis.terminate()
            redis.wait()


if __name__ == "__main__":
    main()
