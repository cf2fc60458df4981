"""Accounts: what people log in with, and the refresh tokens that they get for it."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.core.validation import InvalidDetails

MAX_PASSWORD_LENGTH = 128
"""Characters. Longer ones would only make hashing costlier."""


def normalized_password(text: str) -> str:
    """Return a password in the one form that is hashed, however a keyboard composes it.

    Nothing else is changed: spaces at its ends are part of it.

    Raises:
        InvalidDetails: it is too long, or is not text.

    Source: NIST SP 800-63B-4, section 3.1.1.2.
    """
    _check_length(text)  # before the work: anybody may send a megabyte
    if any(unicodedata.category(part) == "Cs" for part in text):
        raise InvalidDetails("a password has no surrogates")
    password = unicodedata.normalize("NFKC", text)
    _check_length(password)  # some letters become many
    return password


def _check_length(text: str) -> None:
    if len(text) > MAX_PASSWORD_LENGTH:
        raise InvalidDetails(f"a password has at most {MAX_PASSWORD_LENGTH} characters")


def new_password(text: str, min_length: int) -> str:
    """Return a password that somebody chooses, in its one form of `min_length` characters or more.

    Raises:
        InvalidDetails: it is too short or too long, or is not text.

    Source: NIST SP 800-63B-4, section 3.1.1.2: length counts, composition does not.
    """
    password = normalized_password(text)
    if len(password) < min_length:
        raise InvalidDetails(f"a password has at least {min_length} characters")
    return password


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a user logs in with, and what they may do.

    - `password_version` is 1 at first and grows by one with every password that is chosen:
      what was given out for an earlier one is worth nothing.
    - `version` is 1 at first and grows by one with every change that is stored.
    """

    user_id: UUID
    password_hash: str
    password_version: int = 1
    is_administrator: bool = False
    version: int = 1

    def with_password(self, password_hash: str) -> "Account":
        """Return this account with a password that was chosen anew."""
        return replace(
            self,
            password_hash=password_hash,
            password_version=self.password_version + 1,
            version=self.version + 1,
        )

    def rehashed(self, password_hash: str) -> "Account":
        """Return this account with the same password, hashed in another way."""
        return replace(self, password_hash=password_hash, version=self.version + 1)

    def with_role(self, *, administrator: bool) -> "Account":
        """Return this account with a role; the very same object if it has that."""
        if self.is_administrator is administrator:
            return self
        return replace(self, is_administrator=administrator, version=self.version + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFamily:
    """The refresh tokens that come from one log-in, one after another.

    - Only digests are kept: `family_digest` of the part that all of them share,
      `token_digest` of the one that can be used next.
    - One of the family that is not the next one was used before: either of its two holders
      is a thief. The family is over then, for both.
    - `expires_at` moves on with each token.

    Source: RFC 9700, section 4.14.2 (refresh token rotation).
    """

    id: UUID
    user_id: UUID
    family_digest: bytes
    token_digest: bytes
    password_version: int
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    def is_valid_for(self, account: Account, *, at: datetime) -> bool:
        """Whether it lets its holder in, given the account as it is now."""
        return (
            self.ended_at is None
            and at < self.expires_at
            and self.user_id == account.user_id
            and self.password_version == account.password_version
        )

    def rotated(self, token_digest: bytes, *, expires_at: datetime) -> "TokenFamily":
        """Return this family with another token to be used next."""
        return replace(self, token_digest=token_digest, expires_at=expires_at)
