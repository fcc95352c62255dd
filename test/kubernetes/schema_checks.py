"""The objects have the form that the Kubernetes API and the Prometheus operator expect."""

import functools
import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).parent


@functools.cache
def install():
    """npm installs the schemas, in the versions that package-lock.json has, if they are missing."""
    if not (HERE / "node_modules/kubernetes-models").exists():
        command = ["npm", "ci", "--prefix", HERE, "--ignore-scripts", "--no-audit", "--no-fund"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, f"npm ci failed: {result.stderr.strip()}"


def errors(builds):
    install()
    objects = [
        (f"{build}: {each['kind']}/{each['metadata']['name']}", each)
        for build, manifests in builds.items()
        for each in manifests.objects
    ]
    command = ["node", HERE / "validate.mjs"]
    result = subprocess.run(command, input=json.dumps(objects), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def valid(builds):
    """each object is valid by the schema of its kind, and has no unknown field"""
    found = errors(builds)
    assert not found, "\n      ".join(found)


CHECKS = [valid]
