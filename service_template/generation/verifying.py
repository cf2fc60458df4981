"""Verifying: the service's environment is made, and its own tests run in it."""

import os
import re
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from service_template.errors import Refused
from service_template.generation.processes import run, say
from service_template.generation.project import Project

UV = "uv==0.13.9"  # for a machine without uv; the template's own requirements pin the same
NO_NETWORK = re.compile(
    "dns error|error sending request|connection refused|network is unreachable|timed out|"
    "network was disabled|newconnectionerror|failed to establish a new connection|"
    "name resolution|name or service not known",
    re.IGNORECASE,
)
CAUSES = tuple(
    re.compile(pattern)
    for pattern in (
        r"Exit: (.+)",  # pytest.exit(): a server that cannot start
        r"(?:error|ERROR): (.+)",
        r"E\s+((?!File )\S.*)",
        r"INTERNALERROR> (\w.*)",
    )
)
DEEPER_CAUSE = re.compile(r"(?:\s+(?:cause|Caused by): |hint: (?=An index ))(.+)")
IN_PARALLEL = ("--numprocesses", "auto", "--dist", "worksteal")
WAYS_IN = {
    "command": ("service-template new again with --keep", "--no-verify"),
    "make": ("make service again with KEEP=1", 'ANSWERS="prove=none"'),
    "backstage": (
        "make service in a clone of the template, with the answers of the form and KEEP=1",
        "SERVICE_PROVE=none in the workflow",
    ),
    "cruft": (
        """cruft create again with --extra-context '{"prove": "none"}' and make .venv/.ready in it""",
        """--extra-context '{"prove": "none"}'""",
    ),
    "cookiecutter": (
        "the same command again with --keep-project-on-failure",
        "prove=none",
    ),
}
"""How to get a project that fails, and one that is not proven, by the way in."""


def prove(project: Project) -> None:
    """Make the service's environment and run the service's own tests in it.

    Raises:
        Refused: a step failed; its last lines have been shown.
    """
    if not proof_is_wanted(project):
        if project.backup and os.path.lexists(project.backup / ".venv"):
            (project.backup / ".venv").rename(project.folder / ".venv")
        return
    say(f"Proving {project.answers['project_name']}:")
    make_environment(project)
    run_tests(project)


def proof_is_wanted(project: Project) -> bool:
    """Cruft renders for comparison what it updates: only what it creates is proven."""
    wanted = os.environ.get("SERVICE_PROVE", project.answers["prove"])
    return wanted == "full" and project.run.command in ("", "create")


def make_environment(project: Project) -> None:
    """Install what the service needs into its `.venv`, and write `uv.lock`."""
    sync = ["sync", "--no-python-downloads"]
    uv = find_uv()
    if uv:
        run_step("environment", [[*uv, *sync, "--python", suitable_python(project)]], project)
        return
    if not is_new_enough(project):
        raise Refused(
            f"The service needs Python {project.answers['_house']['python_min']} or later, and this is "
            f"{sys.version.split()[0]}: run again with a later one, or with uv on the PATH."
        )
    inside = str(environment_python(project))
    commands = [
        [sys.executable, "-m", "venv", ".venv"],
        [inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV],
        [inside, "-m", "uv", *sync],
    ]
    run_step("environment", commands, project)


def find_uv() -> list[str] | None:
    on_path = shutil.which("uv")
    if on_path:
        return [on_path]
    import importlib.util

    return [sys.executable, "-m", "uv"] if importlib.util.find_spec("uv") else None


def suitable_python(project: Project) -> str:
    """Return the Python that runs this, or, when it is too old, the range uv may search."""
    return (
        sys.executable if is_new_enough(project) else f">={project.answers['_house']['python_min']}"
    )


def is_new_enough(project: Project) -> bool:
    major, minor = map(int, project.answers["_house"]["python_min"].split("."))
    return sys.version_info >= (major, minor)


def environment_python(project: Project) -> Path:
    folder = "Scripts" if sys.platform == "win32" else "bin"
    return project.folder / ".venv" / folder / "python"


def run_tests(project: Project) -> None:
    """Run the service's tests; say which one failed first, and why.

    Raises:
        Refused: tests failed, or could not run.
    """
    pytest = [str(environment_python(project)), "-m", "pytest"]
    report = project.folder / ".venv" / "tests.xml"
    reported = ["--junitxml", str(report), "--override-ini", "junit_family=xunit1"]
    started = start_step("tests")
    status, lines = run([*pytest, *IN_PARALLEL, *reported], project.folder)
    failure = first_failure(report)
    report.unlink(missing_ok=True)
    if status == 0:
        end_step(started, pytest_summary(lines))
        return
    say("failed")
    if not failure or any(line.startswith("Exit: ") for line in lines):
        raise Refused(explain("tests", [*pytest, *IN_PARALLEL], status, lines, project))
    if is_disk_full(failure.reason):
        raise Refused(disk_is_full(project))
    for line in filter(None, (failure.file, failure.test, failure.reason)):
        say(f"    {line}")
    raise Refused(
        f"{failure.count}; `make test` shows all. "
        + way_on(project, [*pytest, failure.node], "the first")
    )


@dataclass(frozen=True)
class Failure:
    """The first test that failed; `test` is empty for a file that cannot be imported."""

    file: str
    test: str
    reason: str
    node: str
    count: str


def first_failure(report: Path) -> Failure | None:
    """Read pytest's report in JUnit's format; return nothing if it names no test."""
    try:
        suites = ElementTree.parse(report).getroot()
    except (OSError, ElementTree.ParseError):
        return None
    failures = [
        (case, problem)
        for case in suites.iter("testcase")
        for problem in case
        if problem.tag in ("failure", "error") and case.get("file")
    ]
    if not failures:
        return None
    case, problem = failures[0]
    file, test, name = (case.get(key, "") for key in ("file", "name", "classname"))
    within = name.removeprefix(file.removesuffix(".py").replace("/", ".")).strip(".").split(".")
    if not name:
        test = ""
    total = len(list(suites.iter("testcase")))
    return Failure(
        file=file,
        test=test,
        reason=reason_of(problem.get("message", ""), problem.text or ""),
        node="::".join(filter(None, (file, *within, test))),
        count=f"{len({case for case, _ in failures})} of {total} tests failed",
    )


def reason_of(message: str, traceback: str) -> str:
    """Return the line that names the exception of a failed test.

    Pytest marks the lines of an exception with `E`. A syntax error has its place before its name.
    """
    if "crashed while running" in message:
        return "Its process ended: a time-out, too little memory, or a crash."
    blocks: list[str] = re.findall(r"(?m)(?:^E .*$\n?)+", traceback)
    if blocks:
        lines = [line[1:].strip() for line in blocks[-1].splitlines()]
        return lines[-1] if lines[0].startswith("File ") else lines[0]
    return message.splitlines()[0] if message else "pytest names no reason"


def pytest_summary(lines: Sequence[str]) -> str:
    passed = [found[0] for line in lines if (found := re.search(r"\d+ passed", line))]
    return f" ({passed[-1]})" if passed else ""


def run_step(
    name: str,
    commands: Sequence[Sequence[str]],
    project: Project,
) -> None:
    """Run a step's commands in the project; say how long they took, or show why they failed."""
    started = start_step(name)
    for command in commands:
        status, lines = run(command, project.folder)
        if status != 0:
            say("failed")
            raise Refused(explain(name, command, status, lines, project))
    end_step(started)


def start_step(name: str) -> float:
    say(f"  {name} … ", end="")
    return time.monotonic()


def end_step(started: float, summary: str = "") -> None:
    say(f"{time.monotonic() - started:.1f} s{summary}")


def explain(
    name: str, command: Sequence[str], status: int, lines: Sequence[str], project: Project
) -> str:
    """Return the line that says why a step failed and what to do; show its last lines before."""
    text = "\n".join(lines)
    cause = cause_in(lines, status)
    keep, unproven = WAYS_IN[way_in(project)]
    if name == "environment" and NO_NETWORK.search(text):
        return (
            f"The package index could not be reached ({cause}), so the service cannot be proven: "
            f"generate it unproven with {unproven}, or run {keep} to keep it as it is."
        )
    if is_disk_full(text):
        return disk_is_full(project)
    if f"Exit: {cause}" not in lines:
        say("\n".join(f"    {line}" for line in lines[-25:]))
    return f"{cause}. The {name} step failed. {way_on(project, command, 'it')}"


def cause_in(lines: Sequence[str], status: int) -> str:
    """Return the line of a command's output that says best why it failed."""
    if status < 0:
        number = signal.Signals(-status)
        memory = ", maybe as memory ran out" if number == signal.SIGKILL else ""
        return f"The process was ended by {number.name}{memory}"
    if "ensurepip is not" in "\n".join(lines):
        return "Python's venv does not work here; on Debian and Ubuntu, install python3-venv"
    for pattern in CAUSES:
        found = [match[1] for line in lines if (match := pattern.match(line))]
        if found:
            deeper = [match[1] for line in lines if (match := DEEPER_CAUSE.match(line))]
            return ": ".join([found[0], *deeper[-1:]]).rstrip(". ")
    said = [line.strip() for line in lines if line.strip()]
    return said[-1].rstrip(". ") if said else f"Exit status {status}, without a word"


def way_on(project: Project, command: Sequence[str], what: str) -> str:
    """Say how to repeat a command in the project, and before that how to get the project."""
    where = shlex.quote(str(project.folder))
    repeat = f"cd {where} && {shlex.join(command).replace(f'{project.folder}/', '')}"
    if project.run.keep and not project.backup:
        return f"To look into it, repeat {what} with: {repeat}"
    keep, _ = WAYS_IN[way_in(project)]
    elsewhere = ", into a new folder" if project.backup else ""
    return f"Run {keep}{elsewhere}, then repeat {what} with: {repeat}"


def way_in(project: Project) -> str:
    """Return how the template was called: what is called differently keeps a project differently."""
    return "cruft" if project.run.command else os.environ.get("SERVICE_WAY_IN", "cookiecutter")


def is_disk_full(text: str) -> bool:
    return "No space left on device" in text or "os error 28" in text


def disk_is_full(project: Project) -> str:
    return f"The disk is full: free some room in {project.folder.parent} and run again."
