"""The application: layers put together, resources opened and closed with it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from app import about
from app.api.cursors import Cursors
from app.api.errors import add_error_handlers
from app.api.middleware.body_limit import BodyLimitMiddleware
from app.api.middleware.deadline import DeadlineMiddleware
from app.api.middleware.head import HeadMiddleware
from app.api.middleware.json_depth import JsonDepthMiddleware
from app.api.middleware.overload import OverloadMiddleware
from app.api.middleware.request_context import RequestContextMiddleware
from app.api.middleware.request_limits import RequestLimitsMiddleware
from app.api.openapi import complete_document
from app.api.routes import health
from app.api.routes.v1 import add_version_1
from app.api.telemetry import TELEMETRY
from app.container import Container, monitored, open_container
from app.core.collector import spare_collector
from app.core.logging import configure_logging
from app.core.parent import stop_with_parent
from app.core.settings import HttpSettings, Settings
from app.core.tracing import configure_tracing, flush_traces
from app.jobs.engine import open_jobs
from app.jobs.housekeeping import keeping_house

ContainerOpener = Callable[[Settings], AbstractAsyncContextManager[Container]]


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Container]:
    """Open everything the service needs; deliver events and delete what is old meanwhile."""
    async with (
        open_container(settings) as container,
        open_jobs(container),
        keeping_house(
            container.storage.unit_of_work,
            container.clock,
            container.purges(),
        ),
        monitored(container),
    ):
        yield container


def application() -> FastAPI:
    """Return the service as the environment sets it: `uvicorn --factory app.main:application`.

    Raises:
        pydantic.ValidationError: the environment holds a setting that can't be used.
    """
    stop_with_parent()
    settings = Settings()
    configure_logging(settings.log.level, settings.log_format)
    configure_tracing(settings.tracing)
    app = create_app(settings)
    spare_collector()
    return app


def create_app(
    settings: Settings,
    opener: ContainerOpener = open_service,
) -> FastAPI:
    """Return the service, ready to be served.

    `opener` is called when the service starts and left when it stops; nothing is
    connected to before that.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opener(settings) as container:
            app.state.container = container
            app.state.cursors = Cursors(settings.secret_key)
            yield
        await asyncio.to_thread(flush_traces)

    app = FastAPI(
        title=about.TITLE,
        description=about.DESCRIPTION,
        version=about.VERSION,
        lifespan=lifespan,
        openapi_url="/openapi.json" if settings.serves_document else None,
        # Its scripts come from a CDN, without integrity: not for production.
        docs_url=None if settings.in_production else "/docs",
        redoc_url=None,
        redirect_slashes=False,  # one address for each thing; any other is a problem
        telemetry=TELEMETRY,
    )
    add_version_1(app)
    app.include_router(health.router)
    add_error_handlers(app)
    complete_document(app)
    add_middleware(app, settings.http)
    return app


def add_middleware(app: FastAPI, settings: HttpSettings) -> None:
    """Surround an application with what every request passes; what is added last is outermost."""
    app.add_middleware(HeadMiddleware)
    app.add_middleware(JsonDepthMiddleware, max_values=settings.max_json_values)
    app.add_middleware(BodyLimitMiddleware, max_bytes=settings.max_body_bytes)
    app.add_middleware(DeadlineMiddleware, seconds=settings.deadline)
    app.add_middleware(OverloadMiddleware, max_concurrent=settings.max_concurrent)
    app.add_middleware(
        RequestLimitsMiddleware,
        max_url=settings.max_url_bytes,
        max_headers=settings.max_header_bytes,
    )
    cors = settings.cors
    allow_origins = partial(
        CORSMiddleware,
        allow_origins=cors.origins,
        allow_methods=cors.methods,
        allow_headers=cors.headers,
        allow_credentials=cors.credentials,
        expose_headers=cors.exposed_headers,
        max_age=cors.max_age,
    )
    around = allow_origins if cors.origins else None
    app.add_middleware(RequestContextMiddleware, around=around)
