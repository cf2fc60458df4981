"""How connections are encrypted."""

import ssl

import pytest
from pydantic import ValidationError

from app.core.database.connection import tls_context
from app.core.database.settings import DatabaseSettings


def test_without_tls_there_is_no_context() -> None:
    assert tls_context(DatabaseSettings.model_validate({"tls": "off"})) is None


@pytest.mark.parametrize(
    ("tls", "mode"),
    [("unverified", ssl.CERT_NONE), ("verified", ssl.CERT_REQUIRED)],
)
def test_only_verified_tls_checks_who_the_server_is(
    tls: str,
    mode: ssl.VerifyMode,
) -> None:
    context = tls_context(DatabaseSettings.model_validate({"tls": tls}))

    assert context is not None
    assert context.verify_mode is mode
    assert context.check_hostname is (mode is ssl.CERT_REQUIRED)


def test_parameters_in_the_address_are_refused_rather_than_passed_over() -> None:
    with pytest.raises(ValidationError, match="DATABASE__TLS"):
        DatabaseSettings.model_validate({"url": "mysql://localhost/orders?ssl=true"})
