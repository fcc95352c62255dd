"""Every name in an object is the name of another one, and every connection is permitted or not."""


def matches(selector, labels):
    for requirement in selector.get("matchExpressions", []):
        assert requirement["operator"] == "In", f"not known here: {requirement}"
        if labels.get(requirement["key"]) not in requirement["values"]:
            return False
    return selector.get("matchLabels", {}).items() <= labels.items()


def pods(manifests, selector):
    """The workloads whose pods the selector selects."""
    return [each for each in manifests.workloads() if matches(selector, each["spec"]["template"]["metadata"]["labels"])]


def ports(workload):
    """Name and number of each port of a pod."""
    containers = workload["spec"]["template"]["spec"]["containers"]
    return {port["name"]: port["containerPort"] for each in containers for port in each.get("ports", [])}


def names(service):
    """Those of its ports."""
    return [port["name"] for port in service["spec"]["ports"]]


def of_pods(builds):
    """each ConfigMap and Secret that a pod uses exists, with the keys and volumes that it names"""
    for build, manifests in builds.items():
        existing = {(each["kind"], each["metadata"]["name"]) for each in manifests.objects}
        if not manifests.all("Secret"):  # the password is the operator's: docs/kubernetes.md
            existing.add(("Secret", "redis-password"))
        for name, pod, container in manifests.containers():
            used = [("ConfigMap", each["configMapRef"]["name"]) for each in container.get("envFrom", [])]
            for each in container.get("env", []):
                if "valueFrom" in each:
                    used.append(("Secret", each["valueFrom"]["secretKeyRef"]["name"]))
            volumes = {each["name"] for each in pod.get("volumes", [])}
            for volume in pod.get("volumes", []):
                used += [("ConfigMap", volume["configMap"]["name"])] if "configMap" in volume else []
                used += [("Secret", volume["secret"]["secretName"])] if "secret" in volume else []
            for workload in manifests.all("StatefulSet"):
                volumes |= {each["metadata"]["name"] for each in workload["spec"]["volumeClaimTemplates"]}
            assert used or name.endswith("/exporter"), f"{build}: {name} uses nothing"
            assert set(used) <= existing, f"{build}: {name}: {set(used) - existing}"
            mounted = {each["name"] for each in container.get("volumeMounts", [])}
            assert mounted <= volumes, f"{build}: {name}: {mounted - volumes}"
    (secret,) = builds["example"].all("Secret")
    assert "password" in secret["data"], "the Secret of the example has no password"


def of_selectors(builds):
    """each Service, budget, autoscaler and monitor selects one kind of pod, and ports that it has"""
    for build, manifests in builds.items():
        for service in manifests.all("Service"):
            name = f"{build}: Service/{service['metadata']['name']}"
            selected = pods(manifests, {"matchLabels": service["spec"]["selector"]})
            assert [each["metadata"]["name"] for each in selected] == [service["metadata"]["name"]], name
            for port in service["spec"]["ports"]:
                assert port["targetPort"] in ports(selected[0]), f"{name}: {port}"
        for budget in manifests.all("PodDisruptionBudget"):
            selected = pods(manifests, budget["spec"]["selector"])
            name = budget["metadata"]["name"]
            assert [each["metadata"]["name"] for each in selected] == [name], f"{build}: {name}"
        for scaler in manifests.all("HorizontalPodAutoscaler"):
            target = scaler["spec"]["scaleTargetRef"]
            manifests.one(target["kind"], target["name"])
        for workload in manifests.workloads():
            spec = workload["spec"]["template"]["spec"]
            for constraint in spec.get("topologySpreadConstraints", []):
                assert pods(manifests, constraint["labelSelector"]) == [workload], f"{build}: {constraint}"
        for ingress in manifests.all("Ingress"):
            for path in (path for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]):
                backend = path["backend"]["service"]
                assert backend["port"]["name"] in names(manifests.one("Service", backend["name"])), f"{build}: {backend}"
        for monitor in manifests.all("ServiceMonitor"):
            selector, name = monitor["spec"]["selector"], f"{build}: {monitor['metadata']['name']}"
            services = [each for each in manifests.all("Service") if matches(selector, each["metadata"]["labels"])]
            assert services, f"{name} selects no Service"
            for endpoint in monitor["spec"]["endpoints"]:
                for service in services:
                    assert endpoint["port"] in names(service), f"{name}: {service['metadata']['name']}"


def connections(manifests, direction, peer):
    """(from, to, port) of each connection that a NetworkPolicy permits, and of each to DNS."""
    every = {each["metadata"]["name"]: ports(each) for each in manifests.workloads()}
    for policy in manifests.all("NetworkPolicy"):
        for rule in policy["spec"].get(direction.lower(), []):
            assert direction in policy["spec"].get("policyTypes", ["Ingress"]), policy["metadata"]["name"]
            for here in pods(manifests, policy["spec"]["podSelector"]):
                here = here["metadata"]["name"]
                for there in rule.get(peer, [{}]):
                    if "podSelector" in there:
                        others = [each["metadata"]["name"] for each in pods(manifests, there["podSelector"])]
                    elif "namespaceSelector" in there:
                        others = ["=".join(*there["namespaceSelector"]["matchLabels"].items())]
                    else:
                        others = ["anywhere"]
                    for port in rule["ports"]:
                        for other in others:
                            pair = (other, here) if direction == "Ingress" else (here, other)
                            number = every[here].get(port["port"]) if direction == "Ingress" else port["port"]
                            if number:  # a policy for several kinds of pods: not all have the port
                                yield (*pair, number)


def of_networks(builds):
    """the policies permit exactly the connections of the stack, and of Prometheus"""
    ingress, prometheus = "tally-ingress=allowed", "kubernetes.io/metadata.name=monitoring"
    within = {("nginx", "tally", 8080), ("tally", "redis", 6379)}
    dns = {(name, "anywhere", 53) for name in ("nginx", "tally")}
    visitors = {(ingress, "nginx", 5002)}
    scrapes = {(prometheus, "tally", 8080), (prometheus, "nginx", 9113), (prometheus, "redis", 9121)}
    for build, manifests in builds.items():
        everything = manifests.one("NetworkPolicy", "deny-all")
        assert sorted(everything["spec"]["policyTypes"]) == ["Egress", "Ingress"], build
        assert len(pods(manifests, everything["spec"]["podSelector"])) == len(manifests.workloads()), build
        inbound, outbound = within | visitors, within | dns
        if "external-redis" in build:
            inbound = inbound - {("tally", "redis", 6379)}
            outbound = outbound - {("tally", "redis", 6379)} | {("tally", "anywhere", 6379)}
        if manifests.all("ServiceMonitor"):
            inbound = inbound | {each for each in scrapes if each[1] != "redis" or manifests.all("StatefulSet")}
        for direction, peer, expected in (("Ingress", "from", inbound), ("Egress", "to", outbound)):
            permitted = set(connections(manifests, direction, peer))
            assert permitted == expected, f"{build}: {direction}: {permitted ^ expected}"


def of_namespace(builds):
    """every object is in the namespace of its build"""
    for build, manifests in builds.items():
        (namespace,) = manifests.all("Namespace")
        for each in manifests.objects:
            if each is not namespace:
                assert each["metadata"].get("namespace") == namespace["metadata"]["name"], f"{build}: {each['metadata']}"


CHECKS = [of_pods, of_selectors, of_networks, of_namespace]
