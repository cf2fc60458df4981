"""Where the database is."""

import pytest
from pydantic import ValidationError

from app.core.database.settings import DatabaseSettings
from app.core.settings import Settings, explain

SCHEME = DatabaseSettings().url.get_secret_value().scheme


def test_the_password_is_shown_nowhere() -> None:
    url = f"{SCHEME}://ada:hunter2@localhost/orders"
    settings = Settings(database=DatabaseSettings.model_validate({"url": url}))

    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings.model_dump())
    assert "hunter2" not in settings.model_dump_json()


@pytest.mark.parametrize(
    "url",
    [
        "orders",
        f"{SCHEME}://localhost",
        f"{SCHEME}://localhost/",
        "https://ada:hunter2@localhost/orders",
        "file:///orders",
    ],
)
def test_what_is_no_address_of_a_database_is_refused(
    monkeypatch: pytest.MonkeyPatch,
    url: str,
) -> None:
    monkeypatch.setenv("DATABASE__URL", url)

    with pytest.raises(ValidationError) as caught:
        Settings()

    line = explain(caught.value)
    assert line.startswith("DATABASE__URL: ")
    assert "hunter2" not in line
