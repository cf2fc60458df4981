"""A port of its own for those who run the service: `/metrics`, for Prometheus.

It is served by a thread of the process that was started, whether that one serves requests or
has others do so.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from app.core import service_info
from app.core.observability.metrics_server import start
from app.core.settings import OpsSettings

SHARED_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
"""Names where processes share their figures. prometheus_client looks at it when it is imported:
the processes that are started then do share theirs, and this one has none.

Source: https://prometheus.github.io/client_python/multiprocess/
"""


class CannotListen(Exception):
    """The address can't be listened on; the message names the settings."""


@contextmanager
def open_operations(settings: OpsSettings, *, shared: bool) -> Iterator[None]:
    """Serve metrics while the body runs, `shared` with other processes that it starts.

    What they share is a new directory each time, so that no figure of an earlier run is left.

    Raises:
        CannotListen: another process has the port, or the address is not of this machine.
    """
    if settings.port == 0:
        yield
    elif shared:
        with TemporaryDirectory(prefix=f"{service_info.NAME}-metrics-") as directory:
            os.environ[SHARED_DIRECTORY] = directory
            try:
                with _served(settings, directory):
                    yield
            finally:
                del os.environ[SHARED_DIRECTORY]
    else:
        with _served(settings, None):
            yield


@contextmanager
def _served(settings: OpsSettings, directory: str | None) -> Iterator[None]:
    try:
        server, thread = start(settings.host, settings.port, directory)
    except OSError as error:
        address = f"{settings.host}:{settings.port}"
        raise CannotListen(
            f"OPS__HOST, OPS__PORT: can't listen on {address}: {error.strerror}",
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
