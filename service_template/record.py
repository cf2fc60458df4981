"""What a service says it was made from: its `.cruft.json`."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service_template.errors import Refused

NAME = ".cruft.json"
DIGESTS = ".managed.sha256"
FOLDER = ".template"
"""Where the template lay on the machine that made the service; git does not have it."""

State = tuple[str, str]
"""The mode that git gives a file, and the digest of what is in it."""


@dataclass(frozen=True)
class Record:
    """The content of a `.cruft.json`, whether the template's hook or cruft wrote it."""

    content: Mapping[str, Any]

    @classmethod
    def read(cls, service: Path) -> "Record":
        """Read a service's record.

        Raises:
            Refused: there is none, or it is not what it should be.
        """
        try:
            record = cls(json.loads((service / NAME).read_text(encoding="utf-8")))
            _ = (record.version, record.address, record.commit)
        except (OSError, ValueError, LookupError, TypeError) as error:
            reason = " ".join(str(error).split())
            raise Refused(f"{service / NAME} can't be used, restore it: {reason}") from None
        return record

    @property
    def commit(self) -> str | None:
        """The template's commit, if it was made from a git repository."""
        commit: str | None = self.content["commit"]
        return commit

    @property
    def address(self) -> str | None:
        """Where the template is, if others than the machine that ran it can reach it."""
        address: str | None = self.content["template"]
        return address

    @property
    def branch(self) -> str | None:
        """The branch, tag or commit of the template that was asked for, if one was."""
        branch: str | None = self.content.get("checkout")
        return branch

    @property
    def answers(self) -> dict[str, Any]:
        return dict(self.content["context"]["cookiecutter"])

    @property
    def version(self) -> str:
        return str(self.answers["_template_version"])

    def renewed(self, commit: str, answers: Mapping[str, Any]) -> "Record":
        """Return the record of the same service, made anew by another commit.

        Where the template is, and what else cruft keeps, stays as it is.
        """
        now = {**self.answers, **answers, "_template": self.answers.get("_template")}
        if "_commit" in now:  # cruft keeps it among the answers, too
            now["_commit"] = commit
        context = {**self.content["context"], "cookiecutter": now}
        return Record({**self.content, "commit": commit, "context": context})

    def write(self, service: Path) -> None:
        """Write the record as cruft and the hook do."""
        text = json.dumps(self.content, ensure_ascii=False, indent=2, separators=(",", ": "))
        (service / NAME).write_text(text + "\n", encoding="utf-8", newline="\n")


def noted_folder(service: Path) -> str | None:
    """Return the folder that the template lay in when it made a service on this machine."""
    try:
        return (service / FOLDER).read_text(encoding="utf-8").strip()
    except OSError:
        return None


def state_of(file: Path) -> State | None:
    """Return the mode that git would give a file, and the digest of what is in it."""
    if not file.is_file():
        return None
    mode = "755" if file.stat().st_mode & 0o100 else "644"
    return mode, hashlib.sha256(file.read_bytes()).hexdigest()
