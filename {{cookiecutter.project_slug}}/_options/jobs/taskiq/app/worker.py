"""Handle events: `python -m app.worker`, as often and on as many machines as wanted."""

import asyncio
import logging
import signal
import sys

from app.container import monitored, open_container
from app.core.events.worker import Worker
from app.core.observability.logging import configure_logging
from app.core.observability.metrics_endpoint import CannotListen, open_operations
from app.core.observability.tracing import configure_tracing, flush_traces
from app.core.settings import Settings, settings_or_exit


def main() -> None:
    """Work until stopped, or exit with a line for each setting that can't be used."""
    settings = settings_or_exit()
    configure_logging(settings.log.level, settings.log_format)
    logging.getLogger("taskiq").setLevel(logging.WARNING)  # else two lines a message
    configure_tracing(settings.tracing)
    try:
        with open_operations(settings.ops, shared=False):
            asyncio.run(_work(settings))
    except CannotListen as error:
        sys.exit(str(error))
    flush_traces()


async def _work(settings: Settings) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    async with open_container(settings) as container, monitored(container):
        worker = Worker(
            container.storage,
            container.handlers(),
            container.clock,
            settings.jobs,
        )
        await worker.run(stopping)


if __name__ == "__main__":
    main()
