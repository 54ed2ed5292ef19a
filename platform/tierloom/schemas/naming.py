"""Keys made from the words of strangers: a column's header, a property's name, a title."""

import re
import unicodedata
from collections.abc import Container

from tierloom.domain.keys import MAX_KEY, RESERVED

_GAPS = re.compile(r"[^\w-]+")


def make_key(words: str, taken: Container[str] = (), default: str = "field") -> str:
    """Return a key that reads like `words` and is not in `taken`.

    "Do you have any pets?" gives `Do_you_have_any_pets`; letters of any script stay.
    """
    plain = _GAPS.sub("_", unicodedata.normalize("NFC", words)).strip("_-")
    if not plain or plain[0].isdigit() or not plain[0].isalpha():
        plain = f"{default}_{plain}".rstrip("_")
    key = plain = unicodedata.normalize("NFC", plain[:MAX_KEY])
    number = 1
    while key in taken or key in RESERVED:
        number += 1
        key = f"{plain[: MAX_KEY - len(str(number)) - 1]}_{number}"
    return key
