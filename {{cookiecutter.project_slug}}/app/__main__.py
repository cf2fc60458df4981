"""Serve: `python -m app`, with `--reload` while developing."""

import gc

# What is imported stays; to look for garbage in it would take a quarter of the start.
gc.disable()

import argparse
import sys
from contextlib import suppress
from functools import partial

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import ChangeReload, Multiprocess, multiprocess

from app.core.http.protocol import BoundedProtocol, Gate, most_connections
from app.core.observability.logging import configure_logging
from app.core.observability.metrics_endpoint import CannotListen, open_operations
from app.core.parent_process import Worker
from app.core.settings import Settings, settings_or_exit

ACCEPTS_AT_ONCE = 32
"""Connections that a process accepts in a turn of its event loop, each by a socket of its
own: libuv accepts one a turn, so new clients would wait longer the busier a process is."""


def main() -> None:
    """Serve until stopped, or exit with a line for each setting that can't be used."""
    parser = argparse.ArgumentParser(prog="python -m app", description=__doc__)
    parser.add_argument(
        "--reload",
        action="store_true",
        help="restart when a file changes",
    )
    arguments = parser.parse_args()
    settings = settings_or_exit()
    configure_logging(settings.log.level, settings.log_format)
    shared = arguments.reload or settings.http.workers > 1
    if shared:
        gc.enable()  # this process only looks after others, for as long as they serve
    try:
        with open_operations(settings.ops, shared=shared):
            _serve(settings, reload=arguments.reload)
    except CannotListen as error:
        sys.exit(str(error))


def _serve(settings: Settings, *, reload: bool) -> None:
    gate = Gate(settings.http, most_connections(settings.http.max_connections))
    config = uvicorn.Config(
        "app.main:application",
        factory=True,
        # Each worker gets a copy of the gate. Uvicorn calls this as it would call a class.
        http=partial(BoundedProtocol, gate=gate),  # type: ignore[arg-type]
        timeout_keep_alive=settings.http.keep_alive,
        host=settings.http.host,
        port=settings.http.port,
        workers=None if reload else settings.http.workers,
        reload=reload,
        reload_dirs=["app"] if reload else None,
        # While it starts a worker does not answer, and a busy machine takes its time.
        timeout_worker_healthcheck=20,
        timeout_graceful_shutdown=round(settings.http.shutdown_grace),
        server_header=False,
        access_log=False,
        log_config=None,
    )
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    sockets = [listener, *(listener.dup() for _ in range(ACCEPTS_AT_ONCE - 1))]
    with suppress(KeyboardInterrupt):
        if config.should_reload:
            ChangeReload(config, target=server.run, sockets=sockets).run()
        elif config.workers > 1:
            multiprocess.Process = Worker  # type: ignore[misc] # it takes no other class
            Multiprocess(config, sockets=sockets).run()
        else:
            server.run(sockets)
            if not server.started:
                sys.exit(STARTUP_FAILURE)


if __name__ == "__main__":
    main()
