"""Faults that no schema sees: names that lead nowhere, and pods that could do too much."""

from collections.abc import Iterator, Sequence

from tests.deploy.manifests import Manifest, containers, of_kind, workloads


def structural_faults(manifests: Sequence[Manifest]) -> list[str]:
    """What is wrong with objects that are applied together."""
    return [
        *_selector_faults(manifests),
        *_duplicates(manifests),
        *(
            fault
            for workload in workloads(manifests)
            for fault in _pod_faults(workload["spec"]["template"]["spec"])
        ),
    ]


def _duplicates(manifests: Sequence[Manifest]) -> Iterator[str]:
    names = [(m["kind"], m["metadata"]["name"]) for m in manifests]
    for kind, name in {name for name in names if names.count(name) > 1}:
        yield f"{kind} {name} stands there twice"


def _selector_faults(manifests: Sequence[Manifest]) -> Iterator[str]:
    pods = [workload["spec"]["template"] for workload in workloads(manifests)]
    for kind in ("Service", "PodDisruptionBudget", "NetworkPolicy", "Deployment"):
        for manifest in of_kind(manifests, kind):
            spec = manifest["spec"]
            selector = spec.get("selector") or spec["podSelector"]
            labels = selector.get("matchLabels", selector).items()
            selected = [p for p in pods if labels <= p["metadata"]["labels"].items()]
            if len(selected) != 1:
                yield f"{kind} {manifest['metadata']['name']} selects {len(selected)} workloads"
                continue
            known = {p["name"] for c in containers(selected[0]["spec"]) for p in c.get("ports", ())}
            yield from (
                f"{kind}: no container has a port {port['targetPort']}"
                for port in (spec["ports"] if kind == "Service" else ())
                if port["targetPort"] not in known
            )


def _pod_faults(pod: Manifest) -> Iterator[str]:
    if pod.get("automountServiceAccountToken") is not False:
        yield "the pod gets a token of the API server"
    volumes = {volume["name"] for volume in pod.get("volumes", ())}
    for container in containers(pod):
        name = container["name"]
        mounts = container.get("volumeMounts", ())
        yield from (f"{name}: no volume {m['name']}" for m in mounts if m["name"] not in volumes)
        yield from (f"{name}: subPath is never updated" for m in mounts if "subPath" in m)
        if "limits" not in container["resources"]:
            yield f"{name}: no limits"
        yield from (f"{name}: {fault}" for fault in _probe_faults(container))
        yield from (f"{name}: {fault}" for fault in _privileges(pod, container))


def _probe_faults(container: Manifest) -> Iterator[str]:
    ports = {port["name"] for port in container.get("ports", ())}
    numbers = {port["containerPort"] for port in container.get("ports", ())}
    for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
        probe = container.get(kind, {})
        for way in ("httpGet", "tcpSocket", "grpc"):
            if way in probe and probe[way]["port"] not in ports | numbers:
                yield f"{kind} asks a port {probe[way]['port']} that is not there"


def _privileges(pod: Manifest, container: Manifest) -> Iterator[str]:
    own = container.get("securityContext", {})
    merged = {**pod.get("securityContext", {}), **own}
    if own.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges"
    if own.get("readOnlyRootFilesystem") is not True:
        yield "may write to its image"
    if own.get("capabilities") != {"drop": ["ALL"]}:
        yield "keeps capabilities"
    if merged.get("runAsNonRoot") is not True:
        yield "may run as root"
    if merged.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "has no seccomp profile"
