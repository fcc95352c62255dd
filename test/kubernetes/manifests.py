"""What Kustomize builds from deploy/kubernetes, and from the example in docs/kubernetes.md."""

import contextlib
import pathlib
import re
import shutil
import subprocess
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy/kubernetes"


class Manifests:
    """The objects of one build."""

    def __init__(self, objects):
        self.objects = objects

    def all(self, *kinds):
        return [each for each in self.objects if each["kind"] in kinds]

    def one(self, kind, name):
        """The object with this name, or with this name and a hash of its content."""
        found = [
            each
            for each in self.all(kind)
            if re.fullmatch(re.escape(name) + "(-[a-z0-9]{10})?", each["metadata"]["name"])
        ]
        assert len(found) == 1, f"{len(found)} objects {kind}/{name}, not one"
        return found[0]

    def workloads(self):
        return self.all("Deployment", "StatefulSet")

    def pod(self, name):
        """The pod's specification."""
        (workload,) = (each for each in self.workloads() if each["metadata"]["name"] == name)
        return workload["spec"]["template"]["spec"]

    def container(self, name, of=None):
        (container,) = (each for each in self.pod(of or name)["containers"] if each["name"] == name)
        return container

    def containers(self):
        """Each container with the name and the specification of its pod."""
        for workload in self.workloads():
            pod = workload["spec"]["template"]["spec"]
            for container in pod.get("initContainers", []) + pod["containers"]:
                yield f"{workload['metadata']['name']}/{container['name']}", pod, container

    def environment(self, container):
        values = {}
        for source in container.get("envFrom", []):
            values |= self.one("ConfigMap", source["configMapRef"]["name"])["data"]
        return values | {each["name"]: each.get("value") for each in container.get("env", [])}


def security(pod, container, field):
    """A field of the security context: the container's, or else the pod's."""
    of_pod = pod.get("securityContext", {}).get(field)
    return container.get("securityContext", {}).get(field, of_pod)


def build(folder):
    tool = ["kustomize", "build"] if shutil.which("kustomize") else ["kubectl", "kustomize"]
    result = subprocess.run([*tool, folder], capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{' '.join(tool)} {folder}: {result.stderr.strip()}"
    objects = list(yaml.safe_load_all(result.stdout))
    assert objects, f"{folder}: nothing was built"
    return Manifests(objects)


@contextlib.contextmanager
def example(*uncommented):
    """A folder with the kustomization of docs/kubernetes.md, and with what the page puts beside it."""
    page = (ROOT / "docs/kubernetes.md").read_text().replace("\n   ", "\n")  # out of its list
    (text,) = re.findall(r"```yaml\n(# kustomization\.yaml\n.*?)```", page, re.S)
    for name in uncommented:
        line = f"- tally/deploy/kubernetes/components/{name}\n"
        assert f"# {line}" in text, f"the example has no line for {name}"
        text = text.replace(f"# {line}", line)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "kustomization.yaml").write_text(text)
        (folder / "redis-password").write_text("a secret")
        (folder / "tally").symlink_to(ROOT)
        yield folder


def build_all():
    builds = {"base": build(FOLDER / "base")}
    for overlay in sorted((FOLDER / "overlays").iterdir()):
        builds[overlay.name] = build(overlay)
    with example() as folder:
        builds["example"] = build(folder)
    with example("external-redis") as folder:
        builds["example with external-redis"] = build(folder)
    return builds
