"""Text that only this service can have written: HMAC with a key for each purpose."""

import hmac
from hashlib import sha256

from pydantic import Secret

TAG_BYTES = 16
"""What is kept of a tag; RFC 2104, section 5, allows no less than half of it."""

_NO_SALT = bytes(sha256().digest_size)


class Signer:
    """Signs and checks bytes with HMAC-SHA256.

    Each purpose has a key of its own, so that what was signed for one is nothing for
    another.

    Source: RFC 2104; for the keys RFC 5869, with one block and without salt.
    """

    def __init__(self, secret: Secret[str], purpose: str) -> None:
        extracted = hmac.digest(_NO_SALT, secret.get_secret_value().encode(), sha256)
        self._key = hmac.digest(extracted, purpose.encode() + b"\x01", sha256)

    def digest(self, *parts: bytes) -> bytes:
        """Return 32 bytes that stand for these parts, and tell nothing about them.

        Each part is preceded by its length: no other parts lead to the same bytes.
        """
        message = b"".join(len(part).to_bytes(8) + part for part in parts)
        return hmac.digest(self._key, message, sha256)

    def tag(self, *parts: bytes) -> bytes:
        """Return the signature of these parts, cut to `TAG_BYTES`."""
        return self.digest(*parts)[:TAG_BYTES]

    def has_signed(self, tag: bytes, *parts: bytes) -> bool:
        """Return whether this is their signature, in a time that tells nothing about it."""
        return hmac.compare_digest(tag, self.tag(*parts))
