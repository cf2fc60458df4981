"""Probes."""

import httpx2
import pytest

from app.repositories.interfaces.errors import StorageUnavailable
from app.repositories.memory import MemoryStorage


async def _fail() -> None:
    raise StorageUnavailable("out of reach")


async def test_a_service_whose_database_answers_is_ready(
    client: httpx2.AsyncClient,
) -> None:
    response = await client.get("/readyz")

    assert response.status_code == 200
    body = response.json()
    assert body["status"] == "ok"
    assert body["dependencies"]["database"]["up"] is True
    assert body["dependencies"]["database"]["milliseconds"] >= 0
    assert body["dependencies"]["database"]["since"].startswith("2026-01-31T")


async def test_a_service_whose_database_is_down_is_alive_but_not_ready(
    client: httpx2.AsyncClient,
    storage: MemoryStorage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(storage, "ping", _fail)

    ready = await client.get("/readyz")
    alive = await client.get("/livez")

    assert ready.status_code == 503
    assert ready.headers["content-type"] == "application/problem+json"
    assert ready.json()["dependencies"] == ["database"]
    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
