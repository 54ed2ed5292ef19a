"""Ratings in text: "4", or "★★★★☆"."""

import re

from tierloom.domain.fields import FieldType
from tierloom.schemas.free_text import fold_width
from tierloom.schemas.number_text import read_number

_FULL = "★⭐"
_STARS = re.compile(rf"[{_FULL}]+\ufe0f?[☆✩]*\Z")
_UNIT = re.compile(r"\s*(?:星|stars?|分)\Z", re.IGNORECASE)


def read_stars(field_type: FieldType, text: str) -> int | float | None:
    """Return how many stars `text` gives, None where there is no text.

    Raises:
        BadText: it is neither a whole number nor a row of stars.
    """
    word = fold_width(text).strip()
    row = word.replace("\ufe0f", "")
    if _STARS.match(row):
        return sum(one in _FULL for one in row)
    return read_number(field_type, _UNIT.sub("", word))


def stars(value: float, most: float) -> str:
    """Write a rating as a row of stars: "★★★★☆"."""
    full = min(int(value), int(most))
    return "★" * full + "☆" * (int(most) - full)
