"""What may be set about the database."""

import pytest
from pydantic import ValidationError

from app.core.database.settings import DatabaseSettings


def _settings(url: str) -> DatabaseSettings:
    return DatabaseSettings.model_validate({"url": url})


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("mongodb://localhost:27017/orders", "orders"),
        ("mongodb://a:1,b:2/orders?replicaSet=rs0&tls=true", "orders"),
        (
            "mongodb://me:p%40ss@db/bestellungen-%C3%BC?authSource=admin",
            "bestellungen-ü",
        ),
        ("mongodb+srv://me:secret@cluster.example.com/orders?w=majority", "orders"),
        ("mongodb+srv://cluster.example.com/orders", "orders"),
    ],
)
def test_a_url_names_servers_and_a_database(url: str, name: str) -> None:
    settings = _settings(url)

    assert settings.name == name
    assert str(settings.url.get_secret_value()) == url


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://db/orders", "scheme should be 'mongodb'"),
        ("mongodb://db", "name the database"),
        ("mongodb://db/", "name the database"),
        ("mongodb://db/orders.users", "name the database"),
        ("mongodb://db/" + "x" * 64, "name the database"),
        ("mongodb:///orders", "Empty host"),
        ("mongodb://me:100%@db/orders", "RFC 3986"),
        ("mongodb://db/orders?retires=2", "Unknown option"),
        ("mongodb://a,b/orders?directConnection=true", "multiple hosts"),
        ("mongodb+srv://cluster.example.com:27017/orders", "without a port"),
        ("mongodb+srv://cluster.example.com/orders?tls=maybe", "tls must be"),
    ],
)
def test_a_url_that_the_driver_cannot_use_is_refused_with_the_reason(
    url: str,
    reason: str,
) -> None:
    with pytest.raises(ValidationError, match=reason):
        _settings(url)


def test_the_password_is_not_shown() -> None:
    settings = _settings("mongodb://me:hunter2@db/orders?authSource=admin")

    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()}"


@pytest.mark.parametrize(
    ("values", "may_lag"),
    [
        ({}, False),
        ({"reads": "primary"}, False),
        ({"reads": "nearest"}, True),
        ({"reads": "secondaryPreferred"}, True),
        ({"read_url": "mongodb://replica/orders"}, True),
    ],
)
def test_reads_of_all_but_the_primary_may_lag(
    values: dict[str, str],
    *,
    may_lag: bool,
) -> None:
    assert DatabaseSettings.model_validate(values).reads_may_lag is may_lag
