"""Patterns that users write. RE2 runs them, in time linear in the text whatever the pattern."""

import re
from functools import lru_cache
from typing import Protocol

import re2

MAX_PATTERN = 1_000
MAX_REPEATS = 1_000
"""RE2's limit of a counted repetition."""

_MAX_MEMORY = 1 << 20
_AT_LEAST = re.compile(r"\[\\s\\S\]\{(\d{1,4}),\}")


class Pattern(Protocol):
    """A compiled pattern; it matches anywhere in a text, as JSON Schema has it."""

    def search(self, text: str) -> object | None:
        """Return a match, None where there is none."""
        ...


@lru_cache(maxsize=256)
def compile_pattern(source: str) -> Pattern:
    """Compile a pattern.

    Raises:
        ValueError: RE2 refuses it (look-around, back references), or it is too long.
    """
    if len(source) > MAX_PATTERN:
        raise ValueError(f"The pattern is longer than {MAX_PATTERN} characters.")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    try:
        compiled: Pattern = re2.compile(source, options)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0]
        raise ValueError(reason.decode() if isinstance(reason, bytes) else str(error)) from error
    return compiled


def at_least(length: int) -> str:
    """Return the pattern of texts with so many characters, which is how a field says it."""
    return f"[\\s\\S]{{{length},}}"


def least_length(source: str) -> int | None:
    """Return n if `source` is `at_least(n)`."""
    found = _AT_LEAST.fullmatch(source)
    return int(found[1]) if found else None
