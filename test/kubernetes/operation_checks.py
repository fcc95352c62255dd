"""How pods start, stop and scale, compared with the settings of Tally, nginx and Redis."""

import re

from manifests import ROOT
from rules import prometheus_rule


def setting(pattern, file):
    (value,) = re.findall(pattern, (ROOT / file).read_text(), re.M)
    return int(value)


def probes(builds):
    """a pod of Tally becomes ready when it can count, and stays ready while Redis is away"""
    for build, manifests in builds.items():
        tally = manifests.container("tally")
        paths = [tally[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "readiness", "liveness")]
        assert paths == ["/readyz", "/livez", "/livez"], f"{build}: {paths}"
        startup = tally["startupProbe"]
        # Kubernetes forgets earlier restarts of a container that has run for ten minutes.
        assert startup["periodSeconds"] * startup["failureThreshold"] > 600, f"{build}: startupProbe is too short"


def rollout(builds):
    """a roll-out replaces no pod of nginx or Tally before a new one is ready, and spreads them"""
    for build, manifests in builds.items():
        for deployment in manifests.all("Deployment"):
            name = f"{build}: {deployment['metadata']['name']}"
            assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}, name
            # A number here would undo the autoscaler's at each `apply`.
            assert "replicas" not in deployment["spec"], f"{name} has replicas"
            spread = deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]
            keys = [each["topologyKey"] for each in spread]
            assert keys == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"], f"{name}: {keys}"
            budgets = [each["metadata"]["name"] for each in manifests.all("PodDisruptionBudget")]
            scaled = [each["spec"]["scaleTargetRef"]["name"] for each in manifests.all("HorizontalPodAutoscaler")]
            assert deployment["metadata"]["name"] in budgets, f"{name} has no PodDisruptionBudget"
            assert deployment["metadata"]["name"] in scaled, f"{name} has no HorizontalPodAutoscaler"


def drain(builds):
    """the drain of Tally and of nginx outlasts the removal from the Service, and ends before SIGKILL"""
    upstream_idle_ms = setting(r"keepalive_timeout (\d+)ms;", "docker/nginx/nginx.conf")
    shutdown_s = setting(r"^worker_shutdown_timeout (\d+)s;", "docker/nginx/nginx.conf")
    default_grace_ms = setting(r"drain_grace\{(\d+)\}", "include/tally/http/settings.hpp")
    for build, manifests in builds.items():
        environment = manifests.environment(manifests.container("tally"))
        delay_ms = int(environment["TALLY_DRAIN_DELAY_MS"])
        grace_ms = int(environment.get("TALLY_DRAIN_GRACE_MS", default_grace_ms))
        assert delay_ms >= 5000 > upstream_idle_ms, f"{build}: {delay_ms} ms"
        given_s = manifests.pod("tally")["terminationGracePeriodSeconds"]
        assert given_s >= (delay_ms + grace_ms) / 1000 + 1, f"{build}: Tally has {given_s} s to stop"
        sleep, seconds = manifests.container("nginx")["lifecycle"]["preStop"]["exec"]["command"]
        assert sleep == "sleep" and int(seconds) >= 5, f"{build}: preStop of nginx"
        given_s = manifests.pod("nginx")["terminationGracePeriodSeconds"]
        assert given_s > int(seconds) + shutdown_s, f"{build}: nginx has {given_s} s to stop"


def connections(builds):
    """at any scale, Tally has room for the idle connections of nginx, and Redis for those of Tally"""
    idle = setting(r"^worker_processes (\d+);", "docker/nginx/nginx.conf") * setting(
        r"^ +keepalive (\d+);", "docker/nginx/nginx.conf"
    )
    accepted = setting(r"max_connections = (\d+);", "include/tally/http/settings.hpp")
    clients = setting(r"^maxclients (\d+)$", "docker/redis/redis.conf")
    for build, manifests in builds.items():
        threads = int(manifests.environment(manifests.container("tally"))["TALLY_THREADS"])
        nginx, tally = (manifests.one("HorizontalPodAutoscaler", name)["spec"] for name in ("nginx", "tally"))
        for scale in (nginx, tally):
            assert 2 <= scale["minReplicas"] < scale["maxReplicas"], f"{build}: {scale}"
        assert nginx["maxReplicas"] * idle < tally["minReplicas"] * threads * accepted, f"{build}: nginx"
        assert tally["maxReplicas"] * threads < clients, f"{build}: Redis"


def rules(builds):
    """the PrometheusRule has the rules of deploy/prometheus (test/kubernetes/rules.py writes it)"""
    built = builds["monitoring"].one("PrometheusRule", "tally")["spec"]
    assert built == prometheus_rule()["spec"], "run test/kubernetes/rules.py as its first lines say"
    assert sum("alert" in rule for group in built["groups"] for rule in group["rules"]) > 10, "alerts are missing"


def external_redis(builds):
    """with an external Redis, nothing of the Redis in the cluster is left"""
    manifests = builds["external-redis"]
    names = [f"{each['kind']}/{each['metadata']['name']}" for each in manifests.objects]
    left = [name for name in names if "redis" in name]
    assert left == [], left
    environment = manifests.environment(manifests.container("tally"))
    assert environment["REDIS_HOST"] == "redis.example.org", environment


CHECKS = [probes, rollout, drain, connections, rules, external_redis]
