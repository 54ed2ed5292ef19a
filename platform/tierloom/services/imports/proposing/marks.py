"""The columns with a part to play in a table: its key, what a record is shown as, when it happened."""

from collections.abc import Mapping, Sequence

from tierloom.domain.fields import FieldKind, FieldType
from tierloom.services.imports.proposing.concepts import Place
from tierloom.services.imports.proposing.inferring import names_identifier
from tierloom.services.imports.proposing.survey import DATES, Column, Survey

KEY_CONCEPTS = (
    "customer_id", "order_id", "company_id", "card", "phone", "email", "sku", "vin", "company",
)  # fmt: skip
"""What records are known by, the better first."""
NO_KEY = 99
_TITLES = ("name", "company", "order_id", "model", "product", "plate")


def rank(column: Column) -> int:
    """Return how good a key a column would be by its name, 0 the best; `NO_KEY` for none."""
    if column.about in KEY_CONCEPTS:
        return KEY_CONCEPTS.index(column.about)
    is_text = column.concept is None and column.guess.type.kind is FieldKind.TEXT
    return len(KEY_CONCEPTS) if is_text and names_identifier(column.header) else NO_KEY


def marked(asked: str | None, places: Sequence[int], otherwise: int | None) -> int | None:
    """Return the column somebody has marked, if it is in the table; else the proposed one."""
    if asked is not None:
        return next((one for one in places if str(one) == asked), None)
    return otherwise if otherwise in places else None


def title_of(survey: Survey, places: Sequence[int], key: int | None) -> int | None:
    """Return the column that a record is shown as: a name, else its key."""
    about = {survey.columns[one].about: one for one in places if one >= 0}
    return next((about[one] for one in _TITLES if one in about), key)


def date_of(survey: Survey, types: Mapping[int, FieldType]) -> int | None:
    """Return the column that says when a record happened; a birthday is none."""
    dates = [one for one, kind in types.items() if one >= 0 and kind.kind in DATES]
    ranked = [
        one
        for where in (Place.ROW, Place.FREE)
        for one in dates
        if survey.columns[one].where is where
    ]
    return next(iter(ranked), None)
