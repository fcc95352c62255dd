"""The situations in which Tally gives each documented response."""

import signal
import threading

from checks import ACCEPT, SELECTING
from http_client import ask
from processes import eventually

NAME = "example.com/blog~post_1-a"  # fits /hit and /get as well
KEY = f"{{visits}}:{NAME}"


def target(operation, name=NAME):
    namespace, _, key = name.partition("/")
    path = operation.path.replace("{name}", name)
    return path.replace("{namespace}", namespace).replace("{key}", key)


def named(operation):
    return "{" in operation.path


def ready(tally):
    return ask(tally.port, "GET", "/readyz").status == 200


def succeed(checker, tally):
    """Without a fault each operation succeeds, in each format."""
    ask(tally.port, "POST", f"/count/{NAME}")
    for operation in checker.description.operations:
        status = 204 if operation.method == "OPTIONS" else 200
        accepts = SELECTING if status == 204 else ACCEPT
        checker.expect(tally.port, operation, status, target(operation), accepts=accepts)


def revalidate(checker, tally):
    """Files that the client has are not sent again."""
    for operation in checker.description.operations:
        if not operation.documents(304):
            continue
        etag = ask(tally.port, "GET", operation.path).headers["etag"]
        for value in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            checker.expect(tally.port, operation, 304, operation.path, f"If-None-Match: {value}")
        checker.expect(tally.port, operation, 200, operation.path, 'If-None-Match: "other"')


def forbid(checker, tally):
    """At the limit of counters a new name gets 403; the others still count."""
    ask(tally.port, "POST", f"/count/{NAME}")
    for operation in checker.description.operations:
        if operation.documents(403):
            checker.expect(tally.port, operation, 403, target(operation, "example.com/new"))
            checker.expect(tally.port, operation, 200, target(operation))
        elif operation.method == "HEAD" and named(operation) and "/get/" not in operation.path:
            checker.expect(tally.port, operation, 200, target(operation, "example.com/new"))
    if tally.redis.command("EXISTS {visits}:example.com/new"):
        checker.note("403", "the counter exists")


forbid.environment = {"TALLY_MAX_COUNTERS": "1"}


def takes_key(operation):
    return any(each["name"] == "Idempotency-Key" for each in operation.parameters)


def repeat(checker, tally):
    """A key is counted once, on one counter; an invalid one gets 400, and others ignore it."""
    for number, operation in enumerate(checker.description.operations):
        fields = [f'Idempotency-Key: "{number}"']
        if not takes_key(operation):
            assert not operation.documents(422), operation
            status = 204 if operation.method == "OPTIONS" else 200
            checker.expect(tally.port, operation, status, target(operation), *fields)
            continue
        first, second = (ask(tally.port, operation.method, target(operation), *fields)
                         for _ in range(2))  # fmt: skip
        if first.body != second.body:
            checker.note(f"{operation}, repeated", f"{first.body}, then {second.body}")
        checker.compare(operation, 200, first)
        checker.expect(tally.port, operation, 400, target(operation), "Idempotency-Key: a b")
        other = [f"Idempotency-Key: other-{number}"]
        ask(tally.port, "POST", "/count/other", *other)
        checker.expect(tally.port, operation, 422, target(operation), *other)
    if tally.redis.visits("other") != sum(map(takes_key, checker.description.operations)):
        checker.note("422", "it was counted on another counter")


def fail_each(checker, tally, status):
    for operation in checker.description.operations:
        if operation.documents(status):
            checker.expect(tally.port, operation, status, target(operation))


def be_broken(checker, tally):
    """A key that holds no number gets 500."""
    for key in ("visits", KEY):
        tally.redis.command(f"RPUSH {key} text")
    fail_each(checker, tally, 500)


def lose_redis(checker, tally):
    """Without Redis there is 503; the pages and files remain."""
    tally.redis.end()
    eventually(lambda: not ready(tally), "Tally notices that Redis is gone")
    fail_each(checker, tally, 503)
    for operation in checker.description.operations:
        if operation.method != "OPTIONS" and not operation.documents(503):
            checker.expect(tally.port, operation, 200, target(operation))


def freeze_redis(checker, tally, operation):
    """A request whose reply does not come in time gets 504."""
    ask(tally.port, "POST", f"/count/{NAME}")
    for accept in SELECTING:
        eventually(lambda: ready(tally), "Tally is connected")
        tally.redis.process.send_signal(signal.SIGSTOP)
        resume = threading.Timer(10, tally.redis.process.send_signal, [signal.SIGCONT])
        try:
            field = [f"Accept: {accept}"] if accept else []
            answer = ask(tally.port, operation.method, target(operation), *field)
        finally:
            resume.cancel()
            tally.redis.process.send_signal(signal.SIGCONT)
        checker.compare(operation, 504, answer, accept)
        visit = operation.method != "HEAD" and operation.path.startswith(("/count", "/hit"))
        if answer.type == "application/problem+json" and operation.method != "HEAD":
            expected = b'"unknown"' if visit else b'"no"'
            if expected not in answer.body:
                checker.note(f"{operation}, 504", answer.body)


# Runs once for each operation that documents this status, in parallel: a request for a total waits
# 2 s for the reply of Redis.
freeze_redis.parallel_for_status = 504
# One worker: ready() could ask one that is connected, and the visit reach one that is not yet.
freeze_redis.environment = {"TALLY_VISIT_TIMEOUT_MS": "200", "TALLY_THREADS": "1"}
