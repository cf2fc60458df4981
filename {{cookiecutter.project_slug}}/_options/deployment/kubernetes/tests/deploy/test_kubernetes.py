"""deploy/kubernetes: its settings are those of the service, and its numbers agree with them."""

from typing import Any

import pytest
import yaml

from app.core.settings import Settings
from app.main import create_app
from tests.deploy.image import (
    CLOSING_SECONDS,
    PROJECT,
    bytes_of,
    image_environment,
    seconds_to_stop,
)
from tests.deploy.manifests import (
    FOLDER,
    container,
    containers,
    kustomizations,
    labelled,
    of_kind,
    pods,
    read,
    resources,
    settings_map,
)
from tests.deploy.memory import bytes_needed
from tests.environment import documented_settings, environment_of
from tests.production import PRODUCTION

NAMES = {name for name, _ in documented_settings(Settings)}

EACH_CONTAINER = pytest.mark.parametrize(
    "container",
    list(containers()),
    ids=[it["name"] for it in containers()],
)


def _from_secrets(container: dict[str, Any]) -> set[str]:
    return {it["name"] for it in container["env"] if "valueFrom" in it}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What the service reads in its pod; it refuses what production must not have."""
    secrets = {**PRODUCTION, **environment_of(Settings().database)}
    environment = image_environment() | settings_map()
    environment |= {name: secrets[name] for name in _from_secrets(container("api"))}
    for name, value in environment.items():
        if name != "PATH":
            monkeypatch.setenv(name, value)
    return Settings()


def test_every_file_is_listed_and_every_listed_file_is_there() -> None:
    listed = set()
    for folder, content in kustomizations().items():
        here = FOLDER / folder
        names = [*content.get("resources", []), *content.get("components", [])]
        names += [it["path"] for it in content.get("patches", []) if "path" in it]
        listed |= {(here / name).resolve() for name in names}
        listed.add(here / "kustomization.yaml")

    assert all(path.exists() for path in listed)
    assert set(FOLDER.rglob("*.yaml")) <= listed


def test_the_service_starts_with_its_settings(settings: Settings) -> None:
    assert settings.in_production


def test_every_variable_is_a_setting() -> None:
    assert set(settings_map()) <= NAMES
    for it in containers():
        assert {variable["name"] for variable in it["env"]} <= NAMES


def test_secrets_are_referred_to_and_nowhere_written_down() -> None:
    assert of_kind("Secret") == []
    for it in containers():
        for variable in it["env"]:
            if "valueFrom" in variable:
                assert variable["valueFrom"]["secretKeyRef"]["key"] == variable["name"]
            else:
                assert variable["name"] == "OPS__PORT"


@EACH_CONTAINER
def test_a_container_can_do_no_more_than_it_needs(container: dict[str, Any]) -> None:
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_pods_are_nobodys_and_have_no_way_to_the_cluster() -> None:
    for pod in pods().values():
        context = pod["spec"]["securityContext"]
        assert context["runAsNonRoot"]
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["spec"]["automountServiceAccountToken"] is False


@EACH_CONTAINER
def test_a_container_has_the_memory_that_it_may_take(
    container: dict[str, Any],
    settings: Settings,
) -> None:
    resources = container["resources"]

    assert set(resources["requests"]) == {"cpu", "memory"}
    if container["name"] == "api":
        assert bytes_of(resources["limits"]["memory"]) >= bytes_needed(settings)


def test_probes_ask_what_the_service_answers(settings: Settings) -> None:
    api = container("api")
    expected = {"startup": "/livez", "readiness": "/readyz", "liveness": "/livez"}

    assert set(expected.values()) <= set(create_app(settings).openapi()["paths"])
    for name, path in expected.items():
        assert api[f"{name}Probe"]["httpGet"]["path"] == path


def test_a_probe_waits_longer_than_an_answer_may_take(settings: Settings) -> None:
    timeout = container("api")["readinessProbe"]["timeoutSeconds"]

    assert timeout > settings.http.readiness_deadline


@EACH_CONTAINER
def test_ports_that_are_asked_have_names(container: dict[str, Any]) -> None:
    names = {port["name"] for port in container.get("ports", [])}
    probes = [it for name, it in container.items() if name.endswith("Probe")]

    assert {probe["httpGet"]["port"] for probe in probes} <= names


def test_ports_are_those_that_the_service_listens_on(settings: Settings) -> None:
    ports = {port["name"]: port["containerPort"] for port in container("api")["ports"]}

    assert ports == {"http": settings.http.port, "metrics": settings.ops.port}


def test_a_pod_is_given_the_time_that_it_takes_to_stop(settings: Settings) -> None:
    command = container("api")["lifecycle"]["preStop"]["exec"]["command"]
    pause = int(command[1])
    needed = {
        "api": pause + seconds_to_stop(settings),
        "worker": settings.jobs.shutdown_grace + CLOSING_SECONDS,
    }

    assert command[0] == "sleep"
    assert settings.http.shutdown_grace >= settings.http.deadline
    for name, pod in pods().items():
        if name in needed:
            assert pod["spec"]["terminationGracePeriodSeconds"] >= needed[name]


def test_services_find_pods_and_their_ports() -> None:
    for service in of_kind("Service"):
        found = labelled(pods().values(), service["spec"]["selector"])
        containers = [it for pod in found for it in pod["spec"]["containers"]]
        names = {port["name"] for it in containers for port in it.get("ports", [])}

        assert {port["targetPort"] for port in service["spec"]["ports"]} <= names


def test_only_prometheus_reaches_metrics() -> None:
    [policy] = of_kind("NetworkPolicy")
    open_to_all, for_prometheus = policy["spec"]["ingress"]
    ports = {port["port"] for port in for_prometheus["ports"]}

    assert open_to_all["ports"] == [{"port": "http"}]
    assert "from" in for_prometheus
    assert ports == {name for name in _port_names() if name.endswith("metrics")}


def _port_names() -> set[str]:
    return {port["name"] for it in containers() for port in it.get("ports", [])}


def test_prometheus_finds_the_service_by_its_metrics() -> None:
    monitor, rule = resources("monitoring")
    selector = monitor["spec"]["selector"]["matchLabels"]
    [service] = labelled(of_kind("Service"), selector)
    ports = {port["name"] for port in service["spec"]["ports"]}

    assert {endpoint["port"] for endpoint in monitor["spec"]["endpoints"]} == ports
    assert monitor["spec"]["jobLabel"] in service["metadata"]["labels"]
    assert rule["kind"] == "PrometheusRule"


def test_the_cluster_has_the_same_alerts_as_everybody() -> None:
    alerts = PROJECT / "deploy" / "prometheus" / "alerts.yaml"
    [rule] = read("monitoring/prometheus-rule.yaml")

    assert rule["spec"] == yaml.safe_load(alerts.read_text(encoding="utf-8"))


def test_every_overlay_has_an_image_and_a_namespace() -> None:
    images = {it["image"] for it in containers()}
    [namespace] = of_kind("Namespace")
    for folder, content in kustomizations().items():
        if folder.startswith("overlays/"):
            assert {it["name"] for it in content["images"]} == images
            assert content["namespace"] == namespace["metadata"]["name"]
