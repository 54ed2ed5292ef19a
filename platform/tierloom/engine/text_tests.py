"""Tests of single texts, as values.

A dictionary that can answer one faster than text by text may look inside.
"""

from dataclasses import dataclass
from re import IGNORECASE, escape, search

from tierloom.rules.ir import TextTest


@dataclass(frozen=True, slots=True)
class TextProbe:
    """Whether a text contains, starts with or ends with the needle, by code points."""

    test: TextTest
    needle: str

    def __call__(self, text: str) -> bool:
        match self.test:
            case TextTest.CONTAINS:
                return self.needle in text
            case TextTest.STARTS_WITH:
                return text.startswith(self.needle)
            case TextTest.ENDS_WITH:
                return text.endswith(self.needle)


@dataclass(frozen=True, slots=True)
class Holds:
    """Whether a text contains some words, capitals or not: what a search asks."""

    words: str

    @property
    def has_cases(self) -> bool:
        """Whether some letter of the words has a capital."""
        return self.words.lower() != self.words.upper()

    def __call__(self, text: str) -> bool:
        return search(escape(self.words), text, IGNORECASE) is not None


@dataclass(frozen=True, slots=True)
class HasKey:
    """Whether stored choices (`|a|c|`) hold one of these option keys."""

    keys: tuple[str, ...]

    def __call__(self, text: str) -> bool:
        return any(f"|{key}|" in text for key in self.keys)
