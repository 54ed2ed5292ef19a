"""What can go wrong, as values and as exceptions.

A check *yields* `Problem`s: each names its place, so that nothing stops at the first one. Exceptions
are for a caller who cannot go on; each carries a `Text` that a person can act on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tierloom.text import T, Text

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault at one place.

    `pointer` is a JSON pointer (RFC 6901) into the document, or a field key for a record; `code` is
    stable and kebab-case; `hint` says what to do.
    """

    code: str
    pointer: str
    message: Text
    hint: Text | None = None
    severity: Severity = "error"

    def __str__(self) -> str:
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.pointer or '/'}: {self.message}{hint}"


class TierloomError(Exception):
    """The root of the errors that we raise on purpose. `text` is fit for the user's eyes."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


class Invalid(TierloomError):
    """An input has problems, its errors first; nothing was done."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=_is_less_than_an_error))
        first = self.problems[0] if self.problems else None
        super().__init__(first.message if first else T("The input is not valid."))


def _is_less_than_an_error(problem: Problem) -> bool:
    return problem.severity != "error"


class NotFound(TierloomError):
    """What was asked for does not exist, or the asker may not know that it does."""


class Forbidden(TierloomError):
    """The actor may not do this."""


class Conflict(TierloomError):
    """Somebody else changed the thing since it was read; nothing was written."""


class TooMany(TierloomError):
    """Too many attempts; later it may work."""


class InUse(TierloomError):
    """Others depend on the thing; `users` names them."""

    def __init__(self, text: Text, users: Iterable[Text]) -> None:
        super().__init__(text)
        self.users = tuple(users)


def raise_if(problems: Iterable[Problem]) -> None:
    """Raise `Invalid` when there is an error among `problems`; warnings pass."""
    found = tuple(problems)
    if any(problem.severity == "error" for problem in found):
        raise Invalid(found)
