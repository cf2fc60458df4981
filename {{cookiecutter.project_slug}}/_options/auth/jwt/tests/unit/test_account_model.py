"""Accounts and passwords."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given

from app.core.validation import InvalidDetails
from app.models.account import (
    MAX_PASSWORD_LENGTH,
    Account,
    TokenFamily,
    new_password,
    normalized_password,
)
from tests.accounts import HASH
from tests.core.unicode import long_texts, texts

LEAST = 12
OTHER_HASH = f"{HASH}-either"
NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
ACCOUNT = Account(user_id=uuid4(), password_hash=HASH)
FAMILY = TokenFamily(
    id=uuid4(),
    user_id=ACCOUNT.user_id,
    family_digest=bytes(32),
    token_digest=bytes(32),
    password_version=1,
    created_at=NOW,
    expires_at=NOW + timedelta(hours=1),
)


@pytest.mark.parametrize(
    "text",
    ["x" * 12, "x" * 128, " spaces count ", "Ünïcödé 王小明 👩‍🚀"],
)
def test_a_password_may_be_of_any_characters(text: str) -> None:
    assert new_password(text, LEAST)


@pytest.mark.parametrize(
    "text",
    ["", "x" * 11, "x" * 129, "a surrogate \ud800", "ﬃ" * 60],
)
def test_a_password_too_short_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(InvalidDetails) as caught:
        new_password(text, LEAST)

    assert not text or text not in str(caught.value)


def test_a_password_is_the_same_however_a_keyboard_composes_it() -> None:
    composed, decomposed = "zo\xeb" * 4, "zoe\u0308" * 4

    assert new_password(composed, LEAST) == normalized_password(decomposed)


@given(text=texts(20) | long_texts((1, MAX_PASSWORD_LENGTH + 1)))
def test_new_password_of_any_text_is_a_fixed_point_within_bounds(text: str) -> None:
    try:
        password = new_password(text, LEAST)
    except InvalidDetails:
        return

    assert LEAST <= len(password) <= MAX_PASSWORD_LENGTH
    assert new_password(password, LEAST) == password
    assert normalized_password(text) == password
    assert password.encode()


def test_a_short_password_can_be_compared() -> None:
    assert normalized_password("short") == "short"


def test_a_new_password_is_another_version() -> None:
    changed = ACCOUNT.with_password(OTHER_HASH)

    assert changed == replace(
        ACCOUNT,
        password_hash=OTHER_HASH,
        password_version=2,
        version=2,
    )


def test_the_same_password_hashed_anew_is_the_same_version() -> None:
    rehashed = ACCOUNT.rehashed(OTHER_HASH)

    assert rehashed.password_version == 1
    assert rehashed.version == 2


def test_a_role_that_somebody_has_is_no_change() -> None:
    administrator = ACCOUNT.with_role(administrator=True)

    assert administrator.is_administrator
    assert administrator.version == 2
    assert administrator.with_role(administrator=True) is administrator


def test_tokens_are_good_until_they_expire() -> None:
    assert FAMILY.is_valid_for(ACCOUNT, at=NOW)
    assert not FAMILY.is_valid_for(ACCOUNT, at=FAMILY.expires_at)


@pytest.mark.parametrize(
    "account",
    [ACCOUNT.with_password(OTHER_HASH), replace(ACCOUNT, user_id=uuid4())],
    ids=["another password", "another user"],
)
def test_tokens_are_good_for_nothing_else(account: Account) -> None:
    assert not FAMILY.is_valid_for(account, at=NOW)


def test_tokens_are_good_after_a_change_that_is_not_of_the_password() -> None:
    account = ACCOUNT.with_role(administrator=True).rehashed(OTHER_HASH)

    assert FAMILY.is_valid_for(account, at=NOW)


def test_tokens_of_a_family_that_is_over_are_good_for_nothing() -> None:
    assert not replace(FAMILY, ended_at=NOW).is_valid_for(ACCOUNT, at=NOW)


def test_a_family_goes_on_with_another_token_and_a_later_end() -> None:
    later = FAMILY.expires_at + timedelta(hours=1)

    rotated = FAMILY.rotated(b"x" * 32, expires_at=later)

    assert rotated == replace(FAMILY, token_digest=b"x" * 32, expires_at=later)
