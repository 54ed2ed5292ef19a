"""The table of kinds, and cells."""

from datetime import UTC, date, datetime

import pytest

from tests.unit.schemas.strategies import K
from tierloom.domain.fields import FieldType, Link, Option
from tierloom.schemas.field_types import KINDS, from_cell, is_text_storage, to_cell
from tierloom.text import Label

OPTIONS = tuple(Option(key, Label.of(key)) for key in ("a", "b", "c"))


def test_every_kind_has_its_record():
    assert set(KINDS) == set(K)
    assert all(
        record.kind is kind and record.needs <= record.sets for kind, record in KINDS.items()
    )


@pytest.mark.parametrize(
    ("field_type", "value", "cell"),
    [
        (FieldType(K.INTEGER), 17850, 17850),
        (FieldType(K.INTEGER), 17850.0, 17850),
        (FieldType(K.MONEY, 2, "CNY"), 139.12, 13912),
        (FieldType(K.DECIMAL, 6), 0.000001, 1),
        (FieldType(K.MONEY, 2, "CNY"), 9999999999999.99, 999999999999999),
        (FieldType(K.PERCENT, 4), 0.12, 1200),
        (FieldType(K.BOOLEAN), True, 1),
        (FieldType(K.BOOLEAN), False, 0),
        (FieldType(K.DATE), date(1970, 1, 2), 1),
        (FieldType(K.DATE), date(1969, 12, 31), -1),
        (FieldType(K.DATETIME), datetime(1970, 1, 1, 0, 0, 1, 5000, tzinfo=UTC), 1005),
        (FieldType(K.DATETIME), datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), -1000),
        (FieldType(K.CHOICE, options=OPTIONS), "b", "b"),
        (FieldType(K.CHOICES, options=OPTIONS), ("c", "a"), "|a|c|"),
        (FieldType(K.CHOICES, options=OPTIONS), (), None),
        (FieldType(K.TEXT), " cafe\u0301 ", "caf\u00e9"),
        (FieldType(K.TEXT), "", None),
    ],
)
def test_cells(field_type, value, cell):
    assert to_cell(field_type, value) == cell


@pytest.mark.parametrize(
    ("field_type", "value"),
    [
        (FieldType(K.MONEY, 2, "CNY"), 1.234),
        (FieldType(K.MONEY, 2, "CNY"), 10**13),
        (FieldType(K.INTEGER), True),
        (FieldType(K.INTEGER), float("inf")),
        (FieldType(K.DATE), datetime(2024, 1, 1, tzinfo=UTC)),
        (FieldType(K.DATETIME), datetime(2024, 1, 1)),  # noqa: DTZ001
        (FieldType(K.BOOLEAN), 1),
        (FieldType(K.CHOICE, options=OPTIONS), "x"),
        (FieldType(K.CHOICES, options=OPTIONS), ("a", "x")),
        (FieldType(K.TEXT), "\x00"),
        (FieldType(K.REFERENCE, target="t"), Link(1, "x")),
    ],
)
def test_a_value_of_another_type_has_no_cell(field_type, value):
    with pytest.raises(ValueError, match="is no value"):
        to_cell(field_type, value)


def test_a_cell_of_another_storage_has_no_value():
    for field_type in (
        FieldType(K.INTEGER),
        FieldType(K.DATE),
        FieldType(K.DATETIME),
        FieldType(K.BOOLEAN),
    ):
        assert not is_text_storage(field_type)
        with pytest.raises(ValueError):
            from_cell(field_type, "x")
    for field_type in (FieldType(K.TEXT), FieldType(K.CHOICES, options=OPTIONS)):
        assert is_text_storage(field_type)
        with pytest.raises(ValueError):
            from_cell(field_type, 5)
