"""Sentences as styled parts: templates are translated first, then their places are filled."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tierloom.text import Text, Translator

Kind = Literal["plain", "field", "value", "and", "or"]
_WIDE = "（），、"
_PLACE = re.compile("\ue000(.*?)\ue001")
_HAN = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z0-9¥$€£%+\-−]")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence, and how it is shown."""

    kind: Kind
    text: str


Phrase = tuple[Part, ...]


def phrase(kind: Kind, text: str) -> Phrase:
    """Return a phrase of one part, of none where the text is empty."""
    return (Part(kind, text),) if text else ()


def compose(
    words: Translator, template: Text, places: Mapping[str, Phrase], kind: Kind = "plain"
) -> Phrase:
    """Translate a template and put phrases in its places; its own words are of `kind`."""
    marks = {name: f"\ue000{name}\ue001" for name in places}
    return split(words.read(replace(template, params={**template.params, **marks})), places, kind)


def split(text: str, places: Mapping[str, Phrase], kind: Kind = "plain") -> Phrase:
    """Put phrases in the marked places of a text."""
    found: list[Part] = []
    for index, piece in enumerate(_PLACE.split(text)):
        found.extend(places[piece] if index % 2 else phrase(kind, piece))
    return tuple(found)


def listed(words: Translator, several: Sequence[Phrase], joint: Text) -> Phrase:
    """Join phrases as a list: A, B and C."""
    if len(several) <= 1:
        return several[0] if several else ()
    comma = Part("plain", words.read(["", ""]))
    found: list[Part] = list(several[0])
    for one in several[1:-1]:
        found.extend((comma, *one))
    return compose(words, joint, {"list": tuple(found), "last": several[-1]})


def spaced(parts: Iterable[Part]) -> Phrase:
    """Set one space between Chinese and Latin letters or figures, never two, none at wide signs."""
    found: list[Part] = []
    for part in parts:
        last = found[-1].text[-1:] if found else ""
        text = part.text.lstrip() if last in ("", " ", *_WIDE) else part.text
        if not text:
            continue
        if text[0] in _WIDE and last == " ":
            found[-1] = replace(found[-1], text=found[-1].text.rstrip())
        if _needs_space(last, text[0]):
            found.append(Part("plain", " "))
        found.append(replace(part, text=text))
    return tuple(found)


def _needs_space(before: str, after: str) -> bool:
    return bool(
        (_HAN.match(before) and _LATIN.match(after)) or (_LATIN.match(before) and _HAN.match(after))
    )
