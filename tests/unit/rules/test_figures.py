"""Numbers in words: written out as people do, with an exponent where that would be too long."""

from zoneinfo import ZoneInfo

import pytest

from tierloom.domain.fields import FieldKind, FieldType
from tierloom.rules.figures import figure

NUMBER = FieldType(FieldKind.DECIMAL, scale=6)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (-3.25, "-3.25"),
        (0.000001, "0.000001"),
        (123456789012345, "123,456,789,012,345"),
        (1e19, "10,000,000,000,000,000,000"),
        (1e20, "1E+20"),
        (-1.5e92, "-1.5E+92"),
        (1.5e-9, "1.5E-9"),
    ],
)
def test_numbers(value: float, written: str) -> None:
    assert figure(NUMBER, value, "en", ZoneInfo("UTC")) == written
