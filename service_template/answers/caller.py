"""What the program that renders the template was asked to do.

Jinja runs inside cookiecutter, or inside cruft, which calls the same functions. A template is
told the answers only; how it was called (update or create, keep the folder on failure or not)
stands nowhere but in the calling functions' own arguments. They are public keyword arguments,
and reading them is exact where guessing from temporary folders or command lines is not. Nothing else
in this package looks at frames.
"""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from cookiecutter.exceptions import FailedHookException

from service_template.paths import PACKAGE, TEMPLATE


def run_facts() -> dict[str, Any]:
    """Return what hooks must know about the run besides the answers.

    - `command`: `create`, `update`, `diff` … under cruft, empty under cookiecutter;
    - `created`: the project folder is new, so a failure must leave nothing of it;
    - `keep`: the person asked to keep a failed project (`--keep-project-on-failure`);
    - `skip`: files that exist already stay as they are (`--skip-if-file-exists`);
    - `template`: the folder that the template was read from, whatever the path it was given by;
    - `package`: the folder to import the template's own code from.
    """
    asked = _arguments_of("cookiecutter.generate", "generate_files")
    return {
        "command": _cruft_command(),
        "created": bool(asked.get("output_directory_created", True)),
        "keep": bool(asked.get("keep_project_on_failure", False)),
        "skip": bool(asked.get("skip_if_file_exists", False)),
        "package": str(PACKAGE.parent),
        "template": str(TEMPLATE),
    }


def raw_answers() -> dict[str, Any]:
    """Return the answers as they were given, before Jinja renders any of them."""
    asked = _arguments_of("cookiecutter.prompt", "prompt_for_config")
    return dict(asked.get("context", {}).get("cookiecutter", {}))


def is_asking() -> bool:
    """Whether answers are being asked for, or taken as they were given."""
    return bool(_arguments_of("cookiecutter.prompt", "prompt_for_config"))


def context_of_environment() -> dict[str, Any]:
    """Return the values that the environment being made is for; none outside of cookiecutter."""
    asked = _arguments_of("cookiecutter.utils", "create_env_with_context")
    return dict(asked.get("context", {}).get("cookiecutter", {}))


def folder_to_make() -> Path | None:
    """Return the folder of the project that cookiecutter is about to make, if it is."""
    asked = _arguments_of("cookiecutter.generate", "generate_files")
    if not asked or "project_dir" in asked:
        return None
    answers = asked["context"]["cookiecutter"]
    return Path(asked["output_dir"]).absolute() / str(answers["project_slug"])


def hide_hook_traceback() -> None:
    """Keep cookiecutter's traceback out of the way of a hook's own line.

    When a hook fails, cookiecutter logs where in cookiecutter it noticed. The hook has said
    already what is wrong and what to do.
    """
    logging.getLogger("cookiecutter.hooks").addFilter(_without_traceback)


def _without_traceback(record: logging.LogRecord) -> bool:
    if record.exc_info and isinstance(record.exc_info[1], FailedHookException):
        record.exc_info = None
    return True


def running_hook() -> "subprocess.Popen[bytes] | None":
    """Return the process of the hook that cookiecutter waits for, if it does."""
    hook: subprocess.Popen[bytes] | None = _arguments_of("cookiecutter.hooks", "run_script").get(
        "proc"
    )
    return hook


def half_made(error: BaseException) -> Path | None:
    """Return the folder that cookiecutter left when an error stopped it while rendering, if it did."""
    trace = error.__traceback__
    while trace is not None:
        made = trace.tb_frame.f_locals
        is_rendering = trace.tb_frame.f_code.co_name == "generate_files"
        if is_rendering and made.get("delete_project_on_failure"):
            return Path(made["project_dir"])
        trace = trace.tb_next
    return None


def _cruft_command() -> str:
    for frame in _callers():
        package, _, command = frame.f_globals.get("__name__", "").rpartition(".")
        if package == "cruft._commands":
            return str(command)
    return ""


def _arguments_of(module: str, function: str) -> dict[str, Any]:
    for frame in _callers():
        if frame.f_code.co_name == function and frame.f_globals.get("__name__") == module:
            return dict(frame.f_locals)
    return {}


def _callers() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back
