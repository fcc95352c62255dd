"""The pods run with their security context, and do what docs/kubernetes.md says; in containers.

These checks share the pods, one after the other: see pods.py.
"""

import atexit
import http.client
import json

from pods import PREFIX, TOOLS, Pods, docker, eventually

NAMES = ("redis", "tally", "nginx")
shared = []


def pods(builds):
    if not shared:
        atexit.register(Pods.end)
        shared.append(Pods(builds["example"]))
    return shared[0]


def request(target, headers=None):
    """Status, headers and text of a response of nginx."""
    port = shared[0].inspect("nginx", '{{(index (index .NetworkSettings.Ports "5002/tcp") 0).HostPort}}')
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=15)
    try:
        connection.request("GET", target, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read().decode()
    finally:
        connection.close()


def curl(*arguments):
    """Within the network of the pods; returns the status."""
    command = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]
    return docker("exec", f"{PREFIX}-nginx", *command, *arguments)


def start(builds):
    """with their security context as flags of `docker run`, all pods start, and all probes succeed"""
    running = pods(builds)

    def error(workload, kind):
        ended = running.ended(workload)
        assert not ended, ended
        return running.probe(workload, kind)

    for workload in NAMES:
        for kind in ("startup", "readiness", "liveness"):
            if f"{kind}Probe" in running.manifests.container(workload):
                eventually(20, error, workload, kind)


def start_again(builds):
    """start, with pods of its own"""
    shared.clear()
    start(builds)


def confined(builds):
    """each process has the user of its pod, no capability, no new privileges, and a seccomp filter"""
    running = pods(builds)
    for workload in NAMES:
        beside = ["run", "--rm", "--pid", f"container:{PREFIX}-{workload}", "--entrypoint", "cat"]
        lines = docker(*beside, TOOLS, "/proc/1/status").splitlines()
        status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        user = running.manifests.pod(workload)["securityContext"]["runAsUser"]
        assert set(status["Uid"].split()) == {str(user)}, f"{workload}: {status['Uid']}"
        actual = {key: int(status[key], 16) for key in ("CapEff", "CapBnd", "NoNewPrivs", "Seccomp")}
        assert actual == {"CapEff": 0, "CapBnd": 0, "NoNewPrivs": 1, "Seccomp": 2}, f"{workload}: {actual}"


def visit(builds):
    """visits through nginx are counted, and visitors see neither probes nor metrics"""
    pods(builds)
    first, second = (request("/count") for _ in range(2))
    assert (first[0], second[0]) == (200, 200), (first, second)
    assert int(second[2]) == int(first[2]) + 1, (first, second)
    hidden = {target: request(target)[0] for target in ("/livez", "/readyz", "/metrics", "/stub_status")}
    assert set(hidden.values()) == {404}, hidden


def address(builds):
    """nginx logs and limits the address that the Ingress controller saw, not one that a visitor claims"""
    pods(builds)
    request("/total", {"X-Forwarded-For": "198.51.100.1, 203.0.113.9", "X-Request-ID": "address"})

    def error():
        for line in docker("logs", f"{PREFIX}-nginx").splitlines():
            if '"request_id":"address"' in line:
                client = json.loads(line)["client"]
                assert client == "203.0.113.9", client
                return None
        return "no line in the log"

    eventually(5, error)


def exporters(builds):
    """Tally has metrics; the exporters reach nginx and Redis, and Redis' with its password"""
    pods(builds)
    series_of = {("tally", 8080): "tally_redis_connected 1", ("nginx", 9113): "nginx_up 1", ("redis", 9121): "redis_up 1"}
    for (name, port), series in series_of.items():

        def error(name=name, port=port, series=series):
            url = f"http://{name}:{port}/metrics"
            command = ["curl", "--silent", "--retry", "10", "--retry-connrefused", "--retry-delay", "1", url]
            text = docker("exec", f"{PREFIX}-nginx", *command)
            return None if f"\n{series}\n" in text else f"no {series}"

        eventually(10, error)


def outage(builds):
    """without Redis all pods of Tally stay in the Service, and visitors get Tally's own 503"""
    running = pods(builds)
    number = int(request("/count")[2])
    docker("stop", f"{PREFIX}-redis")
    eventually(10, lambda: None if running.probe("tally", "startup") else "/readyz is still 200")
    for kind in ("readiness", "liveness"):
        error = running.probe("tally", kind)
        assert not error, error
    status, headers, text = request("/count")
    assert (status, headers["Retry-After"]) == (503, "1") and "not counted" in text, (status, text)
    assert "not passed on" not in text, f"from nginx, not from Tally: {text}"

    running.start("tally", "new")
    eventually(10, lambda: None if curl(f"http://{PREFIX}-new:8080/livez") == "200" else "a new pod is not alive")
    assert running.probe("tally", "startup", f"{PREFIX}-new"), "a new pod is ready without Redis"

    docker("start", f"{PREFIX}-redis")
    eventually(20, running.probe, "redis", "readiness")
    script = running.manifests.container("redis")["command"][0]
    kept = docker("exec", f"{PREFIX}-redis", script, "cli", "get", "visits")
    assert kept == str(number), f"the volume has kept {kept}, not {number}"
    eventually(20, running.probe, "tally", "startup", f"{PREFIX}-new")
    eventually(20, running.probe, "tally", "startup")
    docker("rm", "--force", f"{PREFIX}-new")
    status, _, text = request("/count")
    assert (status, text) == (200, f"{number + 1}\n"), f"the next visit got {status}: {text}"


def service_links(builds):
    """Tally refuses the variables that a Service named redis would set"""
    running = pods(builds)
    running.start("tally", "links", ["--env", "REDIS_PORT=tcp://10.0.0.1:6379"])
    assert docker("wait", f"{PREFIX}-links") == "2", "it has started"


def drain(builds):
    """after SIGTERM Tally accepts visits until the Service knows, then ends with 0 in its grace"""
    running = pods(builds)
    docker("kill", "--signal", "TERM", f"{PREFIX}-tally")
    eventually(2, lambda: None if running.probe("tally", "startup") else "/readyz is still 200")
    status, _, text = request("/count")
    assert status == 200, f"a visit during the drain got {status}: {text}"
    grace = running.manifests.pod("tally")["terminationGracePeriodSeconds"]
    eventually(grace, lambda: None if running.ended("tally") else "it still runs")
    assert running.inspect("tally", "{{.State.ExitCode}}") == "0", running.ended("tally")
    status, _, text = request("/count")
    assert status == 503 and "not passed on" in text, f"without Tally, nginx responds {status}: {text}"


CHECKS = [start, confined, visit, address, exporters, outage, service_links, drain]
