"""Faults: whatever happens, a service ends whole or not at all, and what was there stays."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service_template.generation import processes, setting_aside
from service_template.matrix.deployment import check_dockerfile
from service_template.matrix.service import Service, last_line, run
from service_template.paths import TEMPLATE
from tests.conftest import Bake, Cookiecutter, StubUv, tree
from tests.hooks import rendered, run_faulty

BACKUP = ".my-service.before-overwrite"


@pytest.fixture
def inhabited(tiny: Cookiecutter) -> Path:
    """A service that people have worked in: files of theirs, links, modes, git, a `.venv`."""
    assert tiny().returncode == 0
    service = tiny.service
    (service / "README.md").write_text("our own words\n")
    (service / "conftest.py").write_text("# our own\n")
    (service / "GNUmakefile").write_text("# our own\n")
    (service / "notes" / "deep").mkdir(parents=True)
    (service / "notes" / "deep" / "plan.txt").write_text("ours\n")
    (service / "notes" / "run.sh").write_text("#!/bin/sh\n")
    (service / "notes" / "run.sh").chmod(0o750)
    (service / "link").symlink_to("nowhere")
    (service / ".venv").mkdir()
    (service / ".venv" / "pyvenv.cfg").write_text("home = ours\n")
    (service / "_options").mkdir()
    (service / "_options" / "left-over.txt").write_text("of a run without hooks\n")
    (service / ".git").mkdir()
    (service / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    os.utime(service / "README.md", ns=(10**18, 10**18 + 1))
    return service


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within 30 s"
        time.sleep(0.02)


def start(tiny: Cookiecutter, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
    """Start cookiecutter in a process group of its own, as a terminal does."""
    return subprocess.Popen(
        [sys.executable, "-m", "cookiecutter", str(tiny.template), "--no-input", *arguments],
        cwd=tiny.output,
        env={**os.environ, "HOME": str(tiny.home), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def busy(stub_uv: StubUv, step: str, folder: Path) -> dict[str, str]:
    """Make a step start a server, say that it is there, and stop it when it is interrupted."""
    server = (
        f"trap 'touch {folder}/stopped; exit 130' INT; "
        f"echo $$ > {folder}/writing; mv {folder}/writing {folder}/started; "
        "while true; do sleep 0.05; done"
    )
    return stub_uv.variables(**{step: server})


def child_of(pid: int) -> int:
    """Return the process that another started: cookiecutter's hook."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


SENT: dict[str, tuple[signal.Signals, Callable[[int], None]]] = {
    "Ctrl-C": (signal.SIGINT, lambda pid: os.killpg(pid, signal.SIGINT)),
    "SIGTERM to all": (signal.SIGTERM, lambda pid: os.killpg(pid, signal.SIGTERM)),
    "SIGTERM to the hook": (signal.SIGTERM, lambda pid: os.kill(child_of(pid), signal.SIGTERM)),
    "SIGTERM to cookiecutter": (signal.SIGTERM, lambda pid: os.kill(pid, signal.SIGTERM)),
    "SIGHUP to all": (signal.SIGHUP, lambda pid: os.killpg(pid, signal.SIGHUP)),
}


@pytest.mark.parametrize("step", ["sync", "tests"])
@pytest.mark.parametrize("how", SENT)
def test_a_stopped_run_stops_its_children_and_leaves_nothing(
    tiny: Cookiecutter, stub_uv: StubUv, tmp_path: Path, how: str, step: str
) -> None:
    running = start(tiny, **busy(stub_uv, step, tmp_path))
    wait_for((tmp_path / "started").exists, "the step")
    hook = child_of(running.pid)

    SENT[how][1](running.pid)
    _, said = running.communicate(timeout=30)

    wait_for(lambda: not Path(f"/proc/{hook}").exists(), "the hook's end")
    assert running.returncode != 0
    assert (tmp_path / "stopped").exists()
    assert not Path(f"/proc/{(tmp_path / 'started').read_text().strip()}").exists()
    assert f"Stopped while making {tiny.service}: nothing of it is left." in said
    assert list(tiny.output.iterdir()) == []


@pytest.mark.parametrize("how", SENT)
def test_a_stopped_run_keeps_what_it_made_where_it_was_asked_to(
    tiny: Cookiecutter, stub_uv: StubUv, tmp_path: Path, how: str
) -> None:
    running = start(tiny, "--keep-project-on-failure", **busy(stub_uv, "tests", tmp_path))
    wait_for((tmp_path / "started").exists, "the step")
    hook = child_of(running.pid)

    SENT[how][1](running.pid)
    _, said = running.communicate(timeout=30)

    wait_for(lambda: not Path(f"/proc/{hook}").exists(), "the hook's end")
    assert running.returncode != 0
    assert f"Stopped while making {tiny.service}: what was made is kept." in said
    assert (tiny.service / "app" / "main.py").is_file()


@pytest.mark.parametrize("how", SENT)
def test_a_stopped_overwrite_puts_back_what_was_there(
    tiny: Cookiecutter, inhabited: Path, stub_uv: StubUv, tmp_path: Path, how: str
) -> None:
    before = tree(inhabited)
    running = start(tiny, "--overwrite-if-exists", **busy(stub_uv, "tests", tmp_path))
    wait_for((tmp_path / "started").exists, "the step")
    assert tree(inhabited) != before
    hook = child_of(running.pid)

    SENT[how][1](running.pid)
    _, said = running.communicate(timeout=30)

    wait_for(lambda: not Path(f"/proc/{hook}").exists(), "the hook's end")
    assert running.returncode != 0
    assert "it is as it was before" in said
    assert tree(inhabited) == before
    assert [path.name for path in tiny.output.iterdir()] == ["my-service"]


def test_a_child_that_will_not_stop_is_killed(
    tiny: Cookiecutter, stub_uv: StubUv, tmp_path: Path
) -> None:
    deaf = f"trap '' INT TERM; echo $$ > {tmp_path}/started; while true; do sleep 0.05; done"
    running = start(tiny, **stub_uv.variables(tests=deaf))
    wait_for((tmp_path / "started").exists, "the step")
    os.killpg(running.pid, signal.SIGTERM)
    running.communicate(timeout=60)
    wait_for(lambda: list(tiny.output.iterdir()) == [], "tidying up")
    assert not Path(f"/proc/{(tmp_path / 'started').read_text().strip()}").exists()


@pytest.mark.parametrize(
    ("keep", "left"), [("", "no service was made"), ("1", "what was made is kept")]
)
def test_make_service_stopped_by_ctrl_c_says_so_in_a_line_and_what_is_left(
    stub_uv: StubUv, tmp_path: Path, keep: str, left: str
) -> None:
    output = tmp_path / "output"
    running = subprocess.Popen(
        [sys.executable, "-m", "service_template", "new"],
        cwd=TEMPLATE,
        env={**os.environ, **busy(stub_uv, "tests", tmp_path), "OUTPUT": str(output), "KEEP": keep},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for((tmp_path / "started").exists, "the step")
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 130
    assert last_line(said) == f"Stopped: {left}."
    assert "Traceback" not in said
    assert bool(list(output.iterdir())) == bool(keep)


@pytest.fixture
def scene(tiny: Cookiecutter, inhabited: Path, tmp_path: Path) -> Callable[[], Path]:
    """Sets the scene for the hook after rendering: earlier state aside, new files over it."""
    kept = tmp_path / "kept"
    shutil.copytree(inhabited, kept, symlinks=True)
    twin = Cookiecutter(tiny.home, tmp_path / "rendered", tiny.template)
    twin.output.mkdir()
    assert twin("--accept-hooks", "no").returncode == 0

    def set_scene() -> Path:
        backup = inhabited.with_name(BACKUP)
        for folder in (inhabited, backup):
            shutil.rmtree(folder, ignore_errors=True)
        moved = shutil.ignore_patterns(".venv", "_options")
        shutil.copytree(kept, backup, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        shutil.copytree(kept, inhabited, symlinks=True, ignore=moved)
        shutil.copytree(twin.service, inhabited, dirs_exist_ok=True)
        return inhabited

    return set_scene


def sweep(attempt: Callable[[int], str], stride: int) -> set[str]:
    """Try a fault at one step after the other, until it comes too late to happen."""
    outcomes: set[str] = set()
    for at in range(1, 5000, stride):
        outcome = attempt(at)
        if outcome == "too late":
            return outcomes
        outcomes.add(outcome)
    raise AssertionError("the hook did not come to its end")


@pytest.mark.parametrize("fault", ["SIGTERM", "ENOSPC"])
def test_a_fault_anywhere_in_the_hook_after_rendering_leaves_the_old_or_the_new(
    scene: Callable[[], Path], inhabited: Path, stub_uv: StubUv, tmp_path: Path, fault: str
) -> None:
    hook = rendered("post_gen_project", tmp_path, created=False)
    before = tree(inhabited)
    result = run(sys.executable, hook, cwd=scene(), **stub_uv.variables())
    assert result.returncode == 0, result.stderr
    after = contents(inhabited)

    def attempt(at: int) -> str:
        result = run_faulty(hook, scene(), fault, at, **stub_uv.variables())
        if "never happened" in result.stderr:
            assert result.returncode == 0
            return "too late"
        assert "Traceback" not in result.stderr
        assert not inhabited.with_name(BACKUP).exists()
        if result.returncode == 0:
            assert contents(inhabited) == after, f"step {at}"
            return "new"
        assert len(result.stderr.splitlines()) == 1, result.stderr
        assert tree(inhabited) == before, f"step {at}"
        return "old"

    assert "old" in sweep(attempt, stride=17 if fault == "SIGTERM" else 1)


def contents(folder: Path) -> dict[str, Any]:
    return {name: value[0] if isinstance(value, tuple) else value
            for name, value in tree(folder).items()}  # fmt: skip


@pytest.mark.parametrize("fault", ["SIGINT", "ENOSPC"])
def test_a_fault_anywhere_in_the_hook_before_rendering_leaves_all_as_it_was(
    inhabited: Path, tmp_path: Path, fault: str
) -> None:
    hook = rendered("pre_gen_project", tmp_path, created=False)
    before = tree(inhabited)
    backup = inhabited.with_name(BACKUP)

    def attempt(at: int) -> str:
        result = run_faulty(hook, inhabited, fault, at)
        if result.returncode == 0:  # set aside: put it back for the next attempt
            for name in (".venv", "_options"):
                (backup / name).rename(inhabited / name)
            shutil.rmtree(backup)
            return "too late" if "never happened" in result.stderr else "set aside"
        assert len(result.stderr.splitlines()) == 1, result.stderr
        assert not backup.exists()
        assert tree(inhabited) == before, f"step {at}"
        return "old"

    assert "old" in sweep(attempt, stride=7 if fault == "SIGINT" else 1)


def test_a_disk_with_little_room_is_refused_before_anything_is_written(
    inhabited: Path, tmp_path: Path
) -> None:
    before = tree(inhabited)
    hook = rendered("pre_gen_project", tmp_path, created=False)
    result = run_faulty(hook, inhabited, "NO_ROOM", at=0)
    assert result.returncode == 1
    assert result.stderr.startswith("The disk has 4 KiB left")
    assert tree(inhabited) == before


@pytest.mark.parametrize("step", ["sync", "tests"])
def test_a_disk_that_fills_up_while_proving_is_one_line(
    tiny: Cookiecutter, stub_uv: StubUv, step: str
) -> None:
    full = {step: "echo 'write error: No space left on device'; false"}
    result = tiny(**stub_uv.variables(**full))
    assert result.returncode == 1
    assert last_line(result.stderr) == (
        f"The disk is full: free some room in {tiny.output} and run again."
    )
    assert list(tiny.output.iterdir()) == []


def test_an_existing_folder_is_not_touched(tiny: Cookiecutter, inhabited: Path) -> None:
    before = tree(inhabited)
    result = tiny()
    assert result.returncode == 1
    assert "already exists" in last_line(result.stdout)
    assert tree(inhabited) == before


@pytest.mark.parametrize("step", ["sync", "tests"])
def test_an_overwrite_that_fails_puts_back_what_was_there(
    tiny: Cookiecutter, inhabited: Path, stub_uv: StubUv, step: str
) -> None:
    before = tree(inhabited)
    failing = stub_uv.variables(**{step: "false"})
    result = tiny("--overwrite-if-exists", "database=mongodb", **failing)
    assert result.returncode == 1
    assert tree(inhabited) == before
    assert [path.name for path in tiny.output.iterdir()] == ["my-service"]


@pytest.mark.parametrize("hooks", ["yes", "no"])
@pytest.mark.parametrize("leads_somewhere", [True, False])
@pytest.mark.parametrize(
    "link", ["", "README.md", "app", "app/main.py", "app/documents.py", "_options", ".cruft.json"]
)
def test_overwrite_link_out_of_the_folder_is_refused(
    tiny: Cookiecutter,
    inhabited: Path,
    tmp_path: Path,
    link: str,
    leads_somewhere: bool,
    hooks: str,
) -> None:
    """A link in the place of the folder, or of what the template writes or deletes in it."""
    place, outside = inhabited / link, tmp_path / "outside"
    if place.exists():
        place.rename(outside if leads_somewhere else tmp_path / "elsewhere")
    elif leads_somewhere:
        outside.write_text("precious\n")
    place.symlink_to(outside)
    before = tree(tiny.output), outside.exists() and tree(outside)

    result = tiny("--overwrite-if-exists", "--accept-hooks", hooks)

    assert result.returncode == 1
    assert len((result.stdout + result.stderr).splitlines()) == 1
    assert f"{place} is a symbolic link" in last_line(result.stdout)
    assert (tree(tiny.output), outside.exists() and tree(outside)) == before


def test_overwrite_link_within_the_folder_or_elsewhere_is_followed_or_left(
    tiny: Cookiecutter, inhabited: Path, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (inhabited / "notes" / "data").symlink_to(tmp_path / "data")
    (inhabited / "notes" / "gone").symlink_to(tmp_path / "gone")
    (inhabited / "README.md").rename(inhabited / "READ.md")
    (inhabited / "README.md").symlink_to("READ.md")

    result = tiny("--overwrite-if-exists")

    assert result.returncode == 0, result.stdout + result.stderr
    assert (inhabited / "READ.md").read_text() == "# My Service\n"
    assert (inhabited / "notes" / "data").readlink() == tmp_path / "data"
    assert (inhabited / "notes" / "gone").is_symlink()


def test_overwrite_that_fails_puts_back_an_environment_that_leads_nowhere(
    tiny: Cookiecutter, inhabited: Path, stub_uv: StubUv
) -> None:
    shutil.rmtree(inhabited / ".venv")
    (inhabited / ".venv").symlink_to("/nowhere")
    before = tree(inhabited)

    result = tiny("--overwrite-if-exists", **stub_uv.variables(sync="false"))

    assert result.returncode == 1
    assert tree(inhabited) == before


def test_make_service_link_that_leads_nowhere_is_refused(ready: Path, tmp_path: Path) -> None:
    (ready / "services").mkdir()
    (ready / "services" / "my-service").symlink_to(tmp_path / "nowhere")

    result = run("make", "-s", "service", cwd=ready, ANSWERS="prove=none")

    assert result.returncode != 0
    assert "my-service is a symbolic link" in result.stderr
    assert not (tmp_path / "nowhere").exists()


def test_an_overwrite_keeps_what_is_not_the_templates(
    tiny: Cookiecutter, inhabited: Path, stub_uv: StubUv
) -> None:
    result = tiny("--overwrite-if-exists", **stub_uv.variables())
    assert result.returncode == 0, result.stderr
    assert (inhabited / "README.md").read_text() == "# My Service\n"
    assert (inhabited / "notes" / "deep" / "plan.txt").read_text() == "ours\n"
    assert (inhabited / "conftest.py").read_text() == "# our own\n"
    assert (inhabited / "GNUmakefile").read_text() == "# our own\n"
    assert (inhabited / ".git" / "HEAD").exists()
    assert not (inhabited / ".venv" / "pyvenv.cfg").exists()
    assert [path.name for path in tiny.output.iterdir()] == ["my-service"]


def test_an_overwrite_that_is_not_proven_keeps_the_environment(
    tiny: Cookiecutter, inhabited: Path
) -> None:
    assert tiny("--overwrite-if-exists").returncode == 0
    assert (inhabited / ".venv" / "pyvenv.cfg").read_text() == "home = ours\n"


def test_an_overwrite_with_another_answer_leaves_nothing_of_the_first(
    tiny: Cookiecutter, inhabited: Path
) -> None:
    assert (inhabited / "app" / "tables.py").exists()
    assert tiny("--overwrite-if-exists", "database=mongodb").returncode == 0
    assert sorted(path.name for path in (inhabited / "app").iterdir()) == [
        "core",
        "documents.py",
        "main.py",
    ]


def test_a_run_without_hooks_can_be_made_good_by_one_with_them(tiny: Cookiecutter) -> None:
    assert tiny("--accept-hooks", "no").returncode == 0
    assert tiny("--overwrite-if-exists").returncode == 0
    made = Service(tiny.service).files()
    shutil.rmtree(tiny.service)
    assert tiny().returncode == 0
    assert made == Service(tiny.service).files()


def test_what_an_interrupted_run_set_aside_is_pointed_at(
    tiny: Cookiecutter, inhabited: Path
) -> None:
    backup = inhabited.with_name(BACKUP)
    backup.mkdir()
    (backup / "precious.txt").write_text("ours\n")
    before = tree(inhabited)
    result = tiny("--overwrite-if-exists")
    assert result.returncode == 1
    assert f"lies in {backup}" in last_line(result.stderr)
    assert tree(inhabited) == before
    assert (backup / "precious.txt").exists()


def test_of_two_runs_at_once_one_makes_the_service(
    tiny: Cookiecutter, stub_uv: StubUv, tmp_path: Path
) -> None:
    go_on = tmp_path / "go-on"
    waiting = f"touch {tmp_path}/started; until test -e {go_on}; do sleep 0.05; done; echo 1 passed"
    first = start(tiny, **stub_uv.variables(tests=waiting))
    wait_for((tmp_path / "started").exists, "the first run's proof")

    second = tiny()
    third = tiny("--overwrite-if-exists")
    go_on.touch()
    said, _ = first.communicate(timeout=30)

    assert second.returncode == 1
    assert "already exists" in last_line(second.stdout)
    assert third.returncode == 1
    assert "Another run is still at work" in third.stderr
    assert first.returncode == 0
    assert "(sqlite, memory, none, embedded; proven)" in said
    assert [path.name for path in tiny.output.iterdir()] == ["my-service"]


def test_two_services_at_once_do_not_meet(tiny: Cookiecutter, stub_uv: StubUv) -> None:
    runs = [start(tiny, f"project_slug={name}", **stub_uv.variables()) for name in ("a", "b")]
    for running in runs:
        running.communicate(timeout=60)
        assert running.returncode == 0
    assert sorted(path.name for path in tiny.output.iterdir()) == ["a", "b"]


def test_spaces_in_paths_are_no_matter(tiny: Cookiecutter, stub_uv: StubUv, tmp_path: Path) -> None:
    folder = tmp_path / "my own $HOME 'services'"
    result = tiny("--output-dir", folder, **stub_uv.variables())
    assert result.returncode == 0, result.stderr
    enter = result.stdout.splitlines()[-2]
    entered = run("sh", "-c", f"{enter} && pwd", cwd=tmp_path)
    assert entered.stdout == f"{folder / 'my-service'}\n"


@pytest.mark.parametrize("output", ["a file", "/proc/nowhere"])
def test_an_output_that_cannot_be_written_is_one_line(tmp_path: Path, output: str) -> None:
    (tmp_path / "a file").touch()
    result = run(
        sys.executable,
        "-m",
        "service_template",
        "new",
        cwd=tmp_path,
        PYTHONPATH=str(TEMPLATE),
        OUTPUT=output,
        SERVICE_PROVE="none",
    )
    assert result.returncode == 1
    [line] = (result.stdout + result.stderr).splitlines()
    assert line.startswith(f"No service was made in {output}: ")


def test_neither_git_nor_uv_nor_a_terminal_is_needed_to_choose(
    tiny: Cookiecutter, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    result = tiny(PATH=str(tmp_path / "empty"))
    assert result.returncode == 0, result.stderr
    assert (tiny.service / "app" / "database.py").exists()


@pytest.mark.parametrize(
    "command",
    [
        ["make", "run"],
        ["make"],
        [sys.executable, "-m", "pytest"],
        [sys.executable, "-m", "app"],
        [sys.executable, "-c", "from app.main import create_app"],
    ],
    ids=" ".join,
)
def test_without_hooks_whatever_runs_it_says_what_is_missing(
    cookiecutter: Cookiecutter, command: list[str]
) -> None:
    assert cookiecutter("--accept-hooks", "no").returncode == 0
    result = run(*command, cwd=cookiecutter.service)
    assert result.returncode != 0
    [line] = [line for line in (result.stdout + result.stderr).splitlines() if line.strip()]
    assert "its options were not applied" in line
    assert "without --accept-hooks no" in line


def test_without_hooks_no_image_is_built(cookiecutter: Cookiecutter, bake: Bake) -> None:
    """No builder knows this instruction, and what follows is not run."""
    assert cookiecutter("--accept-hooks", "no").returncode == 0
    dockerfile = Service(cookiecutter.service).read("Dockerfile").splitlines()
    [number] = [at for at, line in enumerate(dockerfile) if "its options were not" in line]
    assert dockerfile[number].startswith("OPTIONS-WERE-NOT-APPLIED my-service is not a service yet")

    assert f"Dockerfile:{number + 1}" in check_dockerfile(Service(cookiecutter.service))
    assert check_dockerfile(bake()) == ""


def test_no_service_has_a_guard(bake: Bake) -> None:
    made = bake().files()
    assert not {"GNUmakefile", "conftest.py"} & set(made)
    assert not [name for name, content in made.items() if b"options were not applied" in content]


def test_a_hook_before_rendering_that_outlives_cookiecutter_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "my-service"
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.setattr(processes, "PARENT", os.getppid() + 1)

    assert setting_aside.main({"created": True}) == 1

    assert not project.exists()
