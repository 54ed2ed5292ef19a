"""Values as the reader sees them: what stands beside a number."""

import pytest
from flask import Flask

from tierloom.domain.fields import Field, FieldKind, FieldType
from tierloom.text import Label
from tierloom.web.values import unit_beside


def beside(app: Flask, english: str, number: float, language: str = "en") -> str:
    unit = Label({"zh": "单", "en": english})
    field = Field("count", Label.of("Count"), FieldType(FieldKind.INTEGER), unit=unit)
    with app.test_request_context(headers={"Accept-Language": language}):
        return unit_beside(field, number)


@pytest.mark.parametrize(
    ("unit", "one"),
    [
        ("orders", "order"),
        ("days", "day"),
        ("purchases", "purchase"),
        ("points", "point"),
        # What no rule about one letter tells stays as it was written.
        ("stories", "stories"),
        ("boxes", "boxes"),
        ("batches", "batches"),
        ("brushes", "brushes"),
        ("sizes", "sizes"),
        ("classes", "classes"),
        ("heroes", "heroes"),
        ("access", "access"),
        ("bonus", "bonus"),
        ("analysis", "analysis"),
        ("kg", "kg"),
        ("pcs", "pcs"),
        ("SMS", "SMS"),
        ("items sold", "items sold"),
    ],
)
def test_one_of_something_is_not_many(app: Flask, unit: str, one: str) -> None:
    assert beside(app, unit, 1) == one
    assert beside(app, unit, -1) == one
    for many in (0, 2, 1.5):
        assert beside(app, unit, many) == unit
    assert beside(app, unit, 1, "zh") == "单"


def test_without_a_unit_nothing_stands_there(app: Flask) -> None:
    field = Field("count", Label.of("Count"), FieldType(FieldKind.INTEGER))
    with app.test_request_context():
        assert unit_beside(field, 1) == ""
