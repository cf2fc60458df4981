"""Pages that say how to change a service by hand, followed from their own text.

A page says in three ways where the code block behind it belongs:

- "Create `app/models/member.py`:" has all of a new file.
- "In `app/services/users.py`, behind `deactivate`:" has code to add below a function, a method or
  a class.
- "In `app/api/routes/v1.py`:" has a diff: a space, a minus or a plus, then the line. Lines
  that begin with a space or a minus stand once in the file.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service_template.matrix.service import Service

_BLOCK = re.compile(
    r"^(?:[^\n]* )?(?P<how>Create|In) `(?P<file>[\w/.]+)`(?:, behind `(?P<place>\w+)`)?:\n\n"
    r"```(?P<language>python|diff)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_COMMAND = re.compile(r"^\$ (.+)$", re.MULTILINE)
_CODE = re.compile(r"^```(?:python|diff)$", re.MULTILINE)


def patched(text: str, diff: str, file: str) -> str:
    """Return a file's text with each part of a diff applied, which is there once.

    `@@` is between parts.
    """
    for part in re.split(r"^@@.*\n", diff, flags=re.MULTILINE):
        if not part:
            continue
        lines = [(line[:1] or " ", f"{line[1:]}\n") for line in part.splitlines()]
        before = "".join(line for sign, line in lines if sign in " -")
        after = "".join(line for sign, line in lines if sign in " +")
        places = [at.start() for at in re.finditer(f"^{re.escape(before)}", text, re.MULTILINE)]
        assert len(places) == 1, f"{file} has this {len(places)} times:\n{before}"
        text = text[: places[0]] + after + text[places[0] + len(before) :]
    return text


@dataclass(frozen=True)
class Edit:
    """One block of a page: code for a file, and where it belongs there."""

    file: str
    place: str | None
    is_new: bool
    is_diff: bool
    code: str

    @property
    def is_test(self) -> bool:
        return self.file.startswith("tests/")

    @property
    def lines(self) -> int:
        """How many lines the reader writes; empty ones, and lines that are there, don't count."""
        lines = self.code.splitlines()
        if self.is_diff:
            lines = [line[1:] for line in lines if line.startswith("+")]
        return sum(1 for line in lines if line.strip())

    def apply(self, service: Service) -> None:
        path = service.path / self.file
        if self.is_new:
            assert not path.exists(), self.file
            path.write_text(self.code, encoding="utf-8")
            return
        text = service.read(self.file)
        edited = patched(text, self.code, self.file) if self.is_diff else self._below_place(text)
        path.write_text(edited, encoding="utf-8")

    def _below_place(self, text: str) -> str:
        [end] = [
            node.end_lineno or 0
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name == self.place
        ]
        lines = text.splitlines(keepends=True)
        gap = "\n" if self.code.startswith(" ") else "\n\n"
        return "".join([*lines[:end], gap, self.code, *lines[end:]])


@dataclass(frozen=True)
class Walkthrough:
    """A page of a service, with its edits and its commands in their order."""

    text: str

    @classmethod
    def of(cls, service: Service, file: str) -> "Walkthrough":
        return cls(service.read(file))

    @property
    def edits(self) -> Sequence[Edit]:
        found = tuple(self._edits())
        assert len(found) == len(_CODE.findall(self.text)), "a block does not say where it belongs"
        return found

    def _edits(self) -> Iterator[Edit]:
        for block in _BLOCK.finditer(self.text):
            yield Edit(
                file=block["file"],
                place=block["place"],
                is_new=block["how"] == "Create",
                is_diff=block["language"] == "diff",
                code=block["code"],
            )

    @property
    def commands(self) -> Sequence[str]:
        return _COMMAND.findall(self.text)

    @property
    def product(self) -> Sequence[Edit]:
        """Edits of code that is shipped: all but tests."""
        return [edit for edit in self.edits if not edit.is_test]

    @property
    def product_files(self) -> int:
        return len({edit.file for edit in self.product})

    @property
    def product_lines(self) -> int:
        return sum(edit.lines for edit in self.product)

    @property
    def tests(self) -> Sequence[str]:
        """The files of tests that the reader writes to."""
        return sorted({edit.file for edit in self.edits if edit.is_test})

    def follow(self, service: Service) -> None:
        for edit in self.edits:
            edit.apply(service)
