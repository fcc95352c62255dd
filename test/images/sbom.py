"""Validates a bill of materials on stdin against the schema of CycloneDX 1.6, and prints it a line
per component: name, version and licence. The argument is the folder of the schemas."""

import json
import pathlib
import sys

import jsonschema

folder = pathlib.Path(sys.argv[1])
schemas = [json.loads((folder / name).read_text()) for name in
           ("bom-1.6.SNAPSHOT.schema.json", "spdx.SNAPSHOT.schema.json",
            "jsf-0.82.SNAPSHOT.schema.json")]
resolver = jsonschema.RefResolver.from_schema(schemas[0], store={
    schema["$id"].replace(".schema", ".SNAPSHOT.schema"): schema for schema in schemas[1:]})
bill = json.load(sys.stdin)
jsonschema.Draft7Validator(schemas[0], resolver=resolver).validate(bill)

references = [component["bom-ref"] for component in bill["components"]]
assert references and len(set(references)) == len(references)
assert bill["dependencies"] == [{"ref": "tally", "dependsOn": references}]
for component in bill["components"]:
    assert component["purl"] == component["bom-ref"]
    print(component["name"], component["version"], component["licenses"][0]["expression"])
print("sha256", bill["metadata"]["component"]["hashes"][0]["content"])
