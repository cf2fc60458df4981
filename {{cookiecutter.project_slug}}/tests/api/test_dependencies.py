"""Everything that is injected can be replaced, and nothing is shared behind its back."""

import re
from collections.abc import Iterator
from inspect import iscoroutinefunction
from types import FunctionType
from uuid import uuid4

import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from app.core.settings import Settings
from app.main import create_app
from migrations.commands import upgrade
from tests.api.clients import open_client, registration
from tests.api.operations import OPERATIONS, Operation
from tests.database import patient, temporary_database

USERS = "/api/v1/users"
ANY = {"If-Match": "*"}

USED_BY = {provider: of for of in OPERATIONS for provider in of.providers}
"""Each provider, and an operation that depends on it."""


class Replaced(Exception):
    """A replacement was asked for what it replaces."""


def test_the_service_is_found_to_have_operations_with_providers() -> None:
    assert len(OPERATIONS) >= 7
    assert len(USED_BY) >= 5


@pytest.mark.parametrize(
    ("provider", "operation"),
    USED_BY.items(),
    ids=[provider.__name__ for provider in USED_BY],
)
async def test_every_provider_can_be_replaced(
    app: FastAPI,
    provider: FunctionType,
    operation: Operation,
) -> None:
    calls = []

    async def replacement() -> None:
        calls.append(provider)
        raise Replaced

    path = re.sub(r"\{\w+\}", str(uuid4()), operation.path)
    async with open_client(app) as client:
        app.dependency_overrides[provider] = replacement
        with capture_logs():  # every traceback would be printed, and that takes long
            response = await client.request(operation.method, path, headers=ANY)

    assert calls
    assert response.status_code == 500


def test_nothing_blocks_the_event_loop() -> None:
    """A `def` would be run in a thread of its own, which costs more than most requests."""
    for operation in OPERATIONS:
        for function in (operation.endpoint, *operation.providers):
            assert iscoroutinefunction(function), function


@pytest.fixture
def other_settings(settings: Settings) -> Iterator[Settings]:
    """The settings of a service with another database."""
    with temporary_database() as database:
        upgrade(database)
        yield settings.model_copy(update={"database": patient(database)})


async def test_two_applications_share_nothing(
    settings: Settings,
    other_settings: Settings,
) -> None:
    first, second = create_app(settings), create_app(other_settings)

    async with open_client(first) as one, open_client(second) as another:
        await one.post(USERS, json=registration())

        assert len((await one.get(USERS)).json()["items"]) == 1
        assert (await another.get(USERS)).json()["items"] == []
