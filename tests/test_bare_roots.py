"""Bare machines: what is recorded of them. `.ci/run` makes one, which takes root and minutes."""

from pathlib import Path

import pytest

from service_template.matrix import bare_roots
from service_template.matrix.bare_roots import Result


@pytest.mark.parametrize("missing", bare_roots.TOOLS)
def test_main_without_a_tool_says_what_to_install(
    missing: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for tool in {*bare_roots.TOOLS} - {missing}:
        (tmp_path / tool).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert bare_roots.main() == 1

    [line] = capsys.readouterr().out.splitlines()
    assert "apt-get install debootstrap slirp4netns" in line


def test_record_keeps_the_pythons_of_commands_that_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bare_roots, "record_file", lambda: tmp_path / "of" / "this.json")
    passed = Result("sid", "3.14.2", "ada", "make service", passed=True, seconds=90)
    failed = Result("trixie", "3.13.5", "ada", "make service", passed=False, seconds=90)

    bare_roots.record([passed, failed])
    bare_roots.record([failed])

    assert bare_roots.recorded() == ["3.14.2"]
    assert str(failed) == "trixie     3.13.5    ada    make service   FAILED     90 s"


def test_mirror_is_that_of_apt() -> None:
    lists = Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list")
    sources = "".join(path.read_text(encoding="utf-8") for path in lists if path.is_file())

    assert bare_roots.mirror().rstrip("/") in sources
