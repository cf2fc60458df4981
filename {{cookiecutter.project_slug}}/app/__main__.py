"""Serve: `python -m app`, with `--reload` while developing."""

import argparse
import sys

import uvicorn
from pydantic import ValidationError

from app.core.logging import configure_logging
from app.core.settings import Settings, explain


def main() -> None:
    """Serve until stopped, or exit with a line for each setting that can't be used."""
    parser = argparse.ArgumentParser(prog="python -m app", description=__doc__)
    parser.add_argument(
        "--reload",
        action="store_true",
        help="restart when a file changes",
    )
    arguments = parser.parse_args()
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit(explain(error))
    configure_logging(settings.log.level, settings.log_format)
    uvicorn.run(
        "app.main:application",
        factory=True,
        host=settings.http.host,
        port=settings.http.port,
        workers=None if arguments.reload else settings.http.workers,
        reload=arguments.reload,
        reload_dirs=["app"] if arguments.reload else None,
        timeout_graceful_shutdown=round(settings.http.shutdown_grace),
        server_header=False,
        access_log=False,
        log_config=None,
    )


if __name__ == "__main__":
    main()
