"""Options of a resource, as they are written: `public-read no-owner delete`."""

from collections import Counter
from dataclasses import dataclass

from service_template.answers.refusal import Refusals, shown


@dataclass(frozen=True)
class Options:
    """How a resource differs from `users`.

    - `public_read`: everybody may read, with a token or without.
    - `no_owner`: nobody owns them; administrators write.
    - `delete`: they are deleted, not deactivated.
    """

    public_read: bool = False
    no_owner: bool = False
    delete: bool = False


FLAGS = {"public-read": "public_read", "no-owner": "no_owner", "delete": "delete"}


def parse_options(text: str) -> Options:
    """Return the options that a text names.

    Raises:
        RefusedAnswer: a line for each thing that is wrong.
    """
    refusals = Refusals()
    words = text.split()
    for word, times in Counter(words).items():
        if word not in FLAGS:
            refusals.append(
                f"option {shown(word)} is refused: it must be one of {', '.join(FLAGS)}."
            )
        elif times > 1:
            refusals.append(f"options has {shown(word)} twice.")
    refusals.raise_any()
    return Options(**{FLAGS[word]: True for word in words})
