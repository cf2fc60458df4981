"""Hooks by themselves: rendered as cookiecutter renders them, run with faults on purpose."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from cookiecutter.generate import generate_context
from cookiecutter.prompt import prompt_for_config
from cookiecutter.utils import create_env_with_context

from service_template.matrix.service import Finished, run
from service_template.paths import TEMPLATE

FACTS: dict[str, Any] = {
    "command": "",
    "created": True,
    "keep": False,
    "skip": False,
    "template": str(TEMPLATE),
    "package": str(TEMPLATE),
}

# Runs a hook and, at the given step of it, lets a fault happen. Steps are counted from the
# moment the hook listens to signals, in its own code.
FAULTY = """
import errno, os, runpy, shutil, signal, sys

hook, fault, at = sys.argv[1], sys.argv[2], int(sys.argv[3])
CODE = os.path.join("service_template", "generation", "")
steps = 0
WRITES = {"open", "os.mkdir", "shutil.copyfile", "subprocess.Popen"}


def signal_at_line(frame, event, argument):
    global steps
    if CODE not in frame.f_code.co_filename:
        return None
    if event == "return" and frame.f_code.co_name == "note_signals":
        steps = 1
    elif event == "line" and steps:
        steps += 1
        if steps == at:
            os.kill(os.getpid(), getattr(signal, fault))
    return signal_at_line


def full_disk_from_write(event, arguments):
    global steps
    if event not in WRITES or (event == "open" and not is_write(*arguments)):
        return
    steps += 1
    if steps >= at:
        raise OSError(errno.ENOSPC, "No space left on device")


def is_write(path, mode, flags):
    return bool(flags & (os.O_WRONLY | os.O_RDWR)) and not isinstance(path, int)


if fault == "ENOSPC":
    sys.addaudithook(full_disk_from_write)
elif fault == "NO_ROOM":
    shutil.disk_usage = lambda path: type("Usage", (), {"free": 4096})
else:
    sys.settrace(signal_at_line)
try:
    runpy.run_path(hook, run_name="__main__")
finally:
    sys.settrace(None)
    if steps < at:
        os.write(2, b"never happened")
"""


def rendered(name: str, folder: Path, **facts: Any) -> Path:
    """Render a hook into a folder, for the default answers and some facts of the run."""
    context = generate_context(str(TEMPLATE / "cookiecutter.json"))
    environment = create_env_with_context(context)
    context["cookiecutter"] = prompt_for_config(context, no_input=True)
    context["cookiecutter"].update(_template=str(TEMPLATE), _repo_dir=str(TEMPLATE))
    environment.globals["run_facts"] = lambda: {**FACTS, **facts}
    source = (TEMPLATE / "hooks" / f"{name}.py").read_text(encoding="utf-8")
    hook = folder / f"{name}.py"
    hook.write_text(environment.from_string(source).render(**context), encoding="utf-8")
    return hook


def run_faulty(hook: Path, project: Path, fault: str, at: int = 1, **variables: str) -> Finished:
    """Run a hook in a project and let a signal or a full disk happen at a step of it."""
    return run(sys.executable, "-c", FAULTY, hook, fault, str(at), cwd=project, **variables)


def answers_of(service: Path) -> dict[str, Any]:
    record = json.loads((service / ".cruft.json").read_text(encoding="utf-8"))
    return dict(record["context"]["cookiecutter"])


def without_uv() -> str:
    """Return a PATH without uv, and with git, make and Python's own folder only."""
    return os.pathsep.join(["/usr/local/bin", "/usr/bin", "/bin"])
