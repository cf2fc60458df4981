"""Print the changelog's section of a version: `python3 -m service_template.release_notes v1.2.0`.

It refuses a tag of another version than the template's, and a version that the changelog does not
have or calls unreleased. It needs the standard library only.
"""

import json
import re
import sys
from pathlib import Path

from service_template.errors import Refused
from service_template.paths import TEMPLATE


def main() -> int:
    try:
        print(notes_of(sys.argv[1], TEMPLATE), end="")
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def notes_of(tag: str, template: Path) -> str:
    """Return the changelog's section of the version that a tag names.

    Raises:
        Refused: there is none, or none that may be released.
    """
    questions = json.loads((template / "cookiecutter.json").read_text(encoding="utf-8"))
    version = questions["_template_version"]
    if tag != f"v{version}":
        raise Refused(
            f"The tag {tag} is not the template's version: it would have to be v{version}."
        )
    changes = (template / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", changes, flags=re.MULTILINE)
    for section in sections[1:]:
        heading, _, body = section.partition("\n")
        name, _, date = heading.partition(" – ")
        if name != version:
            continue
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", date):
            raise Refused(f"CHANGELOG.md calls {version} {date!r}: give the day of its release.")
        return body.strip() + "\n"
    raise Refused(f"CHANGELOG.md has no section of {version}: write what changed.")


if __name__ == "__main__":
    sys.exit(main())
