"""Build the documentation site into `site/`: what `make docs` runs.

Its pages are those of `docs/`, the changelog, and one on what each choice brings, made from
`cookiecutter.json` and the folders of `_options/`, so that it can't be out of date.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from service_template.options import OPTIONS, PARTS, SHARED, TOGETHER, WITH, folders_for
from service_template.paths import SKELETON, TEMPLATE

FOLDERS = SKELETON / OPTIONS
APART = {PARTS, WITH, "__pycache__"}


def main() -> int:
    pages = TEMPLATE / ".docs"
    shutil.rmtree(pages, ignore_errors=True)
    shutil.copytree(TEMPLATE / "docs", pages)
    shutil.copy(TEMPLATE / "CHANGELOG.md", pages / "changelog.md")
    (pages / "choices.md").write_text(choices_page(), encoding="utf-8")
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    return subprocess.run(command, cwd=TEMPLATE, check=False).returncode


def choices_page() -> str:
    """Return the page that shows what each choice of each question lays into a service."""
    questions = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
    parts = [
        "# What each choice brings\n",
        "Every choice has a folder of files, which are laid over what every service has. "
        "[Questions](questions.md) says what the choices mean.\n",
    ]
    for name, choices in questions.items():
        if (FOLDERS / name).is_dir():
            parts += section(name, choices, questions["__prompts__"][name])
    return "\n".join(parts)


def section(option: str, choices: list[str], prompts: dict[str, str]) -> Iterator[str]:
    yield f"## {prompts['__prompt__']}: `{option}`\n"
    for number, choice in enumerate(choices):
        default = " The default." if number == 0 else ""
        yield f"### `{option}={choice}`\n\n{sentence(prompts[choice])}{default}\n"
        chosen = folders_for({option: choice})
        folders = [FOLDERS / name for name in sorted(chosen)]
        files = [file for folder in folders for file in laid(folder)]
        packages = sorted(set(dependencies(folders)))
        if packages:
            yield f"Packages: {', '.join(packages)}.\n"
        yield tree(files) if files else "No files of its own.\n"
        for other, names in together(chosen).items():
            yield f"With {other}:\n\n{tree(names)}"


def sentence(prompt: str) -> str:
    return prompt if prompt.endswith(".") else f"{prompt}."


def laid(folder: Path) -> list[str]:
    """Return the paths that a folder of a choice brings by itself."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [path.as_posix() for path in paths if not APART & set(path.parts)]


def dependencies(folders: Iterable[Path]) -> Iterator[str]:
    for folder in folders:
        lines = folder / "_parts" / "dependencies.toml"
        if lines.is_file():
            for line in lines.read_text(encoding="utf-8").splitlines():
                if line.strip():
                    yield "`" + line.strip().strip(",").strip('"') + "`"


def together(folders: Collection[str]) -> dict[str, list[str]]:
    """Return what a choice's folders bring only with others, by the names of these."""
    found: dict[str, list[str]] = {}
    for within in sorted(FOLDERS.glob(f"*/*/{WITH}/*")):
        folder = within.parent.parent
        if folder.relative_to(FOLDERS).as_posix() in folders:
            found.setdefault(named_in_full(within.name), []).extend(laid(within))
        elif within.name in {name.split("/")[1] for name in folders}:
            found.setdefault(named_in_full(folder.name), []).extend(laid(within))
    for shared, needed in TOGETHER.items():
        for name in needed.difference(folders) if needed.intersection(folders) else ():
            found.setdefault(named_in_full(name.split("/")[1]), []).extend(
                laid(FOLDERS / "shared" / shared)
            )
    return {other: files for other, files in found.items() if files}


def named_in_full(name: str) -> str:
    """Return the choices that a folder of this name is for."""
    if name in TOGETHER:
        return " and ".join(
            named_in_full(folder.split("/")[1]) for folder in sorted(TOGETHER[name])
        )
    sharing = [choice for choice, names in SHARED.items() if name in names]
    own = [
        f"{folder.parent.name}={name}"
        for folder in FOLDERS.glob(f"*/{name}")
        if folder.parent.name != "shared"
    ]
    return " or ".join(f"`{choice}`" for choice in sharing or own or [f"_house.{name}"])


def tree(files: Iterable[str]) -> str:
    """Return paths as a tree of folders, in a block of code."""
    root: dict[str, Any] = {}
    for file in sorted(files):
        node = root
        for part in file.split("/"):
            node = node.setdefault(part, {})
    return "```text\n" + "".join(branches(root, "")) + "```\n"


def branches(node: dict[str, Any], indent: str) -> Iterator[str]:
    for name, below in node.items():
        while len(below) == 1:  # a folder that holds nothing but one more
            [(inner, below_inner)] = below.items()
            name, below = f"{name}/{inner}", below_inner
        yield f"{indent}{name}{'/' if below else ''}\n"
        yield from branches(below, indent + "    ")
