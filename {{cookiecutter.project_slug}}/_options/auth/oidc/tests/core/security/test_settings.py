"""Settings of whose tokens are accepted."""

import pytest
from pydantic import ValidationError

from app.core.security.settings import AuthSettings
from app.core.settings import Settings, explain
from tests.production import PRODUCTION


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        "issuer",
        "issuer.example.com",
        "ftp://issuer.example.com",
        "https://",
        "https://issuer.example.com/?a=b",
        "https://issuer.example.com/#a",
    ],
)
def test_what_is_no_address_is_no_issuer(issuer: str) -> None:
    with pytest.raises(ValidationError):
        AuthSettings(issuer=issuer)


@pytest.mark.parametrize("algorithms", [(), ("none",), ("HS256",), ("RS256", "HS512")])
def test_shared_secrets_and_no_signatures_are_no_algorithms(
    algorithms: tuple[str, ...],
) -> None:
    with pytest.raises(ValidationError):
        AuthSettings.model_validate({"algorithms": algorithms})


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"AUTH__ISSUER": ""}, "AUTH__ISSUER"),
        ({"AUTH__AUDIENCE": ""}, "AUTH__AUDIENCE"),
        ({"AUTH__ISSUER": "http://issuer.example.com"}, "https://"),
    ],
)
def test_production_accepts_no_tokens_that_anybody_could_make(
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, str],
    named: str,
) -> None:
    for name, value in (PRODUCTION | changes).items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError) as caught:
        Settings()

    assert named in explain(caught.value)


def test_production_with_an_issuer_and_an_audience_has_nothing_against_them() -> None:
    auth = AuthSettings(issuer="https://issuer.example.com/a", audience="service")

    assert auth.unfit_for_production() == []
