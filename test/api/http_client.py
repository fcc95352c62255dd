"""One request on a connection of its own, byte by byte as the test wants it."""

import http.client
import socket

from processes import DEADLINE


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        assert len(self.headers) == len(response.getheaders()), "a header occurs twice"
        self.type = self.headers.get("content-type", "").split(";")[0]
        self.body = response.read()


class Request:
    """Has been sent; answer() waits for the response."""

    def __init__(self, port, method, target, *fields, version="HTTP/1.1", end="\r\n"):
        lines = [f"{method} {target} {version}", "Host: localhost", "Connection: close", *fields]
        self.method = method
        self.socket = socket.create_connection(("127.0.0.1", port), DEADLINE)
        self.socket.sendall(("\r\n".join(lines) + "\r\n" + end).encode())

    def answer(self, refused=False):
        # Tally may refuse a request before it knows the method: then HEAD gets a body.
        response = http.client.HTTPResponse(self.socket, method=None if refused else self.method)
        with self.socket:
            response.begin()
            return Answer(response)


def ask(port, method, target, *fields):
    return Request(port, method, target, *fields).answer()
