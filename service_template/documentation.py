"""Build the documentation site into `site/`: what `make docs` runs.

Its pages are those of `docs/`, the changelog, and one on what each choice brings, made from
`cookiecutter.json` and the folders of `_options/`, so that it can't be out of date.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from service_template.options import is_chosen
from service_template.paths import SKELETON, TEMPLATE

OPTIONS = SKELETON / "_options"
APART = {"_options", "_parts", "__pycache__"}


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
        if (OPTIONS / name).is_dir():
            parts += section(name, choices, questions["__prompts__"][name])
    return "\n".join(parts)


def section(option: str, choices: list[str], prompts: dict[str, str]) -> Iterator[str]:
    yield f"## {prompts['__prompt__']}: `{option}`\n"
    for number, choice in enumerate(choices):
        default = " The default." if number == 0 else ""
        yield f"### `{option}={choice}`\n\n{sentence(prompts[choice])}{default}\n"
        folders = [
            folder
            for folder in (OPTIONS / option).iterdir()
            if is_chosen(option, folder.name, {option: choice})
        ]
        files = [file for folder in folders for file in laid(folder)]
        packages = sorted(set(dependencies(folders)))
        if packages:
            yield f"Packages: {', '.join(packages)}.\n"
        yield tree(files) if files else "No files of its own.\n"
        for also, names in together(option, choice, folders):
            yield f"{also}:\n\n{tree(names)}"


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


def together(option: str, choice: str, folders: Iterable[Path]) -> Iterator[tuple[str, list[str]]]:
    """Yield what a choice brings for choices of other questions, and what it shares with them."""
    found: dict[str, list[str]] = {}
    for folder in folders:
        for named, within in nested(folder):
            found.setdefault(f"With {named}", []).extend(laid(within))
    for folder in sorted((OPTIONS / "any").iterdir()):
        if f"{option}={choice}" in folder.name.split("+"):
            others = [name for name in folder.name.split("+") if name != f"{option}={choice}"]
            named = " and ".join(f"`{name}`" for name in others)
            found.setdefault(f"Like {named}", []).extend(laid(folder))
    return ((named, files) for named, files in found.items() if files)


def nested(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the folders within a folder's own `_options/`, and the choices that each is for."""
    for within in sorted(folder.glob("_options/*/*")):
        option, choices = within.parent.name, within.name.split("+")
        named = " or ".join(f"`{named_in_full(option, choice)}`" for choice in choices)
        yield named, within
        for also, deeper in nested(within):
            yield f"{named}, and {also}", deeper


def named_in_full(option: str, choice: str) -> str:
    if option == "house":
        return f"_house.{choice}"
    return choice if option == "any" else f"{option}={choice}"


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


if __name__ == "__main__":
    sys.exit(main())
