"""Requests that nobody would think of: whatever comes in, what comes out is as documented."""

from collections.abc import Iterator
from typing import Any

import anyio
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.schemas import APIOperation

from tests.api.clients import open_client

Operation = APIOperation[Any, Any, Any, Any]

CONFIG = {
    "generation": {"with-security-parameters": False},  # `headers` has the right ones
    "checks": {
        "negative_data_rejection": {"expected-statuses": ["4xx"]},
        "positive_data_acceptance": {"enabled": False},  # rules go beyond schemas
    },
}


@pytest.fixture
def headers(app: FastAPI) -> dict[str, str]:
    """What tells the service who makes a request."""

    async def ask() -> dict[str, str]:
        async with open_client(app) as client:
            known = client.headers.get("authorization")
            return {} if known is None else {"Authorization": known}

    return anyio.run(ask)


@pytest.fixture
def operations(
    app: FastAPI,
    headers: dict[str, str],
) -> Iterator[list[Operation]]:
    """What the description offers; the application is started for it, the last time."""
    config = schemathesis.Config.from_dict(CONFIG)
    description = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)
    results = description.get_all_operations()
    yield [result.ok() for result in results if isinstance(result, Ok)]
    shutdown_lifespans()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("examples", [5, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("mode", GenerationMode)
def test_every_answer_is_as_documented(
    operations: list[Operation],
    headers: dict[str, str],
    mode: GenerationMode,
    examples: int,
) -> None:
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and not _takes_anything(operation):
            continue

        @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(headers=headers)

        send()


def _takes_anything(operation: Operation) -> bool:
    return bool(list(operation.iter_parameters())) or bool(operation.body)
