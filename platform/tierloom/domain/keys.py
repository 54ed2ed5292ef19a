"""Keys: the names that rules, files and addresses use. Fixed at creation; a relabel never touches one."""

import re
import unicodedata

MAX_KEY = 60
_KEY = re.compile(r"[^\W\d][\w-]*\Z")
RESERVED = frozenset({"id", "version", "length", "accumulator", "current", "me"})


def is_key(name: str) -> bool:
    """Tell whether `name` can be a key: letters of any script, digits, `_` and `-`, in NFC, no dunder."""
    return (
        0 < len(name) <= MAX_KEY
        and _KEY.match(name) is not None
        and unicodedata.is_normalized("NFC", name)
        and not name.startswith("__")
        and name not in RESERVED
    )


def require_key(name: str) -> None:
    """Refuse a name that cannot be a key.

    Raises:
        ValueError: the name, and what a key looks like.
    """
    if not is_key(name):
        raise ValueError(
            f"{name!r} is no key: use letters, digits, _ and -, beginning with a letter."
        )
