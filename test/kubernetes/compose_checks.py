"""The pods have the images, users, limits, health checks and environment of compose.yaml."""

import json
import re

import yaml

from manifests import ROOT, security

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
SERVICES = ("redis", "tally", "nginx")  # each container has the name of its service
EXPORTERS = ("redis", "nginx")

# What Kubernetes has in another form, or what belongs to the engine or the cluster.
# A pod cannot choose pids_limit: it is the kubelet's podPidsLimit.
ELSEWHERE = set("command depends_on logging networks pids_limit ports profiles restart scale secrets".split())
ELSEWHERE |= {"stop_grace_period"}
COMPARED = set("build cap_drop environment image mem_limit read_only security_opt tmpfs user volumes".split())


def dockerfile(path, instruction):
    """The arguments of an instruction; line ends are joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / path).read_text())
    return re.findall(rf"^ *{instruction}(?: |=)(.*)$", text, re.M)


def bytes_of(text):
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi|m|g)", text).groups()
    return int(number) << {"m": 20, "g": 30}[unit[0].lower()]


def pairs(builds):
    """Each compose service with its pod and container, in each build that has them."""
    for build, manifests in builds.items():
        names = [each["metadata"]["name"] for each in manifests.workloads()]
        for service in SERVICES:
            if service in names:
                pod, container = manifests.pod(service), manifests.container(service)
                yield f"{build}: {service}", COMPOSE[service], manifests, pod, container
    manifests = builds["monitoring"]
    for service in EXPORTERS:
        name = f"{service}-exporter"
        pod, container = manifests.pod(service), manifests.container("exporter", service)
        yield f"monitoring: {name}", COMPOSE[name], manifests, pod, container


def known(builds):
    """every setting of a service in compose.yaml is compared here, or has its place elsewhere"""
    assert len(list(pairs(builds))) >= 3 * len(builds), "services are missing"
    for name, service, *_ in pairs(builds):
        assert service.keys() <= ELSEWHERE | COMPARED, f"{name}: {service.keys() - ELSEWHERE - COMPARED}"


def hardening(builds):
    """users, memory, read-only root, capabilities and privileges are those of compose.yaml"""
    for name, service, _, pod, container in pairs(builds):
        user = f"{security(pod, container, 'runAsUser')}:{security(pod, container, 'runAsGroup')}"
        # The exporter of nginx needs no user of its own in the pod of nginx.
        assert user == service["user"] or name.endswith("nginx-exporter"), f"{name}: {user}, not {service['user']}"
        memory = container["resources"]["limits"]["memory"]
        assert bytes_of(memory) == bytes_of(service["mem_limit"]), f"{name}: {memory}, not {service['mem_limit']}"
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] == service["read_only"], name
        assert context["capabilities"]["drop"] == service["cap_drop"], name
        no_new = "no-new-privileges:true" in service["security_opt"]
        assert context["allowPrivilegeEscalation"] is not no_new, name


def writable(builds):
    """the folders in which a service may write are those of compose.yaml"""
    for name, service, _, pod, container in pairs(builds):
        volumes = {each["name"]: each for each in pod.get("volumes", [])}
        mounts = [each for each in container.get("volumeMounts", []) if not each.get("readOnly")]
        mounts = {each["mountPath"]: volumes.get(each["name"]) for each in mounts}
        expected = {}
        for tmpfs in service.get("tmpfs", []):
            path, options = tmpfs.split(":")
            expected[path] = bytes_of(re.search(r"size=(\w+)", options).group(1))
        for volume in service.get("volumes", []):
            expected[volume.split(":")[1]] = None
        assert mounts.keys() == expected.keys(), f"{name}: {mounts.keys()}, not {expected.keys()}"
        for path, size in expected.items():
            if size:
                memory = mounts[path]["emptyDir"]
                assert (memory["medium"], bytes_of(memory["sizeLimit"])) == ("Memory", size), f"{name}: {memory}"
            else:
                assert mounts[path] is None, f"{name}: {path} is not on a claimed volume"


def environment(builds):
    """the environment is that of compose.yaml, and Tally knows every variable"""
    table = re.findall(r'(?:\{|variable = )"([A-Z_]+)"', (ROOT / "src/app/settings_table.cpp").read_text())
    assert len(table) > 25, table
    for name, service, manifests, _, container in pairs(builds):
        actual = manifests.environment(container)
        expected = dict(service.get("environment", {}))
        expected.pop("REDIS_PASSWORD", None), expected.pop("REDIS_PASSWORD_FILE", None)
        if "external-redis" in name:
            expected.pop("REDIS_HOST", None)
        if "exporter" in name:
            expected.pop("REDIS_ADDR", None)  # in the same pod here
        for variable, value in expected.items():
            value = re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", value)
            assert actual.get(variable) == value, f"{name}: {variable} is {actual.get(variable)}, not {value}"
        if container["name"] == "tally":
            assert actual.keys() <= set(table), f"{name}: Tally does not know {actual.keys() - set(table)}"
        if container["name"] in ("tally", "redis"):
            assert actual["REDIS_PASSWORD_FILE"] == "/run/secrets/redis/password", name
            (mount,) = (each for each in container["volumeMounts"] if each["name"] == "password")
            assert mount["mountPath"] == "/run/secrets/redis", name


def images(builds):
    """images and their tags are those of the Dockerfiles and of compose.yaml"""
    (version,) = re.findall(r"^project\(tally VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.M)
    for name, service, manifests, _, container in pairs(builds):
        if container["name"] == "tally":
            expected = f"tally:{version}"
        elif "image" in service:
            expected = service["image"]
        elif isinstance(service["build"], str):
            (expected,) = dockerfile(f"{service['build']}/Dockerfile", "FROM")
        else:  # built from the upstream image, for the password file
            path = f"{service['build']['context']}/{service['build']['dockerfile']}"
            (expected,) = [each.split()[0] for each in dockerfile(path, "FROM") if " AS " in each]
        image = re.sub(r"^registry\.example\.org/", "", container["image"])
        assert image == expected, f"{name}: {image}, not {expected}"


def commands(builds):
    """Redis and nginx start with the commands of their images"""
    for name, service, _, _, container in pairs(builds):
        if container["name"] in ("redis", "nginx"):
            lines = dockerfile(f"{service['build']}/Dockerfile", "(?:ENTRYPOINT|CMD)")
            words = [json.loads(each) for each in lines if "health" not in each]
            command = [word.replace("/usr/local/etc/redis/", "") for word in container["command"]]
            assert command == sum(words, []), f"{name}: {command}, not {words}"
            assert "args" not in container, name


def ports(builds):
    """the ports are those of the images, of redis.conf and of prometheus.yml"""
    (redis,) = re.findall(r"^port (\d+)$", (ROOT / "docker/redis/redis.conf").read_text(), re.M)
    (tally,), (nginx,) = (dockerfile(f"docker/{name}/Dockerfile", "EXPOSE") for name in ("tally", "nginx"))
    scraped = (ROOT / "deploy/prometheus/prometheus.yml").read_text()
    for name, _, manifests, _, container in pairs(builds):
        (port,) = (each["containerPort"] for each in container["ports"])
        if container["name"] == "exporter":
            assert f"{name.split()[-1]}:{port}" in scraped, f"{name}: {port}"
        else:
            expected = {"redis": redis, "tally": tally, "nginx": nginx}[container["name"]]
            assert port == int(expected), f"{name}: {port}, not {expected}"
    for manifests in builds.values():
        (service,) = manifests.one("Service", "tally")["spec"]["ports"]
        upstream = manifests.one("ConfigMap", "nginx")["data"]["replicas.conf"]
        assert f"\nserver tally:{service['port']} " in upstream, upstream


def health(builds):
    """readiness has the command and the times of the health check of each image"""
    for name, _, _, _, container in pairs(builds):
        if container["name"] == "exporter":
            continue
        path = f"docker/{container['name']}/Dockerfile"
        (options,) = dockerfile(path, "HEALTHCHECK")
        times = {key: int(value) for key, value in re.findall(r"--(\w+)=(\d+)s?\b", options)}
        command = json.loads(options[options.index("[") :])
        probe = container["readinessProbe"]
        fields = {"interval": "periodSeconds", "timeout": "timeoutSeconds", "retries": "failureThreshold"}
        actual = {key: probe[field] for key, field in fields.items()}
        assert actual == {key: times[key] for key in actual}, f"{name}: {actual}, not {times}"
        if container["name"] == "tally":  # `tally healthcheck` requests /livez, as the kubelet does here
            assert (command[1], probe["httpGet"]) == ("healthcheck", {"path": "/livez", "port": "http"}), name
        else:
            actual = [word.replace("/usr/local/etc/redis/", "") for word in probe["exec"]["command"]]
            assert actual == command, f"{name}: {actual}, not {command}"


def configuration(builds):
    """nginx and Redis read the files of docker/nginx and docker/redis, unchanged"""
    for name, service, manifests, _, container in pairs(builds):
        if container["name"] in ("redis", "nginx"):
            data = manifests.one("ConfigMap", container["name"])["data"]
            copied = " ".join(dockerfile(f"{service['build']}/Dockerfile", "COPY")).split()
            files = [each for each in copied if not each.startswith("/")]
            assert data.keys() == set(files), f"{name}: {data.keys()}, not {files}"
            for file in set(files) - {"listen.conf", "replicas.conf"}:
                assert data[file] == (ROOT / service["build"] / file).read_text(), f"{name}: {file} differs"


CHECKS = [known, hardening, writable, environment, images, commands, ports, health, configuration]
