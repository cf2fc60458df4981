"""The platform by itself: its middleware, problems and probes, around routes of a test."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict

from app.core.errors import NotFound
from app.core.http import health
from app.core.http.openapi import complete_document
from app.core.http.problems import add_error_handlers
from app.core.settings import HttpSettings
from app.main import add_middleware


class Thing(BaseModel):
    """The body of a request."""

    model_config = ConfigDict(extra="forbid")

    name: str


@pytest.fixture
def http() -> HttpSettings:
    """The defaults; a module that is about others has a fixture of this name."""
    return HttpSettings()


@pytest.fixture
def app(http: HttpSettings) -> FastAPI:
    """An application that lists no things, makes one of each body, and finds none."""
    app = FastAPI(redirect_slashes=False)

    @app.get("/things")
    async def list_things(limit: Annotated[int, Query(ge=1)] = 20) -> list[str]:
        return []

    @app.post("/things", status_code=201)
    async def make_thing(thing: Thing) -> str:
        return thing.name

    @app.get("/things/{thing_id}")
    async def read_thing(thing_id: UUID) -> str:
        raise NotFound("thing")

    app.include_router(health.router)
    add_error_handlers(app)
    complete_document(app)
    add_middleware(app, http)
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the application."""
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://a") as client:
        yield client
