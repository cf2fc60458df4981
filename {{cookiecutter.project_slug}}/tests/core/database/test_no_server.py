"""What is said of a server that tests need and that does not start."""

from pathlib import Path

import pytest

from tests.core.no_server import NoServer, require_runnable, why_not_started

LOADER = "error while loading shared libraries"
CANNOT_OPEN = "cannot open shared object file: No such file or directory"
MANY_TESTS = """
import pytest

@pytest.mark.parametrize("number", range(9))
def test_of_many(server, number): ...
"""

pytest_plugins = ["pytester"]


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libcurl.so.4", "libcurl4"),
        ("libcrypto.so.3", "libssl3"),
        ("libaio.so.1", "libaio1"),
        ("libpcre2-8.so.0", "libpcre2-8-0"),
        ("libz.so.1", "zlib1g"),
        ("ours.so", "ours.so"),
    ],
)
def test_why_not_started_missing_library_names_the_package(
    library: str,
    package: str,
) -> None:
    output = f"starting\n/usr/bin/exampled: {LOADER}: {library}: {CANNOT_OPEN}\n"

    why, advice = why_not_started("/usr/bin/exampled", output).rsplit(". ", 1)
    assert why == f"exampled could not start: {LOADER}: {library}: {CANNOT_OPEN}"
    assert advice == f"Install it: apt-get install {package}"


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (
            "LOG:  hello\nFATAL:  lock file is there\nbye\n",
            "FATAL:  lock file is there",
        ),
        (
            '{"s":"I"}\n{"s":"F","msg":"no disk"}\n{"s":"I"}',
            '{"s":"F","msg":"no disk"}',
        ),
        ("first\nlast\n", "last"),
        ("", "it said nothing"),
    ],
)
def test_why_not_started_repeats_the_words_of_the_server(
    output: str,
    said: str,
) -> None:
    assert why_not_started("server", output) == f"server could not start: {said}"


def test_program_that_cannot_be_loaded_is_refused_in_one_line(tmp_path: Path) -> None:
    program = tmp_path / "exampled"
    program.write_text(f"#!/bin/sh\necho '{LOADER}: libssl.so.3: gone' >&2\nexit 127\n")
    program.chmod(0o755)

    with pytest.raises(NoServer) as caught:
        require_runnable(str(program))

    why, advice = str(caught.value).rsplit(". ", 1)
    assert why == f"exampled could not start: {LOADER}: libssl.so.3: gone"
    assert advice == "Install it: apt-get install libssl3"


def test_program_that_is_missing_is_refused() -> None:
    with pytest.raises(NoServer, match="No such file"):
        require_runnable("/nowhere/exampled")


def test_missing_server_stops_the_tests_with_its_reason(
    pytester: pytest.Pytester,
) -> None:
    pytester.makeconftest(
        "from tests.conftest import pytest_exception_interact\n"
        "from tests.core.no_server import NoServer\n"
        "import pytest\n"
        "@pytest.fixture\n"
        "def server():\n"
        "    raise NoServer('exampled could not start: no disk\\nSet a variable.')\n",
    )
    pytester.makepyfile(MANY_TESTS)

    result = pytester.runpytest_inprocess("-p", "no:randomly")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at setup of test_of_many*",
            "exampled could not start: no disk",
            "*! exampled could not start: no disk !*",
        ],
    )
