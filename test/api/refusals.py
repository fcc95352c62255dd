"""Requests that Tally does not accept."""

from checks import ACCEPT, SELECTING, check
from description import is_valid
from http_client import Request, ask
from scenarios import target

# The number of counters but for the default one: in the register, and as keys.
COUNTERS = (
    "EVAL \"return redis.call('SCARD', '{visits}:.names')"
    " + #redis.call('KEYS', '{visits}:[^.]*')\" 0"
)


def not_found(checker, tally):
    """Invalid names, unknown counters and unknown paths get 404, and make no counter."""
    bad = [".names", "..", "a/.b", "a//b", "/a", "a/", "a%2Fb", "%2e", "a%20b", "a:b", "%zz", "%",
           "a+b", "a/" + "b" * 127, "c" * 129, "%C3%A9", "a%00"]  # fmt: skip
    schema = checker.description.whole["components"]["schemas"]["Name"]
    for name in bad:
        assert not is_valid(schema, name), f"the description permits the name {name}"
    for operation in checker.description.operations:
        if operation.path.startswith("/get/") and operation.method != "OPTIONS":
            checker.expect(tally.port, operation, 404, "/get/example.com/unknown")
        elif operation.documents(404):
            for name in bad:
                checker.expect(tally.port, operation, 404, target(operation, name))
    response = checker.description.whole["x-other-paths"]
    paths = ["/nothing", "/favicon.ico", "/count/", "/total/", "/badge", "/badge/", "/badge/a.png",
             "/hit", "/hit/a", "/hit/a/b/c", "/get/a", "/get/a/b/c", "/get/a/.b", "/COUNT",
             "//count", "/tally.j", "/tally.js/", "/count.json"]  # fmt: skip
    for path in paths:
        for accept in ACCEPT:
            try:
                answer = ask(tally.port, "GET", path, f"Accept: {accept}")
                assert answer.status == 404, answer.status
                check(response, answer, accept)
            except AssertionError as error:
                checker.note(f"GET {path}, Accept: {accept}", error)
    if tally.redis.command(COUNTERS):
        checker.note("404", "it makes a counter")


def not_allowed(checker, tally):
    """A method that is not documented gets 405, with the documented ones in Allow."""
    for path, item in checker.description.paths.items():
        operations = [each for each in checker.description.operations if each.path == path]
        allow = ", ".join(sorted(each.method for each in operations))
        for method in {"POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"}:
            if method in allow:
                continue
            for accept in SELECTING:
                try:
                    field = [f"Accept: {accept}"] if accept else []
                    answer = ask(tally.port, method, target(operations[0]), *field)
                    assert answer.status == 405, answer.status
                    check(item["x-other-methods"], answer, accept)
                    assert answer.headers["allow"] == allow, answer.headers["allow"]
                except AssertionError as error:
                    checker.note(f"{method} {path}, Accept: {accept}", error)
        answer = ask(tally.port, "OPTIONS", target(operations[0]))
        for name in ("allow", "access-control-allow-methods"):
            if answer.headers.get(name, allow) != allow:
                checker.note(f"OPTIONS {path}", f"{name}: {answer.headers[name]}")


REFUSED = {
    400: {"fields": ["Host: another"]},
    413: {"fields": ["Content-Length: 70000"]},
    414: {"query": "?" + "a" * 9000},
    431: {"fields": ["X-Long: " + "a" * 21000]},
    501: {"fields": ["Transfer-Encoding: gzip"]},
    505: {"version": "HTTP/2.0"},
    408: {"end": ""},
}


def refuse(checker, tally):
    """What Tally cannot accept, it refuses on every path in the same way."""
    for status, how in REFUSED.items():
        requests = [
            (
                operation,
                accept,
                Request(
                    tally.port,
                    operation.method,
                    target(operation) + how.get("query", ""),
                    *([f"Accept: {accept}"] if accept else []),
                    *how.get("fields", []),
                    version=how.get("version", "HTTP/1.1"),
                    end=how.get("end", "\r\n"),
                ),
            )
            for operation in checker.description.operations
            for accept in SELECTING
        ]
        for operation, accept, request in requests:
            checker.compare(operation, status, request.answer(refused=True), accept, body=True)


refuse.environment = {"TALLY_REQUEST_TIMEOUT_MS": "1000"}
