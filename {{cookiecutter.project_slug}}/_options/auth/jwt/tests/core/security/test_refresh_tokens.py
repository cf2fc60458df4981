"""Refresh tokens."""

import pytest

from app.core.security.refresh_tokens import MalformedRefreshToken, RefreshToken


def test_a_token_that_was_given_out_is_known_again() -> None:
    token = RefreshToken.first()

    assert RefreshToken.parse(token.text) == token


def test_the_next_one_is_of_the_same_family_and_another_token() -> None:
    first = RefreshToken.first()

    following = first.next()

    assert following.family_digest == first.family_digest
    assert following.digest != first.digest


def test_no_two_families_are_alike() -> None:
    assert RefreshToken.first().family_digest != RefreshToken.first().family_digest


def test_digests_do_not_hold_the_token() -> None:
    token = RefreshToken.first()

    assert len(token.digest) == len(token.family_digest) == 32
    assert token.digest not in token.text.encode()


@pytest.mark.parametrize(
    "text",
    ["", ".", "a.b", "é" * 43 + "." + "é" * 43, f"{'a' * 43}.{'b' * 43}\n", "a.b.c"],
)
def test_what_was_never_given_out_is_refused(text: str) -> None:
    with pytest.raises(MalformedRefreshToken):
        RefreshToken.parse(text)
