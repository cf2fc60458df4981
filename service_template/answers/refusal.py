"""The one way in which an answer is refused."""

import json
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from cookiecutter.exceptions import FailedHookException


class RefusedAnswer(FailedHookException, SystemExit):
    """An answer that cannot make a service; its text is the one line a person sees.

    Two bases, for two programs: cookiecutter's command line prints a `FailedHookException`
    and exits with 1 (and deletes the folder it made, should a hook raise it); cruft's catches
    neither, and lets a `SystemExit` end the program with its text.
    """

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.code = line


class Refusals(list[str]):
    """Lines that say why answers are refused, gathered to be shown at once."""

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Keep the refusal that ends the block, and go on behind it."""
        try:
            yield
        except RefusedAnswer as refusal:
            self += str(refusal).splitlines()

    def raise_any(self) -> None:
        """Refuse the answers if there is a line.

        Raises:
            RefusedAnswer: with all lines as its text.
        """
        if self:
            raise RefusedAnswer("\n".join(self))


def shown(answer: object) -> str:
    """Quote an answer for a message: on one line, controls escaped, at most 60 characters."""
    quoted = printable(json.dumps(answer, ensure_ascii=False, default=str, skipkeys=True))
    return quoted if len(quoted) <= 60 else quoted[:56] + '…"'


def printable(text: str) -> str:
    """Return a text on one line, with all that cannot be seen escaped."""
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def named(char: str) -> str:
    """Say which character it is: look-alikes and invisible ones cannot be told by eye."""
    return f"U+{ord(char):04X} {unicodedata.name(char, 'CONTROL CHARACTER')}"


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
