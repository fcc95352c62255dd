"""docs/openapi.yaml, with its references resolved."""

import pathlib
import re

import jsonschema
import yaml

from processes import ROOT

METHODS = ("get", "head", "post", "options")
HERE = pathlib.Path(__file__).parent


class Operation:
    def __init__(self, path, method, item):
        self.path = path
        self.method = method.upper()
        self.id = item[method]["operationId"]
        self.responses = item[method]["responses"]
        self.parameters = item.get("parameters", []) + item[method].get("parameters", [])

    def __str__(self):
        return f"{self.method} {self.path}"

    def response(self, status):
        """The description of the response with this status; None if there is none."""
        default = self.responses["default"]
        if status in default["x-text-statuses"]:
            text = {"text/plain": default["content"]["text/plain"]}
            return default | {"content": text}
        return self.responses.get(str(status)) or (
            default if status in default["x-statuses"] else None
        )

    def statuses(self):
        """All documented statuses."""
        named = {int(status) for status in self.responses if status != "default"}
        return named | set(self.responses["default"]["x-statuses"])

    def documents(self, status):
        return status in self.statuses()


class Description:
    def __init__(self):
        self.raw = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text())
        self.used = set()  # references
        self.whole = self._resolve(self.raw)
        self.paths = self.whole["paths"]
        self.operations = [
            Operation(path, method, item)
            for path, item in self.paths.items()
            for method in METHODS
            if method in item
        ]

    def _resolve(self, node):
        if isinstance(node, list):
            return [self._resolve(each) for each in node]
        if not isinstance(node, dict):
            return node
        others = {key: self._resolve(value) for key, value in node.items() if key != "$ref"}
        if "$ref" not in node:
            return others
        self.used.add(node["$ref"])
        target = self.raw
        for step in node["$ref"].removeprefix("#/").split("/"):
            assert step in target, f"{node['$ref']} does not exist"
            target = target[step]
        return self._resolve(target) | others

    def check(self):
        """Raises an error if the document is not OpenAPI 3.1, or contradicts itself."""
        schema = yaml.safe_load((HERE / "openapi-3.1.schema.yaml").read_text())
        validate(schema, self.raw, "docs/openapi.yaml")
        for kind, components in self.raw["components"].items():
            unused = {f"#/components/{kind}/{name}" for name in components} - self.used
            assert not unused, f"nothing refers to {unused}"
        ids = [operation.id for operation in self.operations]
        assert len(ids) == len(set(ids)), "an operationId occurs twice"
        for operation in self.operations:
            documented = {each["name"] for each in operation.parameters if each["in"] == "path"}
            assert set(re.findall("{(.*?)}", operation.path)) == documented, operation
        for schema in schemas(self.whole):
            jsonschema.Draft202012Validator.check_schema(schema)
            for example in schema.get("examples", []):
                validate(schema, example, "an example")


def schemas(node):
    """All schemas of the document, and those of its components."""
    if isinstance(node, list):
        for each in node:
            yield from schemas(each)
    elif isinstance(node, dict):
        if "schemas" in node:
            yield from node["schemas"].values()
        if "schema" in node:
            yield node["schema"]
        for each in node.values():
            yield from schemas(each)


def is_valid(schema, value):
    return jsonschema.Draft202012Validator(schema).is_valid(value)


def validate(schema, value, what):
    error = jsonschema.exceptions.best_match(
        jsonschema.Draft202012Validator(schema).iter_errors(value)
    )
    if error:
        place = "/".join(str(step) for step in error.absolute_path)
        raise AssertionError(f"{what}{place and ' at ' + place}: {error.message[:300]}")
