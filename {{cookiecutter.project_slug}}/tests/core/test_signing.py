"""Signatures."""

import hmac

import pytest
from pydantic import Secret

from app.core.signing import TAG_BYTES, Signer

SECRET = Secret("a secret that nobody else knows...")


def test_keys_are_those_of_the_standard() -> None:
    """Source: RFC 5869, appendix A.3, the first block."""
    block = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
    signer = Signer(Secret("\x0b" * 22), purpose="")

    assert signer.digest() == hmac.digest(bytes.fromhex(block), b"", "sha256")


def test_what_was_signed_is_recognised() -> None:
    tag = Signer(SECRET, "cursors").tag(b"one", b"two")

    assert len(tag) == TAG_BYTES
    assert Signer(SECRET, "cursors").has_signed(tag, b"one", b"two")


@pytest.mark.parametrize(
    ("secret", "purpose", "parts"),
    [
        (SECRET, "cursors", [b"onetwo"]),
        (SECRET, "cursors", [b"on", b"etwo"]),
        (SECRET, "cursors", [b"two", b"one"]),
        (SECRET, "cursors", [b"one", b"two", b""]),
        (SECRET, "requests", [b"one", b"two"]),
        (Secret("another secret, of the same length"), "cursors", [b"one", b"two"]),
    ],
)
def test_anything_else_is_not(
    secret: Secret[str],
    purpose: str,
    parts: list[bytes],
) -> None:
    tag = Signer(SECRET, "cursors").tag(b"one", b"two")

    assert not Signer(secret, purpose).has_signed(tag, *parts)


@pytest.mark.parametrize("tag", [b"", b"\0" * TAG_BYTES, b"\0" * 32])
def test_an_invented_tag_is_refused(tag: bytes) -> None:
    assert not Signer(SECRET, "cursors").has_signed(tag, b"one", b"two")
