"""deploy/kubernetes: all pods together have fewer connections than the server lets in."""

from tests.deploy.manifests import of_kind, settings_map
from tests.deploy.server import CONNECTIONS, POOLS


def test_the_largest_number_of_pods_has_connections_enough() -> None:
    [autoscaler] = of_kind("HorizontalPodAutoscaler")
    settings = settings_map()
    size = int(settings["DATABASE__POOL__SIZE"])
    overflow = int(settings["DATABASE__POOL__OVERFLOW"])
    surge = len(of_kind("Deployment"))
    workers = sum(it["spec"].get("replicas", 0) for it in of_kind("Deployment"))
    processes = autoscaler["spec"]["maxReplicas"] + workers + surge

    assert processes * POOLS * (size + overflow) < CONNECTIONS
