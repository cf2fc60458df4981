"""After rendering: lay the chosen options over the project, then prove it.

*Choosing* needs the standard library only: no network, no clock, no git. The same answers give
the same bytes. *Proving* makes the service's environment and runs the service's own tests.

Whatever goes wrong, the project ends whole or not at all, with one line that says what to do.
"""

import contextlib
import errno
import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

# Only single quotes are safe here: `tojson` escapes them, and no double ones.
ANSWERS = json.loads(r'{{ cookiecutter | tojson }}')  # fmt: skip
RUN = json.loads(r'{{ run_facts() | tojson }}')  # fmt: skip
MANAGED = json.loads(r'{{ cookiecutter | managed_files | tojson }}')  # fmt: skip

UV = "uv==0.13.9"  # for a machine without uv; the template's own requirements pin the same
OPTIONS = ("database", "cache", "auth", "jobs")  # what is told of a service in a line
GUARDS = ("GNUmakefile", "conftest.py")
GUARDED = ("Dockerfile", "app/__init__.py")  # a line in each of them is a guard
GUARD_MARK = "its options were not applied"
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
PARENT = os.getppid()
received: list[int] = []  # signals that asked the hook to stop, oldest first


class Failed(Exception):
    """The project cannot be handed over; its text is the one line that says what to do."""


class Stopped(Exception):
    """A signal asked the hook to stop, or cookiecutter is no longer there to hear from it."""


@dataclass(frozen=True)
class Project:
    """The folder being made, and the copy of what was there before (`None` for a new one)."""

    folder: Path
    backup: Path | None

    @classmethod
    def here(cls) -> "Project":
        folder = Path.cwd()
        backup = folder.with_name(f".{folder.name}.before-overwrite")
        return cls(folder, backup if backup.is_dir() and not RUN["created"] else None)


def main() -> int:
    note_signals()
    project = Project.here()
    hold_folder(project.folder)
    try:
        for step in STEPS:
            step(project)
            stop_if_asked()
    except Exception as error:
        said = verdict(error, project)
        try:
            undo(project)
        except OSError as trouble:
            said += f" But that could not be undone: {trouble}."
            if project.backup:
                said += f" What was there before is in {project.backup}."
        print(said, file=sys.stderr, flush=True)
        return 128 + received[0] if received else 1
    hand_over(project)
    return 0


# Choosing


def choose_options(project: Project) -> None:
    """Lay each chosen folder of `_options/` over the project; delete the rest.

    `_options/<option>/<choice>/` holds what a choice brings, laid out as it will lie in the
    project. Choices that share files have a folder together: `sqlite+postgresql+mysql`; choices
    of several options have one in `any`: `cache=redis+jobs=taskiq`. What a choice brings for
    choices of another option only lies in an `_options/` of its own; `house/codeowners` is for a
    house that sets this standard. `_parts/` are included by rendered files such as
    `pyproject.toml`, and not laid.
    """
    options = project.folder / "_options"
    chosen, others = sort_by_answer(options)
    refuse_missing_folders(options, chosen)
    brought: dict[Path, Path] = {}
    for folder in chosen:
        for file in files_in(folder):
            path = file.relative_to(folder)
            if path in brought:
                raise Failed(f"Two chosen folders bring {path}: this is a fault in the template.")
            brought[path] = file
    if project.backup and not RUN["skip"]:
        remove_other_choices(project.folder, brought, others)
    for path, source in brought.items():
        lay(source, project.folder / path, project)
    shutil.rmtree(options)


def sort_by_answer(options: Path) -> tuple[list[Path], list[Path]]:
    """Return the folders that the answers choose, and those that they do not."""
    chosen: list[Path] = []
    others: list[Path] = []
    for option in sorted(options.iterdir()):
        folders = sorted(option.iterdir())
        found = [folder for folder in folders if is_chosen(option.name, folder.name)]
        others += [folder for folder in folders if folder not in found]
        for folder in found:
            chosen.append(folder)
            if (folder / "_options").is_dir():
                within, without = sort_by_answer(folder / "_options")
                chosen += within
                others += without
    return chosen, others


def refuse_missing_folders(options: Path, chosen: Sequence[Path]) -> None:
    """Every option has a folder for each of its choices, except `any`, which is none."""
    found = {folder.relative_to(options).parts[0] for folder in chosen}
    for option in sorted(path.name for path in options.iterdir()):
        if option not in found and option != "any":
            answer = ANSWERS[option]
            raise Failed(f"{option}={answer} has no folder: this is a fault in the template.")


def is_chosen(option: str, folder: str) -> bool:
    """Whether a folder named for some choices is for one that was made, or for a set standard."""
    names = folder.split("+")
    if option == "house":
        return any(ANSWERS["_house"][standard] for standard in names)
    if option == "any":
        pairs = (pair.split("=") for pair in names)
        return any(ANSWERS[other] == choice for other, choice in pairs)
    return ANSWERS[option] in names


def files_in(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and "_parts" not in parts and "_options" not in parts:
            yield path


def remove_other_choices(
    folder: Path, brought: Mapping[Path, Path], others: Sequence[Path]
) -> None:
    """Delete what an earlier run with other answers left, so that one choice is left."""
    for other in others:
        for file in (path for path in other.rglob("*") if path.is_file()):
            path = place_in_project(file.relative_to(other))
            if path and path not in brought:
                (folder / path).unlink(missing_ok=True)
                remove_empty_folders(folder, path)


def place_in_project(path: Path) -> Path | None:
    """Return where a file of a choice is laid, also one that lies in options of its own."""
    parts = path.parts
    while "_options" in parts:  # _options/<option>/<choice>/…
        parts = parts[parts.index("_options") + 3 :]
    return None if "_parts" in parts else Path(*parts)


def lay(source: Path, target: Path, project: Project) -> None:
    """Move a chosen file to its place.

    In a folder that was there before, a file in that place may be the previous one: it is
    overwritten, or kept when the person asked for that. In a new folder it is a clash.
    """
    if target.exists() and not project.backup:
        path = target.relative_to(project.folder)
        raise Failed(f"An option brings {path} once more: this is a fault in the template.")
    if target.exists() and RUN["skip"]:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def remove_empty_folders(folder: Path, path: Path) -> None:
    for parent in list(path.parents)[:-1]:
        if (folder / parent).is_dir() and not any((folder / parent).iterdir()):
            (folder / parent).rmdir()


def remove_guards(project: Project) -> None:
    """Delete what stops make, pytest, Python and Docker in a project whose hooks never ran.

    A file of the same name as a guard that the person had there comes back.
    """
    for name in GUARDED:
        if is_guard(project.folder / name):
            remove_guard_line(project.folder / name)
    for name in GUARDS:
        if is_guard(project.folder / name):
            (project.folder / name).unlink()
        earlier = project.backup / name if project.backup else None
        if earlier and earlier.is_file() and not is_guard(earlier):
            shutil.copy2(earlier, project.folder / name)


def remove_guard_line(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in lines if GUARD_MARK not in line)
    path.write_text(kept, encoding="utf-8", newline="\n")


def is_guard(path: Path) -> bool:
    return path.is_file() and GUARD_MARK in path.read_text(encoding="utf-8", errors="replace")


def record_answers(project: Project) -> None:
    """Write the answers and the template's version into `.cruft.json`, for later updates.

    Under cruft nothing is written: cruft records them itself, and what a hook wrote as well
    would come back as a conflict in `cruft update`.
    """
    target = project.folder / ".cruft.json"
    if RUN["command"] or (RUN["skip"] and target.exists()):
        return
    repository = Path(RUN["template"]) / ".git"
    template = origin_of(repository) or public_address(ANSWERS["_template"])
    kept = {name: answer for name, answer in ANSWERS.items() if not name.startswith("_")}
    record = {
        "template": template,
        "commit": commit_of(repository),
        "checkout": ANSWERS.get("_checkout"),
        "context": {
            "cookiecutter": {
                **kept,
                "_house": ANSWERS["_house"],
                "_template_version": ANSWERS["_template_version"],
                "_template": template,
            }
        },
        "directory": None,
    }
    text = json.dumps(record, ensure_ascii=False, indent=2, separators=(",", ": "))
    target.write_text(text + "\n", encoding="utf-8", newline="\n")
    note_folder(project)


def note_folder(project: Project) -> None:
    """Write where the template lies on this machine, for its commands; git ignores that file."""
    if not str(ANSWERS["_template"]).endswith(".zip"):  # which is unpacked for the moment
        note = project.folder / ".template"
        note.write_text(f"{RUN['template']}\n", encoding="utf-8", newline="\n")


def origin_of(repository: Path) -> str | None:
    """Return where a git repository was cloned from, if others can reach that too."""
    section = ""
    for line in read_lines(shared_part(repository) / "config"):
        if line.startswith("["):
            section = line
        key, _, value = line.partition("=")
        if section == '[remote "origin"]' and key.strip() == "url":
            return public_address(value.strip())
    return None


def public_address(address: str) -> str | None:
    """Return an address without the secrets in it; `None` for a path on this machine."""
    address = re.split("[?#]", address)[0]
    if found := re.fullmatch(r"(https?|ssh|git)://([^/]*@)?([^/@]*(?:/.*)?)", address):
        scheme, user, rest = found.groups(default="")
        login = f"{re.split('[:@]', user)[0]}@" if user and scheme == "ssh" else ""
        return f"{scheme}://{login}{rest}"
    is_short = re.fullmatch(r"[a-z]{2,}:[\w.-]+/[\w./-]+", address)  # gh:owner/name
    is_scp_like = re.fullmatch(r"[\w.-]+@[\w.-]+:[^\\]+", address)  # git@host:owner/name
    return address if is_short or is_scp_like else None


def commit_of(repository: Path) -> str | None:
    """Read the commit that is checked out from git's own files, as git may be missing."""
    head = next(read_lines(own_part(repository) / "HEAD"), "")
    if not head.startswith("ref: "):
        return head or None
    reference = head.removeprefix("ref: ")
    shared = shared_part(repository)
    loose = next(read_lines(shared / reference), None)
    packed = read_lines(shared / "packed-refs")
    return loose or next((line.split()[0] for line in packed if line.endswith(reference)), None)


def own_part(repository: Path) -> Path:
    """Return the folder that holds what is checked out; `git worktree` names it in a file."""
    line = next(read_lines(repository), "")
    return repository.parent / line.removeprefix("gitdir: ") if line else repository


def shared_part(repository: Path) -> Path:
    """Return the folder that holds what all working trees of a repository have in common."""
    own = own_part(repository)
    return own / next(read_lines(own / "commondir"), "")


def read_lines(path: Path) -> Iterator[str]:
    if path.is_file():
        yield from map(str.strip, path.read_text(encoding="utf-8").splitlines())


def record_managed_files(project: Project) -> None:
    """Write into `.managed.sha256` what each managed file is like as the template made it.

    A line is the mode that git would give a file, the digest of its bytes, and its path. Whether
    a managed file was changed since can be told by it without the template.
    """
    target = project.folder / ".managed.sha256"
    if RUN["skip"] and target.exists():
        return
    made = [path for path in MANAGED if (project.folder / path).is_file()]
    text = "".join(f"{state_of(project.folder / path)} {path}\n" for path in made)
    target.write_text(text, encoding="utf-8", newline="\n")


def state_of(path: Path) -> str:
    mode = "755" if path.stat().st_mode & 0o100 else "644"
    return f"{mode} {hashlib.sha256(path.read_bytes()).hexdigest()}"


# Proving


def prove(project: Project) -> None:
    """Make the service's environment and run the service's own tests in it.

    Raises:
        Failed: a step failed; its last lines have been shown.
    """
    if not proof_is_wanted():
        if project.backup and os.path.lexists(project.backup / ".venv"):
            (project.backup / ".venv").rename(project.folder / ".venv")
        return
    say(f"Proving {ANSWERS['project_name']}:")
    make_environment(project)
    run_tests(project)


def proof_is_wanted() -> bool:
    """Cruft renders for comparison what it updates: only what it creates is proven."""
    wanted = os.environ.get("SERVICE_PROVE", ANSWERS["prove"])
    return wanted == "full" and RUN["command"] in ("", "create")


def make_environment(project: Project) -> None:
    """Install what the service needs into its `.venv`, and write `uv.lock`."""
    sync = ["sync", "--no-python-downloads"]
    uv = find_uv()
    if uv:
        run_step("environment", [[*uv, *sync, "--python", suitable_python()]], project)
        return
    if not is_new_enough():
        raise Failed(
            f"The service needs Python {ANSWERS['_house']['python_min']} or later, and this is "
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


def suitable_python() -> str:
    """Return the Python that runs this, or, when it is too old, the range uv may search."""
    return sys.executable if is_new_enough() else f">={ANSWERS['_house']['python_min']}"


def is_new_enough() -> bool:
    major, minor = map(int, ANSWERS["_house"]["python_min"].split("."))
    return sys.version_info >= (major, minor)


def environment_python(project: Project) -> Path:
    folder = "Scripts" if sys.platform == "win32" else "bin"
    return project.folder / ".venv" / folder / "python"


def run_tests(project: Project) -> None:
    """Run the service's tests; say which one failed first, and why.

    Raises:
        Failed: tests failed, or could not run.
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
        raise Failed(explain("tests", [*pytest, *IN_PARALLEL], status, lines, project))
    if is_disk_full(failure.reason):
        raise Failed(disk_is_full(project))
    for line in filter(None, (failure.file, failure.test, failure.reason)):
        say(f"    {line}")
    raise Failed(
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
            raise Failed(explain(name, command, status, lines, project))
    end_step(started)


def start_step(name: str) -> float:
    say(f"  {name} … ", end="")
    return time.monotonic()


def end_step(started: float, summary: str = "") -> None:
    say(f"{time.monotonic() - started:.1f} s{summary}")


def run(command: Sequence[str], folder: Path) -> tuple[int, list[str]]:
    """Run a command to its end, or until the hook is asked to stop; keep its last lines.

    It has a session of its own: Ctrl-C reaches it through the hook only, which can wait until
    a database server that the tests started is down as well.
    """
    child = subprocess.Popen(
        command,
        cwd=folder,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    lines: deque[str] = deque(maxlen=200)
    reader = threading.Thread(target=lines.extend, args=(child.stdout,), daemon=True)
    reader.start()
    try:
        while True:
            stop_if_asked()
            try:
                status = child.wait(timeout=0.1)
                break
            except subprocess.TimeoutExpired:
                continue
    except Stopped:
        stop_group(child)
        raise
    reader.join(timeout=2)  # a server left behind may hold the pipe open for ever
    return status, [line.rstrip() for line in lines]


def stop_group(child: "subprocess.Popen[str]") -> None:
    """Ask politely first: pytest's fixtures stop the servers that they started."""
    for number, patience in ((signal.SIGINT, 8), (signal.SIGTERM, 2), (signal.SIGKILL, 2)):
        try:
            os.killpg(child.pid, number)
            child.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return


def clean_environment() -> dict[str, str]:
    """Return the environment without what was meant for another project, or another pytest.

    What Hypothesis has to know of Unicode takes it more than a second, in each new folder: it is
    kept where it is found again.
    """
    kept = {name: value for name, value in os.environ.items() if not LEAKS.fullmatch(name)}
    with contextlib.suppress(RuntimeError):  # some users have no home
        caches = Path(kept.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        kept.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(caches / "hypothesis"))
    return kept


LEAKS = re.compile(
    r"VIRTUAL_ENV.*|CONDA_.*|PYTHON(PATH|HOME|STARTUP|WARNINGS|SAFEPATH|DONTWRITEBYTECODE)|PYTEST_.*|COVERAGE_.*|COV_CORE_.*|"
    r"UV_(PROJECT.*|PYTHON|WORKING_DIR.*|FROZEN|LOCKED|NO_SYNC|NO_DEV|NO_DEFAULT_GROUPS|NO_GROUP|"
    r"SYSTEM_PYTHON|ENV_FILE|CONSTRAINT|OVERRIDE|EXCLUDE|RESOLUTION|PRERELEASE|NO_INSTALL_.*)|"
    r"PIP_(TARGET|USER|PREFIX|ROOT|PYTHON|REQUIRE_VIRTUALENV|DRY_RUN|CONSTRAINT)|MAKE(FLAGS|LEVEL|OVERRIDES)|MFLAGS|"
    r"GIT_(DIR|COMMON_DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|PREFIX)"
)


def explain(
    name: str, command: Sequence[str], status: int, lines: Sequence[str], project: Project
) -> str:
    """Return the line that says why a step failed and what to do; show its last lines before."""
    text = "\n".join(lines)
    cause = cause_in(lines, status)
    keep, unproven = WAYS_IN[way_in()]
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
    if RUN["keep"] and not project.backup:
        return f"To look into it, repeat {what} with: {repeat}"
    keep, _ = WAYS_IN[way_in()]
    elsewhere = ", into a new folder" if project.backup else ""
    return f"Run {keep}{elsewhere}, then repeat {what} with: {repeat}"


def way_in() -> str:
    """Return how the template was called: what is called differently keeps a project differently."""
    return "cruft" if RUN["command"] else os.environ.get("SERVICE_WAY_IN", "cookiecutter")


def is_disk_full(text: str) -> bool:
    return "No space left on device" in text or "os error 28" in text


def disk_is_full(project: Project) -> str:
    return f"The disk is full: free some room in {project.folder.parent} and run again."


# Committing


GIT = ("git", "-c", "core.excludesFile=", "-c", "core.hooksPath=/dev/null")
"""A person's own ignore file and hooks do not decide what a new project holds."""


def commit(project: Project) -> None:
    """Put a new project into a git repository of its own, with a first commit.

    What stands in the way is said in a line: a project without a repository is a whole one.
    """
    if not commit_is_wanted(project):
        return
    try:
        make_repository(project.folder)
    except BaseException as error:
        shutil.rmtree(project.folder / ".git", ignore_errors=True)
        if not isinstance(error, (Failed, OSError)):
            raise
        say(f"There is no git repository: {error}.")


def commit_is_wanted(project: Project) -> bool:
    """Whether to make a first commit.

    An unproven service has no `uv.lock` yet: only the variable commits it. A folder that was
    overwritten has an owner, and cruft writes `.cruft.json` after this hook: both are left alone.
    """
    by_answer = ANSWERS["_git"] if proof_is_wanted() else "none"
    wanted = os.environ.get("SERVICE_GIT", by_answer)
    return wanted == "commit" and not RUN["command"] and not project.backup


def make_repository(folder: Path) -> None:
    """Commit all files of a project that its `.gitignore` lets through.

    Raises:
        Failed: there is no git, the project is part of another repository, or git failed.
    """
    if not shutil.which("git"):
        raise Failed("git is not on the PATH")
    if around := repository_around(folder):
        raise Failed(f"this folder belongs to that of {around}")
    author, email = ANSWERS["author"], ANSWERS["email"]
    is_known = has_identity(folder)
    git = [*GIT] if is_known else [*GIT, "-c", f"user.name={author}", "-c", f"user.email={email}"]
    for arguments in (
        ["init", "--quiet", "--template=", "--initial-branch=main"],
        ["add", "--all"],
        ["commit", "--quiet", "--no-gpg-sign", f"--message={FIRST_COMMIT}"],
    ):
        status, lines = run([*git, *arguments], folder)
        if status != 0:
            raise Failed(cause_in(lines, status))
    if not is_known:
        say(f"The first commit is by {author} <{email}>: git has no user.name and user.email.")


FIRST_COMMIT = f"Made by the template, version {ANSWERS['_template_version']}"


def repository_around(folder: Path) -> Path | None:
    """Return the repository around a project, unless that ignores the project's folder."""
    around = next((parent for parent in folder.parents if (parent / ".git").exists()), None)
    if around and run(["git", "check-ignore", "--quiet", str(folder)], around)[0] != 0:
        return around
    return None


def has_identity(folder: Path) -> bool:
    """Whether git was told who commits, or would make it up from the names of user and machine."""
    asked = [*GIT, "-c", "user.useConfigOnly=true", "var"]
    idents = ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT")
    return all(run([*asked, ident], folder)[0] == 0 for ident in idents)


# Ending


STEPS = (choose_options, remove_guards, record_answers, record_managed_files, prove, commit)


def hand_over(project: Project) -> None:
    """From here on the project is whole: nothing is undone any more."""
    if project.backup:
        shutil.rmtree(project.backup, ignore_errors=True)
    if RUN["command"] not in ("", "create"):
        return
    state = "proven" if proof_is_wanted() else "not proven"
    choices = ", ".join(ANSWERS[option] for option in OPTIONS)
    say(f"\n{project.folder} ({choices}; {state})")
    say(f"  cd {shlex.quote(str(project.folder))}\n  make run")


def undo(project: Project) -> None:
    """Put back what was there before; of a new project leave nothing.

    Cookiecutter deletes a new project itself, or keeps it when it was asked to. It leaves that
    to the hook only when it was stopped.
    """
    if project.backup:
        put_back(project.folder, project.backup)
    elif not RUN["created"]:
        clear(project.folder)
    elif not RUN["keep"] and parent_is_gone(patience=1 if received else 0):
        shutil.rmtree(project.folder, ignore_errors=True)


def put_back(folder: Path, backup: Path) -> None:
    clear(folder)
    for entry in backup.iterdir():
        entry.rename(folder / entry.name)
    shutil.copystat(backup, folder)
    backup.rmdir()


def clear(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.name == ".git":
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def parent_is_gone(patience: float) -> bool:
    """Whether cookiecutter was stopped too; after Ctrl-C that takes it a quarter of a second."""
    deadline = time.monotonic() + patience
    while os.getppid() == PARENT and time.monotonic() < deadline:
        time.sleep(0.02)
    return os.getppid() != PARENT


def verdict(error: Exception, project: Project) -> str:
    """Return the one line that says what went wrong and what to do."""
    if isinstance(error, Failed):
        return str(error)
    if isinstance(error, Stopped):
        made = "what was made is kept" if RUN["keep"] else "nothing of it is left"
        left = "it is as it was before" if project.backup else made
        return f"Stopped while making {project.folder}: {left}."
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return disk_is_full(project)
    if isinstance(error, OSError):
        return f"{project.folder} could not be finished: {error}."
    return f"This is a fault in the template, please report it: {error!r}."


# Signals and output


def note_signals() -> None:
    """Only note that a signal came: it is acted on where nothing is left half done."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda number, _: received.append(number))


def stop_if_asked() -> None:
    if received or os.getppid() != PARENT:
        raise Stopped


def hold_folder(folder: Path) -> None:
    """Lock the folder until this process ends, so that no second run overwrites it meanwhile."""
    if sys.platform == "win32":
        return
    import fcntl

    with contextlib.suppress(OSError):  # some file systems have no locks: no reason to fail
        fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_SH | fcntl.LOCK_NB)


def say(text: str, end: str = "\n") -> None:
    """Print now. That nobody reads any more (`| head`) is no reason to fail."""
    with contextlib.suppress(OSError):
        print(text, end=end, flush=True)


if __name__ == "__main__":
    sys.exit(main())
