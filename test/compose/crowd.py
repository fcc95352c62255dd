#!/usr/bin/env python3
"""Visits /count with many clients on keep-alive connections until SIGTERM, and reports outcomes.

    crowd.py PORT CLIENTS FILE

Once a second, FILE gets the number of visits so far. At the end, stdout gets one line of JSON:

  shown     200: `distinct` of the numbers are different, `largest` is the largest
  refused   503, or no connection: not counted
  unknown   504, or the connection broke after the request was sent: counted or not
  other     any other status
  pause     the longest time without a 200, in seconds
"""

import collections
import json
import os
import signal
import socket
import sys
import threading
import time

REQUEST = b"GET /count HTTP/1.1\r\nHost: localhost\r\n\r\n"
# Seconds between two visits of a client. Clients without a pause would use the whole processor and
# slow down the start of the containers.
INTERVAL = 0.1
stopping = threading.Event()


class Client(threading.Thread):
    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = port
        self.outcomes = collections.Counter()
        self.numbers = []
        self.times = []  # of the visits that got 200

    def run(self):
        connection = None
        due = time.monotonic()
        while not stopping.wait(max(0, due - time.monotonic())):
            due = max(due, time.monotonic() - INTERVAL) + INTERVAL
            outcome, connection = self.visit(connection)
            self.outcomes[outcome] += 1
            if outcome != "200":
                stopping.wait(1)  # the value of Retry-After

    def visit(self, connection):
        if not connection:
            try:
                connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
            except OSError:
                return "no connection", None
        try:
            connection.sendall(REQUEST)
            status, body, keep = read_response(connection)
        except (OSError, EOFError):
            connection.close()
            return "broken", None
        if status == "200":
            self.numbers.append(int(body))
            self.times.append(time.monotonic())
        if not keep:
            connection.close()
        return status, connection if keep else None


def read_response(connection):
    received = b""
    while b"\r\n\r\n" not in received:
        received += receive(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(fields[b"content-length"]):
        body += receive(connection)
    return head[9:12].decode(), body, fields.get(b"connection") != b"close"


def receive(connection):
    received = connection.recv(4096)
    if not received:
        raise EOFError
    return received


def main():
    port, count, file = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    clients = [Client(port) for _ in range(count)]
    for client in clients:
        client.start()
    while not stopping.wait(1):
        with open(file + ".new", "w") as progress:
            print(sum(client.outcomes.total() for client in clients), file=progress)
        os.replace(file + ".new", file)  # so that no reader sees an empty file
    for client in clients:
        client.join(30)
    outcomes = sum((client.outcomes for client in clients), collections.Counter())
    numbers = [number for client in clients for number in client.numbers]
    times = sorted(time for client in clients for time in client.times)
    print(json.dumps({
        "visits": outcomes.total(),
        "shown": len(numbers),
        "distinct": len(set(numbers)),
        "largest": max(numbers, default=0),
        "refused": outcomes["503"] + outcomes["no connection"],
        "unknown": outcomes["504"] + outcomes["broken"],
        "other": outcomes.total() - len(numbers) - sum(
            outcomes[outcome] for outcome in ("503", "no connection", "504", "broken")),
        "pause": round(max((b - a for a, b in zip(times, times[1:])), default=0), 1),
        "outcomes": outcomes,
    }))


main()
