"""A typed client, generated from the service's own description, works with the service."""

import importlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints
from uuid import uuid4

import httpx
import httpx2
import pytest
from fastapi import FastAPI
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

from tests.api.clients import registration

PACKAGE = "generated_client"


@pytest.fixture
def generated(app: FastAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that was generated from the description, and can be imported."""
    description = tmp_path / "openapi.json"
    description.write_text(json.dumps(app.openapi()), encoding="utf-8")
    package = tmp_path / PACKAGE
    config = Config.from_sources(
        ConfigFile(post_hooks=[]),
        MetaType.NONE,
        description,
        "utf-8",
        overwrite=True,
        output_path=package,
    )
    assert generate(config=config) == []
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
        monkeypatch.delitem(sys.modules, name)
    return package


@pytest.fixture
async def typed_client(
    generated: Path,
    app: FastAPI,
    client: httpx2.AsyncClient,
) -> AsyncIterator[Any]:
    """The generated client of the started application, with the headers of `client`."""
    made = importlib.import_module(f"{PACKAGE}.client").Client(
        base_url="http://service",
        headers=dict(client.headers),
        httpx_args={"transport": httpx.ASGITransport(app)},
    )
    async with made as typed_client:
        yield typed_client


def _operation(name: str) -> ModuleType:
    return importlib.import_module(f"{PACKAGE}.api.users.{name}")


def _body_of(operation: ModuleType) -> Any:
    """Return the class of an operation's body."""
    return get_type_hints(operation.asyncio_detailed)["body"]


async def test_a_generated_client_registers_reads_lists_and_changes(
    typed_client: Any,
) -> None:
    register, change = _operation("register_user"), _operation("change_user")
    body = _body_of(register).from_dict(registration("ada@example.com", "Ada"))
    key = str(uuid4())

    registered = await register.asyncio_detailed(
        client=typed_client,
        body=body,
        idempotency_key=key,
    )
    again = await register.asyncio_detailed(
        client=typed_client,
        body=body,
        idempotency_key=key,
    )
    read = await _operation("read_user").asyncio(
        registered.parsed.id,
        client=typed_client,
    )
    changed = await change.asyncio_detailed(
        read.id,
        client=typed_client,
        body=_body_of(change)(name="Ada King"),
        if_match=registered.headers["etag"],
    )
    page = await _operation("list_users").asyncio(client=typed_client, limit=10)

    assert registered.status_code == 201
    assert again.parsed == registered.parsed == read
    assert (changed.parsed.name, changed.headers["etag"]) == ("Ada King", '"2"')
    assert changed.parsed in page.items


async def test_a_generated_client_understands_problems(typed_client: Any) -> None:
    change = _operation("change_user")

    problem = await change.asyncio(
        uuid4(),
        client=typed_client,
        body=_body_of(change)(name="X"),
        if_match="*",
    )

    assert problem.type_ == "urn:problem-type:user-not-found"
    assert problem.status == 404
