"""The MongoDB server that tests start."""

from pathlib import Path

import pytest

from tests.core.no_server import NoServer
from tests.mongod import running_mongod


def test_mongod_that_lacks_a_library_names_it_and_its_package(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lacks = "error while loading shared libraries: libcurl.so.4: cannot open"
    program = tmp_path / "mongod"
    program.write_text(f"#!/bin/sh\necho '{program}: {lacks}' >&2\nexit 127\n")
    program.chmod(0o755)
    monkeypatch.setattr("tests.mongod._programs", lambda: iter([str(program)]))

    with pytest.raises(NoServer) as caught, running_mongod():
        pass

    why, advice = str(caught.value).rsplit(". ", 1)
    assert why == f"mongod could not start: {lacks}"
    assert advice == "Install it: apt-get install libcurl4"
