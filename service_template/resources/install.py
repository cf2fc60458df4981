"""Bring what was rendered into the service: all of it, or nothing.

Everything is made and checked in a folder of its own. Only then new files are put into their
places, and changed ones over those that were there; what goes wrong in between is undone.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service_template.errors import Refused
from service_template.options import folders_for, is_laid, place_of
from service_template.resources.edits import NoPlace
from service_template.resources.registration import edits_for
from service_template.resources.template import Resource, resource
from service_template.signals import stopped_as_by_ctrl_c

# What every file may import, and this one has no use for; the order of imports.
MENDED = ("--select", "I,F401", "--fix", "--quiet", "--force-exclude")


def main(rendered: Path, answers: Mapping[str, Any]) -> int:
    """Add what was rendered to the service, or say why that cannot be done, a line each."""
    try:
        with stopped_as_by_ctrl_c():
            add(rendered, resource(answers), dry_run=answers["dry_run"] == "yes")
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except (OSError, shutil.Error) as error:
        print(f"Nothing was added: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped: nothing was added.", file=sys.stderr)
        return 130
    return 0


def add(rendered: Path, made: Resource, *, dry_run: bool) -> None:
    """Add a resource to its service; with `dry_run` only say what would be added.

    Raises:
        Refused: files are there already, or not as expected, or a tool refused the result.
    """
    service = made.service.folder
    with tempfile.TemporaryDirectory(prefix=".resource-", dir=service) as folder:
        draft = Path(folder)
        refusals: list[str] = []
        new = lay_new_files(rendered, draft, made, refusals)
        changed = lay_changed_files(draft, made, refusals)
        if not ruff_of(made).exists():
            refusals.append(
                "The service has no .venv/bin/ruff to format with: make it with `make lint`."
            )
        if refusals:
            raise Refused("\n".join(refusals))
        tidy(draft, made, new + changed)
        if not dry_run:
            put(draft, service, new, changed)
    shutil.rmtree(rendered, ignore_errors=True)
    say(made, new, changed, dry_run=dry_run)


def lay_new_files(rendered: Path, draft: Path, made: Resource, refusals: list[str]) -> list[str]:
    """Copy the files of the choices that the service made into a draft; return their paths.

    `refusals` gets a line for each file that is there already.
    """
    service = made.service
    answers = {"database": service.database, "auth": service.auth}
    folders = folders_for(answers, rendered)
    new: list[str] = []
    for file in sorted(path for path in rendered.rglob("*") if path.is_file()):
        path = place_of(file.relative_to(rendered))
        if not path or not is_laid(file.relative_to(rendered), folders):
            continue
        if not file.read_text(encoding="utf-8").strip():
            continue  # this resource has no need of it
        if (service.folder / path).exists():
            refusals.append(f"{path} is there already, and is not overwritten: nothing was added.")
        (draft / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, draft / path)
        new.append(path.as_posix())
    return sorted(new)


def lay_changed_files(draft: Path, made: Resource, refusals: list[str]) -> list[str]:
    """Write the files that have to know of the resource into a draft; return their paths.

    `refusals` gets a line for each file that has no place for it.
    """
    edits = edits_for(made)
    for path, changes in edits.items():
        try:
            text = made.service.read(path)
            for change in changes:
                text = change.apply(text)
        except FileNotFoundError:
            refusals.append(f"{path} is not there any more, and should register it: add it.")
            continue
        except NoPlace as missing:
            refusals.append(
                f"{path} has no {missing}, where the resource is registered: nothing was added."
            )
            continue
        (draft / path).parent.mkdir(parents=True, exist_ok=True)
        (draft / path).write_text(text, encoding="utf-8", newline="\n")
    return sorted(edits)


def ruff_of(made: Resource) -> Path:
    folder = "Scripts" if sys.platform == "win32" else "bin"
    return made.service.folder / ".venv" / folder / "ruff"


def tidy(draft: Path, made: Resource, paths: list[str]) -> None:
    """Sort imports and format, with the service's own tool and settings."""
    shutil.copy(made.service.folder / "pyproject.toml", draft)
    for folder in {(draft / path).parent for path in paths}:
        package = made.service.folder / folder.relative_to(draft) / "__init__.py"
        if package.exists():
            shutil.copy(package, folder)
    for arguments in (("check", *MENDED), ("format", "--quiet"), ("check", "--quiet")):
        command = [str(ruff_of(made)), *arguments, "--no-cache", *paths]
        done = subprocess.run(command, cwd=draft, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip().splitlines() or ["without a word"]
            raise Refused(f"ruff refuses what would be added, so nothing was: {said[0]}")


def put(draft: Path, service: Path, new: list[str], changed: list[str]) -> None:
    """Move files to their places; undo all of it if one cannot be moved, or when stopped."""
    before = {path: (service / path).read_bytes() for path in changed}
    put_there: list[str] = []
    folders: list[Path] = []
    try:
        for path in new:
            folders += make_folders((service / path).parent)
            put_there.append(path)
            os.link(draft / path, service / path)  # never over a file that is there
        for path in changed:
            shutil.copymode(service / path, draft / path)
            (draft / path).replace(service / path)
    except BaseException as error:
        if isinstance(error, FileExistsError) and put_there:
            put_there.pop()
        undo(service, put_there, before, folders)
        raise


def make_folders(folder: Path) -> list[Path]:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def undo(service: Path, new: list[str], before: dict[str, bytes], folders: list[Path]) -> None:
    for path in new:
        (service / path).unlink(missing_ok=True)
    for path, content in before.items():
        if (service / path).read_bytes() != content:
            (service / path).write_bytes(content)
    for folder in folders:
        folder.rmdir()


def say(made: Resource, new: list[str], changed: list[str], *, dry_run: bool) -> None:
    for path in new:
        print(f"  new      {path}")
    for path in changed:
        print(f"  changed  {path}")
    if dry_run:
        print(f"Nothing was done: this is what adding {made.names.plural_words} would do.")
        return
    print(f"{made.names.plural_title} are there, at /api/v1/{made.names.path}. Next: make check")
