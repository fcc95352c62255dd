"""Runs the pods of a build as containers: their security context becomes flags of `docker run`.

What Kubernetes itself does is imitated: Services are names in a Docker network, ConfigMaps, Secrets
and claimed volumes are Docker volumes with the modes and groups that a kubelet gives them.
"""

import base64
import io
import json
import subprocess
import tarfile
import time

from manifests import ROOT, security

PREFIX = "tally-kubernetes"
TOOLS = "redis:8.0"  # its programs fill volumes and look at processes


def docker(*arguments, stdin=None, check=True):
    command = ["docker", *map(str, arguments)]
    result = subprocess.run(command, input=stdin, capture_output=True, check=False)
    output = result.stdout.decode().strip()
    assert not check or result.returncode == 0, f"{' '.join(command)}: {output} {result.stderr.decode().strip()}"
    return output if check else result.returncode


def eventually(seconds, condition, *arguments):
    """Repeats the condition, which returns an error or None, until it returns None."""
    deadline = time.monotonic() + seconds
    while error := condition(*arguments):
        assert time.monotonic() < deadline, f"not in {seconds} s: {error}"
        time.sleep(0.1)


def archive(files, mode, group):
    """A tar of a volume: its root, and the files in it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in {".": None, **files}.items():
            entry = tarfile.TarInfo(name)
            entry.gid = group
            if content is None:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o2775
            else:
                entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content or b""))
    return buffer.getvalue()


class Pods:
    """The pods of a build, one of each workload, in a network. A name is `nginx` or `nginx-exporter`."""

    def __init__(self, manifests):
        self.manifests = manifests
        self.end()
        docker("build", "--quiet", "--tag", f"{PREFIX}/tally", "--file", ROOT / "docker/tally/Dockerfile", ROOT)
        docker("network", "create", PREFIX)
        for workload in ("redis", "tally", "nginx"):
            self.start(workload)

    @staticmethod
    def end():
        label = f"label={PREFIX}"
        for kind, listing in (("container", ["--all"]), ("volume", []), ("network", [])):
            ids = docker(kind, "ls", "--quiet", "--filter", label if kind != "network" else f"name={PREFIX}", *listing)
            if ids:
                docker(kind, "rm", *(["--force", "--volumes"] if kind == "container" else []), *ids.split())
        docker("image", "rm", f"{PREFIX}/tally", check=False)

    def start(self, workload, name=None, extra=()):
        """Starts a pod of the workload; with a name, a further one, which is not in the Service."""
        pod = self.manifests.pod(workload)
        for container in pod["containers"]:
            first = container["name"] == workload
            own = (name or workload) if first else f"{workload}-{container['name']}"
            network = ["--network", PREFIX] if first else ["--network", f"container:{PREFIX}-{workload}"]
            if first and not name:
                network += ["--network-alias", workload]
            if own == "nginx":
                network += ["--publish", "127.0.0.1::5002"]
            command = container.get("command", [])
            image = f"{PREFIX}/tally" if container["name"] == "tally" else container["image"]
            docker(
                *("run", "--detach", "--name", f"{PREFIX}-{own}", "--label", PREFIX, *network),
                *self.flags(pod, container),
                *self.mounts(workload, pod, container),
                *extra,
                *(["--entrypoint", command[0]] if command else []),
                *(image, *command[1:], *container.get("args", [])),
            )

    def flags(self, pod, container):
        """The security context, the limits and the environment."""
        context = container["securityContext"]
        yield from ("--user", f"{security(pod, container, 'runAsUser')}:{security(pod, container, 'runAsGroup')}")
        if "fsGroup" in pod["securityContext"]:
            yield from ("--group-add", pod["securityContext"]["fsGroup"])
        for capability in context["capabilities"]["drop"]:
            yield from ("--cap-drop", capability)
        if context["readOnlyRootFilesystem"]:
            yield "--read-only"
        if context["allowPrivilegeEscalation"] is False:
            yield from ("--security-opt", "no-new-privileges")
        # RuntimeDefault: Docker's default profile, without a flag.
        assert security(pod, container, "seccompProfile") == {"type": "RuntimeDefault"}
        yield from ("--memory", container["resources"]["limits"]["memory"].replace("Mi", "m"))
        if "workingDir" in container:
            yield from ("--workdir", container["workingDir"])
        values = self.manifests.environment(container)
        for variable in container.get("env", []):
            if "valueFrom" in variable:
                source = variable["valueFrom"]["secretKeyRef"]
                values[variable["name"]] = self.secret(source["name"])[source["key"]].decode()
        for name, value in values.items():
            yield from ("--env", f"{name}={value}")

    def secret(self, name):
        data = self.manifests.one("Secret", name)["data"]
        return {key: base64.b64decode(value) for key, value in data.items()}

    def mounts(self, workload, pod, container):
        group = pod["securityContext"].get("fsGroup", 0)
        volumes = {each["name"]: each for each in pod.get("volumes", [])}
        for mount in container.get("volumeMounts", []):
            volume = volumes.get(mount["name"], {})
            if "emptyDir" in volume:
                size = volume["emptyDir"]["sizeLimit"].replace("Mi", "m")
                yield from ("--tmpfs", f"{mount['mountPath']}:mode=2777,gid={group},size={size}")
                continue
            files, mode = {}, 0o644
            if "configMap" in volume:
                data = self.manifests.one("ConfigMap", volume["configMap"]["name"])["data"]
                files = {key: value.encode() for key, value in data.items()}
                mode = volume["configMap"].get("defaultMode", mode)
            elif "secret" in volume:
                files = self.secret(volume["secret"]["secretName"])
                mode = volume["secret"].get("defaultMode", mode)
            name = f"{PREFIX}-{workload}-{mount['name']}"
            if files or not docker("volume", "ls", "--quiet", "--filter", f"name={name}"):
                docker("volume", "create", "--label", PREFIX, name)
                fill = ["run", "--rm", "--interactive", "--user", "0", "--volume", f"{name}:/volume"]
                unpack = ["--entrypoint", "tar", TOOLS, "-C", "/volume", "-x", "-p"]
                docker(*fill, *unpack, stdin=archive(files, mode, group))
            yield from ("--volume", f"{name}:{mount['mountPath']}{':ro' if mount.get('readOnly') else ''}")

    def inspect(self, name, template):
        return docker("inspect", "--format", template, f"{PREFIX}-{name}")

    def ended(self, name):
        """The error if the container has ended."""
        state = json.loads(self.inspect(name, "{{json .State}}"))
        if state["Running"]:
            return None
        result = subprocess.run(["docker", "logs", f"{PREFIX}-{name}"], capture_output=True, check=False)
        return f"{name} ended with {state['ExitCode']}: {(result.stdout + result.stderr).decode()[-300:]}"

    def probe(self, workload, kind, host=None):
        """Does what a kubelet does; returns the error, or None."""
        probe = self.manifests.container(workload)[f"{kind}Probe"]
        if "exec" in probe:
            command = ["exec", f"{PREFIX}-{workload}", *probe["exec"]["command"]]
        else:
            path, url = probe["httpGet"]["path"], f"http://{host or workload}:8080"
            command = ["exec", f"{PREFIX}-nginx", "curl", "--fail", "--silent", "--max-time", "3", url + path]
        return f"{kind} of {workload} fails" if docker(*command, check=False) else None
