"""Probes."""

import re
from pathlib import Path

import httpx2
import pytest

from app.core.database.errors import StorageUnavailable
from app.repositories.database.storage import DatabaseStorage

ALERTS = Path(__file__).parents[2] / "deploy" / "prometheus" / "alerts.yaml"


async def _fail() -> None:
    raise StorageUnavailable("nobody@10.0.0.1 is out of reach")


async def test_a_service_whose_database_answers_is_ready(
    client: httpx2.AsyncClient,
) -> None:
    response = await client.get("/readyz")

    assert response.status_code == 200
    database = response.json()["checks"]["database"]
    assert 0 <= database.pop("age_seconds") < 10
    assert database == {"status": "up", "required": True, "reason": None}


@pytest.fixture
def broken_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DatabaseStorage, "checks", lambda _: {"database": _fail})


@pytest.mark.usefixtures("broken_storage")
async def test_a_service_whose_database_is_down_is_alive_but_not_ready(
    client: httpx2.AsyncClient,
) -> None:
    ready = await client.get("/readyz")
    alive = await client.get("/livez")

    assert ready.status_code == 503
    assert ready.headers["content-type"] == "application/problem+json"
    assert ready.headers["retry-after"] == "1"
    assert ready.json()["dependencies"] == ["database"]
    database = ready.json()["checks"]["database"]
    assert (database["status"], database["reason"]) == ("down", "StorageUnavailable")
    assert "10.0.0.1" not in ready.text
    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})


async def test_alerts_are_critical_for_what_is_required_and_for_nothing_else(
    client: httpx2.AsyncClient,
) -> None:
    alerts = ALERTS.read_text(encoding="utf-8")
    [critical] = re.findall(r'dependency=~"(.*?)"', alerts)
    [other] = re.findall(r'dependency!~"(.*?)"', alerts)

    checks = (await client.get("/readyz")).json()["checks"]

    assert critical == other
    assert {name for name, check in checks.items() if check["required"]} == {
        name for name in checks if re.fullmatch(critical, name)
    }


async def test_metrics_are_not_for_clients(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/metrics")).status_code == 404
