"""Every pod is within the restricted profile of the Pod Security Standards, and a bit below it."""

from manifests import security

VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


def of_restricted_profile(builds):
    """each container is within the restricted profile"""
    for build, manifests in builds.items():
        for name, pod, container in manifests.containers():
            name = f"{build}: {name}"
            own = container.get("securityContext", {})
            assert security(pod, container, "runAsNonRoot") is True, f"{name}: runAsNonRoot"
            assert security(pod, container, "runAsUser") > 0, f"{name}: runAsUser"
            assert security(pod, container, "seccompProfile") == {"type": "RuntimeDefault"}, f"{name}: seccompProfile"
            assert own.get("allowPrivilegeEscalation") is False, f"{name}: allowPrivilegeEscalation"
            assert own.get("capabilities") == {"drop": ["ALL"]}, f"{name}: capabilities"
            assert not own.get("privileged") and "procMount" not in own, f"{name}: privileged or procMount"
            assert not any(port.get("hostPort") for port in container.get("ports", [])), f"{name}: hostPort"
            shared = [field for field in ("hostNetwork", "hostPID", "hostIPC") if pod.get(field)]
            assert not shared, f"{name}: {shared}"
            for volume in pod.get("volumes", []):
                assert volume.keys() - {"name"} <= VOLUMES, f"{name}: volume {volume}"


def enforced(builds):
    """the namespace enforces the restricted profile"""
    for build, manifests in builds.items():
        (namespace,) = manifests.all("Namespace")
        labels = namespace["metadata"]["labels"]
        assert labels.get("pod-security.kubernetes.io/enforce") == "restricted", build


def read_only(builds):
    """each root file system is read-only; no pod has a token of the API or variables of Services"""
    for build, manifests in builds.items():
        for name, pod, container in manifests.containers():
            assert container["securityContext"].get("readOnlyRootFilesystem") is True, f"{build}: {name}"
            assert pod.get("automountServiceAccountToken") is False, f"{build}: {name} has a token"
            # REDIS_PORT=tcp://... of the Service `redis` would end Tally at its start.
            assert pod.get("enableServiceLinks") is False, f"{build}: {name} has variables of Services"


def bounded(builds):
    """each container requests cores and memory, and has a limit of memory"""
    for build, manifests in builds.items():
        for name, _, container in manifests.containers():
            resources = container.get("resources", {})
            assert {"cpu", "memory"} <= resources.get("requests", {}).keys(), f"{build}: {name}: requests"
            assert "memory" in resources.get("limits", {}), f"{build}: {name}: limits"


CHECKS = [of_restricted_profile, enforced, read_only, bounded]
