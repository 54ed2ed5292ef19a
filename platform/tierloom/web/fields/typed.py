"""What a properties form sends: texts by the names of its controls."""

from collections.abc import Mapping
from dataclasses import dataclass

from tierloom.errors import Invalid, Problem
from tierloom.text import Label, T, Text


@dataclass(frozen=True, slots=True)
class Typed:
    """The form's texts."""

    texts: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return what was typed, without the spaces around it."""
        return self.texts.get(name, "").strip()

    def label(self, name: str) -> Label | None:
        """Return the words typed for each language, None where there are none."""
        words = {language: self.text(f"{name}_{language}") for language in ("zh", "en")}
        return Label(words) if any(words.values()) else None

    def number(self, name: str) -> float | None:
        """Return a number, None where nothing was typed.

        Raises:
            Invalid: something else was typed.
        """
        text = self.text(name).replace(",", "")
        if not text:
            return None
        try:
            return float(text)
        except ValueError:
            raise invalid(name, T("“%(text)s” is not a number.", text=text)) from None

    def whole(self, name: str) -> int | None:
        """Return a whole number, None where nothing was typed.

        Raises:
            Invalid: something else was typed.
        """
        text = self.text(name)
        if not text:
            return None
        if not text.isdecimal():
            raise invalid(name, T("“%(text)s” is not a whole number.", text=text))
        return int(text)


def invalid(name: str, message: Text) -> Invalid:
    """Make the exception for one control of the form."""
    return Invalid([Problem(f"bad-{name}", f"/{name}", message)])
