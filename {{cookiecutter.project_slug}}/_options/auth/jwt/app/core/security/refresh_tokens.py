"""Refresh tokens: random text that means nothing to anybody, and digests to know it again.

They are no JWTs: nothing in them can be read, and none is ever taken for an access token.
"""

import re
import secrets
from dataclasses import dataclass
from hashlib import sha256

_PART_BYTES = 32

_FORM = re.compile(r"([\w-]{43})\.[\w-]{43}", re.ASCII)


class MalformedRefreshToken(ValueError):
    """This service never gave out anything that looks like this."""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """One token: a part that its whole family shares, a dot, and a part of its own.

    A digest is all that storage keeps. The parts are random and long, so that a fast one
    does: there is nothing to guess.
    """

    text: str
    family: str

    @classmethod
    def first(cls) -> "RefreshToken":
        """Return the first token of a new family."""
        return cls._of(_random_part())

    @classmethod
    def parse(cls, text: str) -> "RefreshToken":
        """Return the token that somebody shows.

        Raises:
            MalformedRefreshToken: it is none.
        """
        found = _FORM.fullmatch(text)
        if found is None:
            raise MalformedRefreshToken
        return cls(text=text, family=found[1])

    @property
    def family_digest(self) -> bytes:
        """The digest of what all tokens of the family share."""
        return sha256(self.family.encode()).digest()

    @property
    def digest(self) -> bytes:
        """The digest of this token."""
        return sha256(self.text.encode()).digest()

    def next(self) -> "RefreshToken":
        """Return another token of the same family."""
        return self._of(self.family)

    @classmethod
    def _of(cls, family: str) -> "RefreshToken":
        return cls(text=f"{family}.{_random_part()}", family=family)


def _random_part() -> str:
    return secrets.token_urlsafe(_PART_BYTES)
