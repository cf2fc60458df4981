"""Symbolic links that would lead an overwrite out of the folder of the service."""

import os
from pathlib import Path

from service_template.answers.refusal import RefusedAnswer, printable
from service_template.options import place_of
from service_template.paths import SKELETON
from service_template.record import DIGESTS, FOLDER, NAME

WRITTEN_BY_HOOKS = (NAME, DIGESTS, FOLDER, "uv.lock")


def refuse_links(folder: Path) -> None:
    """Refuse a folder that is a symbolic link, or has one where the template writes.

    A link to another place within the folder stays allowed; links of the team's own elsewhere, too.

    Raises:
        RefusedAnswer: naming the link.
    """
    if folder.is_symlink():
        raise RefusedAnswer(
            f"{printable(str(folder))} is a symbolic link: delete it, or choose another folder."
        )
    if not folder.is_dir():
        return
    inside = Path(os.path.realpath(folder))
    for link in sorted(path for path in _paths_written(folder) if path.is_symlink()):
        target = Path(os.path.realpath(link))
        if not target.exists() or not target.is_relative_to(inside):
            raise RefusedAnswer(
                f"{printable(str(link))} is a symbolic link to {printable(str(target))}, "
                "which an overwrite would follow: delete the link, or choose another folder."
            )


def _paths_written(folder: Path) -> set[Path]:
    """Return where cookiecutter and the hooks write or delete, with all folders in between."""
    written = {folder / name for name in WRITTEN_BY_HOOKS}
    for file in SKELETON.rglob("*"):
        path = file.relative_to(SKELETON)
        written |= {folder / path, folder / (place_of(path) or path)}
    return written
