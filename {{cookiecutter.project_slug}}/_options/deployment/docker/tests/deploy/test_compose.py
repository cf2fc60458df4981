"""compose.yaml: its settings are those of the service, and its numbers agree with them."""

import json
import re
from typing import Any

import pytest
import yaml

from app.core.settings import Settings
from tests.deploy.image import (
    CLOSING_SECONDS,
    PROJECT,
    bytes_of,
    image_environment,
    seconds_to_stop,
)
from tests.deploy.memory import bytes_needed
from tests.environment import documented_settings
from tests.production import PRODUCTION


def _read(path: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((PROJECT / path).read_text("utf-8"))
    return content


COMPOSE = _read("compose.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROCESSES = {name: it for name, it in SERVICES.items() if "build" in it}
"""Those that run the image of this service."""

GIVEN = {**PRODUCTION, "DATABASE_PASSWORD": "secret"}
"""What stands in `.env`, as the run-book has it made."""

_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
_SECONDS = {"s": 1, "m": 60}


def _filled_in(text: str) -> str:
    """Return text with the variables of `.env` in it, as Compose does that."""

    def value(found: re.Match[str]) -> str:
        name, operator, default = found.groups()
        if operator == "-":
            return GIVEN.get(name, default)
        return GIVEN[name]

    return _VARIABLE.sub(value, text)


def _environment(name: str) -> dict[str, str]:
    given = SERVICES[name].get("environment", {})
    return image_environment() | {key: _filled_in(str(it)) for key, it in given.items()}


def _seconds(text: str) -> int:
    return int(text[:-1]) * _SECONDS[text[-1]]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What the service reads in its container; it refuses what production must not have."""
    for name, value in _environment("api").items():
        if name != "PATH":
            monkeypatch.setenv(name, value)
    return Settings()


def test_every_variable_of_its_processes_is_a_setting() -> None:
    names = {name for name, _ in documented_settings(Settings)}

    for process in PROCESSES.values():
        given = {name for name in process["environment"] if not _is_of_a_library(name)}
        assert given <= names


def _is_of_a_library(name: str) -> bool:
    """Whether uvicorn or OpenTelemetry reads it by itself."""
    return name == "FORWARDED_ALLOW_IPS" or name.startswith("OTEL_")


def test_the_service_starts_with_its_settings(settings: Settings) -> None:
    assert settings.in_production


def test_what_has_no_default_stops_compose_with_a_line() -> None:
    found = _VARIABLE.findall(json.dumps(PROCESSES))
    required = {name for name, operator, _ in found if operator == "?"}

    assert "SECRET_KEY" in required
    assert required <= set(GIVEN)


def test_its_processes_can_do_no_more_than_they_need() -> None:
    for process in PROCESSES.values():
        assert process["read_only"]
        assert process["cap_drop"] == ["ALL"]
        assert process["tmpfs"] == ["/tmp"]  # noqa: S108


def test_nothing_gains_privileges_or_takes_all_of_the_machine() -> None:
    for service in SERVICES.values():
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}


def test_its_processes_have_the_memory_that_they_may_take(settings: Settings) -> None:
    for process in PROCESSES.values():
        limit = process["deploy"]["resources"]["limits"]["memory"]
        assert bytes_of(limit) >= bytes_needed(settings)


def test_a_process_starts_on_a_database_that_is_up_to_date() -> None:
    for name, process in PROCESSES.items():
        if name == "migration":
            continue
        condition = process["depends_on"]["migration"]["condition"]
        assert condition == "service_completed_successfully"


def test_whoever_waits_for_health_waits_for_what_tells_it() -> None:
    for service in SERVICES.values():
        for name, wanted in service.get("depends_on", {}).items():
            if wanted["condition"] == "service_healthy":
                assert "test" in SERVICES[name]["healthcheck"]


def test_a_process_is_given_the_time_that_it_takes_to_stop(settings: Settings) -> None:
    needed = {
        "api": seconds_to_stop(settings),
        "worker": settings.jobs.shutdown_grace + CLOSING_SECONDS,
    }
    for name, process in PROCESSES.items():
        if name != "migration":
            assert _seconds(process["stop_grace_period"]) >= needed[name]


def test_what_is_published_is_the_port_for_clients(settings: Settings) -> None:
    [published] = SERVICES["api"]["ports"]

    assert published.startswith("127.0.0.1:")
    assert published.endswith(f":{settings.http.port}")


def test_what_is_mounted_is_there() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("."):
                assert (PROJECT / source).exists()
            else:
                assert source in COMPOSE["volumes"]


def test_prometheus_asks_every_process_for_metrics(settings: Settings) -> None:
    config = _read("deploy/prometheus/prometheus.yml")
    [scraped] = config["scrape_configs"]
    [asked] = scraped["dns_sd_configs"]

    assert set(asked["names"]) == set(PROCESSES) - {"migration"}
    assert asked["port"] == settings.ops.port
    for name in config["rule_files"]:
        assert (PROJECT / "deploy/prometheus" / name).is_file()


def test_grafana_finds_prometheus_and_the_dashboard() -> None:
    sources = _read("deploy/grafana/provisioning/datasources/prometheus.yaml")
    dashboards = _read("deploy/grafana/provisioning/dashboards/service.yaml")
    folder = dashboards["providers"][0]["options"]["path"]

    assert sources["datasources"][0]["url"] == "http://prometheus:9090"
    assert any(f":{folder}/" in volume for volume in SERVICES["grafana"]["volumes"])


def test_the_collector_takes_traces_where_they_may_be_sent_to() -> None:
    collector = _read("deploy/opentelemetry/collector.yaml")
    pipeline = collector["service"]["pipelines"]["traces"]
    endpoint = collector["receivers"]["otlp"]["protocols"]["http"]["endpoint"]
    port = endpoint.rpartition(":")[2]
    compose = (PROJECT / "compose.yaml").read_text(encoding="utf-8")

    assert f"TRACING__ENDPOINT=http://collector:{port}" in compose
    for kind, names in pipeline.items():
        assert set(names) == set(collector[kind])
