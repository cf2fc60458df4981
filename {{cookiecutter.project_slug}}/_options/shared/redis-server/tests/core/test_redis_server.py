"""The Redis server that tests start."""

from pathlib import Path

import pytest

from tests.core.no_server import NoServer
from tests.redis_server import PrivateServer


def test_server_that_lacks_a_library_names_it_and_its_package(tmp_path: Path) -> None:
    lacks = "error while loading shared libraries: libssl.so.3: cannot open"
    program = tmp_path / "valkey-server"
    program.write_text(f"#!/bin/sh\necho '{program}: {lacks}' >&2\nexit 127\n")
    program.chmod(0o755)

    with pytest.raises(NoServer) as caught:
        PrivateServer(str(program))

    why, advice = str(caught.value).rsplit(". ", 1)
    assert why == f"valkey-server could not start: {lacks}"
    assert advice == "Install it: apt-get install libssl3"


def test_server_that_ends_at_once_repeats_its_own_words(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.redis_server.START_SECONDS", 0.3)
    program = tmp_path / "valkey-server"
    program.write_text("#!/bin/sh\necho '# Fatal error, no memory'\n")
    program.chmod(0o755)

    with pytest.raises(NoServer, match="could not start: # Fatal error, no memory"):
        PrivateServer(str(program)).start()
