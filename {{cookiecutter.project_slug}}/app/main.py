"""The application: layers put together, resources opened and closed with it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

#% if cookiecutter.auth != "none"
from app.api.dependencies.rules import require_rules
#% endif
from app.api.routes.v1 import add_version_1
from app.container import Container, monitored, open_container
from app.core import service_info
from app.core.cleanup import keeping_house
from app.core.events.runner import open_jobs
from app.core.gc_tuning import spare_collector
from app.core.http import health
from app.core.http.body_limit import BodyLimitMiddleware
from app.core.http.cursors import Cursors
from app.core.http.deadline import DeadlineMiddleware
from app.core.http.head import HeadMiddleware
from app.core.http.idempotency import idempotency_signer
from app.core.http.json_depth import JsonDepthMiddleware
from app.core.http.openapi import complete_document
from app.core.http.overload import OverloadMiddleware
from app.core.http.problems import add_error_handlers
from app.core.http.request_context import RequestContextMiddleware
from app.core.http.request_limits import RequestLimitsMiddleware
from app.core.http.telemetry import TELEMETRY
from app.core.observability.logging import configure_logging
from app.core.observability.tracing import configure_tracing, flush_traces
from app.core.parent_process import stop_with_parent
from app.core.settings import HttpSettings, Settings

ContainerOpener = Callable[[Settings], AbstractAsyncContextManager[Container]]


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Container]:
    """Open everything the service needs; deliver events and delete what is old meanwhile."""
    async with (
        open_container(settings) as container,
        open_jobs(
            container.storage,
            container.handlers(),
            container.clock,
            settings.jobs,
        ),
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
            app.state.health = container.health
            app.state.cursors = Cursors(settings.secret_key)
            app.state.idempotency_signer = idempotency_signer(settings.secret_key)
            yield
        await asyncio.to_thread(flush_traces)

    app = FastAPI(
        title=service_info.TITLE,
        description=service_info.DESCRIPTION,
        version=service_info.VERSION,
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
#% if cookiecutter.auth != "none"
    require_rules(app, besides=health.router)
#% endif
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
