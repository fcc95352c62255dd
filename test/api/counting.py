"""What the description says in words: what counts, which names are valid, what badges show."""

import json
import re
import urllib.parse

from description import is_valid
from http_client import ask
from scenarios import NAME, target

PREFETCH = ["Sec-Purpose: prefetch", "Sec-Purpose: prefetch;prerender", "Purpose: prefetch",
            "X-Moz: prefetch", "X-Purpose: preview"]  # fmt: skip


ODD = ["", "<\"&'>", "\u00fc" * 70, "\u202e", "#12345g", "javascript:"]


def total(tally, name=NAME):
    answer = ask(tally.port, "GET", f"/total/{name}", "Accept: application/json")
    return json.loads(answer.body)["total"]


def count(checker, tally):
    """Exactly the documented operations count, each by one, and none of them for a prefetch."""
    for operation in checker.description.operations:
        name = NAME if "{" in operation.path else "visits"
        counts = operation.method in ("GET", "POST") and (
            operation.path.startswith(("/count", "/hit")) or operation.path.endswith(".svg")
        )
        fields = [[]] + [[each] for each in PREFETCH]
        for field in fields:
            before = total(tally, name)
            answer = ask(tally.port, operation.method, target(operation), *field)
            expected = before + (counts and not field)
            if total(tally, name) != expected:
                checker.note(f"{operation} {field}", f"the total is not {expected}")
            numbers = re.findall(rb"[0-9]+", answer.body.split(b'"value":')[-1])
            if operation.path.startswith(("/count", "/total", "/hit", "/get")) and answer.body:
                if int(numbers[-1]) != expected:
                    checker.note(f"{operation} {field}", f"it shows {answer.body}, not {expected}")
    for path in ("/badge.svg", f"/badge/{NAME}.svg"):
        before = total(tally), total(tally, "visits")
        ask(tally.port, "GET", f"{path}?count=no")
        if before != (total(tally), total(tally, "visits")):
            checker.note(path, "count=no counts")


def name(checker, tally):
    """A name that the description permits is a counter; its encodings are the same counter."""
    schema = checker.description.whole["components"]["schemas"]["Name"]
    good = ["a", "_", "~", "-", "a.b", "A/b/C", "a.svg", "b.json", "1" * 128, "count/total", "a.."]
    for each in good:
        assert is_valid(schema, each), f"the description forbids the name {each}"
        path = f"/count/{each}"
        numbers = [ask(tally.port, "POST", path).body for _ in range(2)]
        if numbers != [b"1\n", b"2\n"] or total(tally, each) != 2:
            checker.note(f"POST {path}", f"it shows {numbers}")
    encoded = "".join(f"%{ord(each):02x}" for each in "A") + "/%62/%43"
    if ask(tally.port, "POST", f"/count/{encoded}").body != b"3\n":
        checker.note(f"POST /count/{encoded}", "it is another counter")
    ask(tally.port, "POST", "/count")
    if ask(tally.port, "POST", "/count/visits").body != b"2\n":
        checker.note("POST /count/visits", "it is not the default counter")


def parameters(operation):
    """Queries with each documented parameter."""
    for each in operation.parameters:
        if each["in"] == "query":
            schema = each["schema"]
            values = schema.get("enum", []) + [schema.get("default"), each.get("example")]
            values += [value for kind in schema.get("anyOf", []) for value in kind.get("enum", [])]
            for value in [*filter(None, values), *ODD]:
                yield each["name"], value


def draw(checker, tally):
    """Badges accept every documented parameter, and escape or ignore what is not documented."""
    for operation in checker.description.operations:
        if operation.method != "GET" or not operation.path.startswith("/badge"):
            continue
        for key, value in parameters(operation):
            query = urllib.parse.urlencode({key: value})
            path = f"{target(operation)}?{query}"
            checker.expect(tally.port, operation, 200, path)
            body = ask(tally.port, "GET", path).body.decode()
            if key == "label" and value == "page views" and value not in body:
                checker.note(path, "the label is missing")
            if "javascript" in body and key != "label":
                checker.note(path, "it contains an unknown value")
        for broken in ("?", "?label", "?label=%zz", "?=&&", "?color=red&color=blue", "?x=1"):
            checker.expect(tally.port, operation, 200, target(operation) + broken)
    tally.redis.command(f"SET {{visits}}:{NAME} 12345")
    tally.redis.command("INCR {visits}:.epoch")
    badge = ask(tally.port, "GET", f"/badge/{NAME}.json?format=short&label=a%20b").body
    if (json.loads(badge)["message"], json.loads(badge)["label"]) != ("12.3k", "a b"):
        checker.note("format=short", badge)
