"""The database servers that tests start."""

from pathlib import Path

import pytest

from app.core.database.settings import DatabaseSettings
from tests.core.no_server import NoServer
from tests.database import out_of_reach
from tests.servers import start


def test_server_that_lacks_a_library_names_it_and_its_package(tmp_path: Path) -> None:
    lacks = "error while loading shared libraries: liburing.so.2: cannot open"
    program = tmp_path / "server"
    program.write_text(f"#!/bin/sh\necho '{program}: {lacks}' >&2\nexit 127\n")
    program.chmod(0o755)
    url = str(out_of_reach(DatabaseSettings()).url.get_secret_value())

    with pytest.raises(NoServer) as caught:
        start("server", [str(program)], url, lambda server: "nothing listens")

    why, advice = str(caught.value).rsplit(". ", 1)
    assert why == f"server could not start: {lacks}"
    assert advice == "Install it: apt-get install liburing2"
