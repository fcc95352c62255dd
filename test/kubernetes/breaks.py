"""Mistakes in the manifests, and the check that has to find each."""


def container(name, change, build="base"):
    return lambda builds: change(builds[build].container(name))


def pod(name, change, build="base"):
    return lambda builds: change(builds[build].pod(name))


def thing(kind, name, change, build="base"):
    return lambda builds: change(builds[build].one(kind, name))


def put(*path):
    """A change that puts the last argument at the path of the others."""
    *keys, last, value = path

    def change(target):
        for key in keys:
            target = target[key]
        target[last] = value

    return change


def remove(*path):
    *keys, last = path

    def change(target):
        for key in keys:
            target = target[key]
        del target[last]

    return change


def without(kind, name, build="base"):
    return lambda builds: builds[build].objects.remove(builds[build].one(kind, name))


HOST = [{"name": "host", "hostPath": {"path": "/"}}]

BREAKS = [
    ("a field that the API does not have", "schema_checks", "valid",
     container("tally", put("readynessProbe", {}))),
    ("a text where the API expects a number", "schema_checks", "valid",
     container("nginx", put("ports", 0, "containerPort", "5002"))),
    ("an object without a field that the API requires", "schema_checks", "valid",
     thing("Deployment", "tally", remove("spec", "selector"))),
    ("a field that the Prometheus operator does not have", "schema_checks", "valid",
     thing("ServiceMonitor", "tally", put("spec", "endpoints", 0, "every", "5s"), "monitoring")),
    ("a container that may be root", "security_checks", "of_restricted_profile",
     pod("redis", remove("securityContext", "runAsNonRoot"))),
    ("a container without a seccomp profile", "security_checks", "of_restricted_profile",
     pod("nginx", remove("securityContext", "seccompProfile"))),
    ("a capability", "security_checks", "of_restricted_profile",
     container("nginx", put("securityContext", "capabilities", "add", ["NET_BIND_SERVICE"]))),
    ("a folder of the node", "security_checks", "of_restricted_profile", pod("tally", put("volumes", HOST))),
    ("a namespace without the profile", "security_checks", "enforced",
     thing("Namespace", "tally", remove("metadata", "labels", "pod-security.kubernetes.io/enforce"))),
    ("variables of Services", "security_checks", "read_only", pod("tally", remove("enableServiceLinks"))),
    ("an exporter without a limit", "security_checks", "bounded",
     lambda builds: builds["monitoring"].container("exporter", "redis")["resources"].pop("limits")),
    ("another user than in compose.yaml", "compose_checks", "hardening",
     pod("tally", put("securityContext", "runAsUser", 65533))),
    ("another limit of memory", "compose_checks", "hardening",
     container("redis", put("resources", "limits", "memory", "128Mi"))),
    ("a larger /tmp", "compose_checks", "writable",
     pod("nginx", put("volumes", 1, "emptyDir", "sizeLimit", "32Mi"))),
    ("data without a volume", "compose_checks", "writable", container("redis", remove("volumeMounts", 0))),
    ("a variable that Tally does not know", "compose_checks", "environment",
     thing("ConfigMap", "tally", put("data", "TALLY_THREAD", "2"))),
    ("a variable of compose.yaml that is missing", "compose_checks", "environment",
     thing("ConfigMap", "tally", remove("data", "TALLY_LOG_LEVEL"))),
    ("another version of Redis", "compose_checks", "images", container("redis", put("image", "redis:7.4"))),
    ("another command of nginx", "compose_checks", "commands", container("nginx", put("command", ["nginx"]))),
    ("another port of Tally", "compose_checks", "ports", container("tally", put("ports", 0, "containerPort", 80))),
    ("a slower probe than the health check", "compose_checks", "health",
     container("nginx", put("readinessProbe", "periodSeconds", 30))),
    ("a setting of redis.conf that differs", "compose_checks", "configuration",
     thing("ConfigMap", "redis", put("data", "redis.conf", "appendfsync everysec\n"))),
    ("a file of nginx that is missing", "compose_checks", "configuration",
     thing("ConfigMap", "nginx", remove("data", "answers.conf"))),
    ("a readiness probe that asks for Redis", "operation_checks", "probes",
     container("tally", put("readinessProbe", "httpGet", "path", "/readyz"))),
    ("a start that is not waited for", "operation_checks", "probes",
     container("tally", put("startupProbe", "failureThreshold", 10))),
    ("a roll-out that stops a pod first", "operation_checks", "rollout",
     thing("Deployment", "tally", put("spec", "strategy", "rollingUpdate", {"maxSurge": 0, "maxUnavailable": 1}))),
    ("a Deployment without a budget", "operation_checks", "rollout", without("PodDisruptionBudget", "nginx")),
    ("a SIGKILL before Tally has drained", "operation_checks", "drain",
     pod("tally", put("terminationGracePeriodSeconds", 11))),
    ("a drain that is too short for the Service", "operation_checks", "drain",
     thing("ConfigMap", "tally", put("data", "TALLY_DRAIN_DELAY_MS", "1000"))),
    ("an nginx that stops before it has left the Service", "operation_checks", "drain",
     container("nginx", put("lifecycle", "preStop", "exec", "command", ["sleep", "0"]))),
    ("more nginx than Tally has connections for", "operation_checks", "connections",
     thing("HorizontalPodAutoscaler", "nginx", put("spec", "maxReplicas", 20))),
    ("a rule that differs", "operation_checks", "rules",
     thing("PrometheusRule", "tally", put("spec", "groups", 0, "rules", 0, "expr", "1"), "monitoring")),
    ("a Redis in the cluster beside an external one", "operation_checks", "external_redis",
     lambda builds: builds["external-redis"].objects.append(builds["base"].one("Service", "redis"))),
    ("a ConfigMap that does not exist", "reference_checks", "of_pods",
     lambda builds: builds["base"].objects.remove(builds["base"].one("ConfigMap", "redis"))),
    ("a password that does not exist", "reference_checks", "of_pods",
     lambda builds: builds["example"].all("Secret")[0]["metadata"].update(name="other")),
    ("a Service that selects no pod", "reference_checks", "of_selectors",
     thing("Service", "tally", put("spec", "selector", "app.kubernetes.io/name", "nginx"))),
    ("a Service with a port that no container has", "reference_checks", "of_selectors",
     thing("Service", "nginx", put("spec", "ports", 0, "targetPort", "web"))),
    ("a monitor of a port that the Service does not have", "reference_checks", "of_selectors",
     thing("ServiceMonitor", "exporters", put("spec", "endpoints", 0, "port", "http"), "monitoring")),
    ("a component that leaves something of Redis", "reference_checks", "of_selectors",
     lambda builds: builds["example with external-redis"].objects.append(builds["base"].one("Service", "redis"))),
    ("nginx without its /tmp", "container_checks", "start_again",
     container("nginx", remove("volumeMounts", 1), "example")),
    ("an nginx whose include is missing", "container_checks", "start_again",
     thing("ConfigMap", "nginx", remove("data", "answers.conf"), "example")),
    ("a Redis that may not read its password", "container_checks", "start_again",
     pod("redis", remove("securityContext", "fsGroup"), "example")),
    ("a Tally with another password than Redis", "container_checks", "start_again",
     container("tally", put("env", 0, "value", "/etc/passwd"), "example")),
    ("nginx may not connect to Tally", "reference_checks", "of_networks", without("NetworkPolicy", "nginx-to-tally")),
    ("everybody may connect to Redis", "reference_checks", "of_networks",
     thing("NetworkPolicy", "tally-to-redis", remove("spec", "ingress", 0, "from"))),
    ("nothing is denied", "reference_checks", "of_networks",
     thing("NetworkPolicy", "deny-all", put("spec", "policyTypes", ["Ingress"]))),
    ("an object in another namespace", "reference_checks", "of_namespace",
     thing("Service", "redis", put("metadata", "namespace", "default"))),
]
