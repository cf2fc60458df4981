"""deploy/kubernetes, where there may be many pods: what scales them, and what they reach."""

from app.core.settings import Settings
from tests.deploy.manifests import container, of_kind, pods, read
from tests.environment import documented_settings


def test_what_is_scaled_and_what_may_be_disrupted_is_there() -> None:
    [autoscaler] = of_kind("HorizontalPodAutoscaler")
    [budget] = of_kind("PodDisruptionBudget")
    target = autoscaler["spec"]["scaleTargetRef"]
    deployments = {it["metadata"]["name"]: it for it in of_kind(target["kind"])}
    deployment = deployments[target["name"]]

    assert "replicas" not in deployment["spec"]
    assert budget["spec"]["selector"] == deployment["spec"]["selector"]
    assert autoscaler["spec"]["minReplicas"] > budget["spec"]["maxUnavailable"]


def test_pods_are_spread_over_machines() -> None:
    for name, pod in pods().items():
        if name != "migration":
            rules = pod["spec"]["topologySpreadConstraints"]
            assert "kubernetes.io/hostname" in {rule["topologyKey"] for rule in rules}


def test_the_database_may_be_reached() -> None:
    [policy] = of_kind("NetworkPolicy")
    rules = policy["spec"]["egress"]
    ports = {port["port"] for rule in rules for port in rule["ports"]}
    url = str(Settings().database.url.get_secret_value())

    assert [port for port in ports if f":{port}/" in url]


def test_in_production_reads_may_go_to_a_replica() -> None:
    [patch] = read("overlays/production/read-replica.yaml")
    [patched] = patch["spec"]["template"]["spec"]["containers"]
    [variable] = patched["env"]

    assert patched["name"] == container("api")["name"]
    assert variable["name"] in {name for name, _ in documented_settings(Settings)}
    assert variable["valueFrom"]["secretKeyRef"]["optional"]
