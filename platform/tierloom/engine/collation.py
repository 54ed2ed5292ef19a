"""The order of texts: by code point, or as Chinese readers expect it, by pinyin.

By pinyin: what is no Chinese character comes first (signs, digits, letters without regard to case), then
Chinese characters by their commonest reading, its tone, and their code point. A text is compared
character by character. A character with several readings (重, 单) has one place.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pypinyin import Style, pinyin

from tierloom.engine.columns import Dictionary

Ranks = NDArray[np.int32]

_SURROGATES, _HOW_MANY = 0xD800, 0x800
"""No character may stand for a place here."""
_IDEOGRAPHS = "\U00020000"
"""From here on there are rare Chinese characters only; some have no reading."""
_NO_READING = "~"
"""After every reading."""


class Collation(StrEnum):
    """How texts are sorted."""

    CODE_POINT = "code_point"
    PINYIN = "pinyin"

    @classmethod
    def of(cls, locale: str) -> "Collation":
        """Return the order that readers of a language expect."""
        return cls.PINYIN if locale.startswith("zh") else cls.CODE_POINT


def ranks(dictionary: Dictionary, collation: Collation) -> Ranks | None:
    """Return each text's rank by its code; None where the codes themselves are the order."""
    if collation is Collation.CODE_POINT:
        return None
    texts = [dictionary.text(code) for code in range(len(dictionary))]
    keys = by_pinyin(texts)
    # Sorting is stable: what differs in case only stays in the order of code points.
    order = sorted(range(len(keys)), key=keys.__getitem__)
    found = np.empty(len(keys), np.int32)
    found[order] = np.arange(len(keys), dtype=np.int32)
    return found


def by_pinyin(texts: Sequence[str]) -> list[str]:
    """Return texts whose order by code point is the order of the given ones by pinyin."""
    places = _places(set[str]().union(*texts))
    return [text.translate(places) for text in texts]


def _places(characters: Iterable[str]) -> dict[int, int]:
    """Return, by code point, the code point of a character that stands for the place in the order."""
    weights = {one: _weight(one) for one in characters}
    numbers = {weight: number for number, weight in enumerate(sorted(set(weights.values())), 1)}
    return {ord(one): _free(numbers[weight]) for one, weight in weights.items()}


def _free(number: int) -> int:
    return number if number < _SURROGATES else number + _HOW_MANY


@lru_cache(maxsize=32_768)
def _weight(character: str) -> tuple[bool, str, int]:
    """Return what a character is sorted by: Chinese or not, its reading or its folded self, which one it is."""
    ((reading,),) = pinyin(character, Style.TONE3, neutral_tone_with_five=True, errors=_nothing)
    if reading[:1].isalpha():
        return True, reading, ord(character)
    if character >= _IDEOGRAPHS and character.isalpha():
        return True, _NO_READING, ord(character)
    return False, character.casefold(), 0


def _nothing(_: str) -> str:
    return " "
