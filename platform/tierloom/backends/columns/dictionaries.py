"""Dictionaries that an evaluation makes, and ways from one dictionary's codes to another's."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tierloom.engine.columns import Dictionary, Mask


class TextList:
    """A dictionary in memory."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = tuple(sorted(set(texts)))

    def __len__(self) -> int:
        return len(self.texts)

    def text(self, code: int) -> str:
        """Return the text behind a code."""
        return self.texts[code]

    def code(self, text: str) -> int:
        """Return the code of a text, -1 where it does not occur."""
        found = bisect_left(self.texts, text)
        return found if found < len(self.texts) and self.texts[found] == text else -1

    def where(self, test: Callable[[str], bool]) -> Mask:
        """Ask every text once."""
        return np.fromiter(map(test, self.texts), np.bool_, len(self.texts))


def texts_of(dictionary: Dictionary) -> list[str]:
    """Return all texts of a dictionary in the order of their codes."""
    return [dictionary.text(code) for code in range(len(dictionary))]


def union(dictionaries: Sequence[Dictionary]) -> Dictionary:
    """Return a dictionary with the texts of all."""
    return TextList(text for one in dictionaries for text in texts_of(one))


def recode(codes: NDArray[Any], source: Dictionary, target: Dictionary) -> NDArray[Any]:
    """Return the codes that the same texts have in `target`.

    A text that it lacks becomes -2: known, and equal to none of its texts.
    """
    if source is target:
        return codes
    found = np.asarray([target.code(text) for text in texts_of(source)], np.int32)
    return look_up(np.where(found < 0, np.int32(-2), found), codes, -1)


def look_up(table: NDArray[Any], codes: NDArray[Any], blank: float) -> NDArray[Any]:
    """Return `table[code]` for every code, `blank` for -1."""
    return np.append(table, table.dtype.type(blank)).take(codes, mode="wrap")
