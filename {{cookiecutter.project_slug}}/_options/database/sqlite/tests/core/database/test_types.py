"""Column types that SQLite lacks."""

from decimal import Decimal

import pytest
from sqlalchemy.dialects.sqlite import dialect

from app.core.database.types import ScaledDecimal


@pytest.mark.parametrize(
    ("number", "stored"),
    [(Decimal("12.50"), 1250), (Decimal("-0.01"), -1), (None, None)],
)
def test_scaled_decimal_is_stored_in_units_of_its_last_place(
    number: Decimal | None,
    stored: int | None,
) -> None:
    kind = ScaledDecimal(2)

    assert kind.process_bind_param(number, dialect()) == stored
    assert kind.process_result_value(stored, dialect()) == number
