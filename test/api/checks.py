"""Compares responses with the description, and notes what has been seen."""

import json
import xml.etree.ElementTree

from description import validate
from http_client import ask

# Each with the type that it selects of text, JSON and HTML.
SELECTING = {
    "": "text/plain",
    "application/json": "application/json",
    "text/html": "text/html",
}
# What other clients send.
ACCEPT = SELECTING | {
    "*/*": "text/plain",
    "image/png": "text/plain",  # none of them: the default, not 406
    "application/problem+json": "application/json",
    "application/*;q=0.9": "application/json",
    "text/plain;q=0.5, application/json;q=0.6, text/html;q=0.4": "application/json",
    "text/plain;q=0, application/json;q=0, text/html;q=0.001": "text/html",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "text/html",
}
# Headers of HTTP itself, which the description does not repeat (OpenAPI ignores Content-Type).
HTTP = {"server", "date", "connection", "content-type", "content-length"}


def type_for(description, accept):
    """The type of the response to this Accept."""
    types = list(description.get("content", {}))
    wanted = ACCEPT[accept]
    if wanted == "application/json" and "application/problem+json" in types:
        wanted = "application/problem+json"
    return wanted if wanted in types else types[0] if types else ""


def check_body(schema, answer):
    text = answer.body.decode()
    if answer.type.endswith("json"):
        assert text.endswith("}\n"), f"the body has no line end: {text}"
        validate(schema, json.loads(text), "the body")
    else:
        validate(schema, text, "the body")
    if answer.type == "application/problem+json":
        assert json.loads(text)["status"] == answer.status, "the problem has another status"
    if answer.type == "image/svg+xml":
        root = xml.etree.ElementTree.fromstring(text)
        assert root.tag == "{http://www.w3.org/2000/svg}svg", root.tag
        assert root.find("{*}title").text, "the image has no title"


def check_headers(description, answer):
    documented = {name.lower(): each for name, each in description.get("headers", {}).items()}
    for name, header in documented.items():
        if name in answer.headers:
            validate(header["schema"], answer.headers[name], f"the header {name}")
        else:
            assert not header.get("required"), f"the header {name} is missing"
    others = answer.headers.keys() - documented.keys() - HTTP
    assert not others, f"undocumented headers: {others}"
    policy = "content-security-policy" in answer.headers
    assert policy == (answer.type == "text/html"), "only pages have a Content-Security-Policy"


def check(description, answer, accept="", body=True):
    """Raises an error if the answer is not what `description`, of a response, says."""
    expected = type_for(description, accept)
    assert answer.type == expected, f"the type is {answer.type or 'missing'}, not {expected}"
    check_headers(description, answer)
    if expected.startswith("text/"):
        parameters = description.get("x-parameters", "charset=utf-8")
        assert answer.headers["content-type"] == f"{expected}; {parameters}"
    if body and expected:
        check_body(description["content"][expected]["schema"], answer)
    else:
        assert not answer.body, f"the body is not empty: {answer.body[:80]}"


class Checker:
    def __init__(self, description):
        self.description = description
        self.seen = set()  # (operation, status, type)
        self.errors = []

    def note(self, what, error):
        self.errors.append(f"{what}: {error}")
        print(f"FAIL  {what}: {error}", flush=True)

    def compare(self, operation, status, answer, accept="", body=None):
        """Notes an error if the answer to the operation is not the documented one."""
        what = f"{operation}, {status}" + (f", Accept: {accept}" if accept else "")
        try:
            assert answer.status == status, f"the status is {answer.status}: {answer.body[:200]}"
            response = operation.response(status)
            assert response, "this status is not documented"
            check(response, answer, accept, operation.method != "HEAD" if body is None else body)
            self.seen.add((operation.id, status, answer.type))
        except Exception as error:  # of any kind: the other operations are still called
            self.note(what, error)

    def expect(self, port, operation, status, target, *fields, accepts=SELECTING):
        """Calls the operation with each Accept, and compares the responses."""
        for accept in accepts:
            accept_field = [f"Accept: {accept}"] if accept else []
            answer = ask(port, operation.method, target, *accept_field, *fields)
            self.compare(operation, status, answer, accept)

    def missing(self):
        """Documented responses that were not seen."""
        for operation in self.description.operations:
            for status in sorted(operation.statuses()):
                for each in operation.response(status).get("content", {"": None}):
                    if (operation.id, status, each) not in self.seen:
                        yield f"{operation}, {status} {each}"
