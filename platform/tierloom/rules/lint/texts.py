"""Texts that conditions can tell apart by how they begin, how they end, and what they contain."""

from collections.abc import Iterator, Sequence
from itertools import compress, product

from tierloom.rules import ir
from tierloom.rules.ir import TextTest
from tierloom.rules.roll_ups import Known

Signature = tuple[bool, ...]
"""What each of some conditions says of one value."""

MOST_PARTS = 5
"""Parts of a text that are told apart; where more are asked for, each may be there or not."""
ELSE = "\ue000"
"""A text that no rule names."""
UNSHOWN = "\ue001"
"""A text of which only the parts are known: no example of it was made."""


def texts_with_parts(asked: Sequence[ir.Predicate]) -> Iterator[str]:
    """Make texts that begin, end and go on in the ways that conditions ask for."""
    parts = _parts(asked)
    for chosen in product((False, True), repeat=len(parts)):
        needles: dict[TextTest, list[str]] = {one: [""] for one in TextTest}
        for one in compress(parts, chosen):
            needles[one.test].append(one.needle)
        start = max(needles[TextTest.STARTS_WITH], key=len)
        end = max(needles[TextTest.ENDS_WITH], key=len)
        yield ELSE.join((start, *needles[TextTest.CONTAINS], end))


def other_texts(asked: Sequence[ir.Predicate], unnamed: Signature) -> Iterator[Signature]:
    """Yield all that conditions may say of texts that none of them names whole.

    `unnamed` is what they say of one such text. What cannot be is left out where that is plain.
    """
    parts = _parts(asked)
    for chosen in product((False, True), repeat=len(parts)):
        answers = dict(zip(parts, chosen, strict=True))
        if _may_be(answers):
            yield tuple(
                answers[one] if isinstance(one, ir.Matches) else usual
                for one, usual in zip(asked, unnamed, strict=True)
            )


def as_shown(value: Known) -> Known:
    """Return a value for people to read: what lies between the parts of a text is left out."""
    return value.replace(ELSE, "…") if isinstance(value, str) and value != ELSE else value


def _parts(asked: Sequence[ir.Predicate]) -> list[ir.Matches]:
    return [one for one in asked if isinstance(one, ir.Matches)]


def _may_be(answers: dict[ir.Matches, bool]) -> bool:
    held = [one for one, holds in answers.items() if holds]
    lacking = [one for one, holds in answers.items() if not holds]
    return not any(_implies(one, other) for one in held for other in lacking) and not any(
        _excludes(one, other) for one in held for other in held
    )


def _implies(one: ir.Matches, other: ir.Matches) -> bool:
    """Tell whether every text with the one part has the other."""
    match other.test:
        case TextTest.CONTAINS:
            return other.needle in one.needle
        case TextTest.STARTS_WITH:
            return one.test is other.test and one.needle.startswith(other.needle)
        case TextTest.ENDS_WITH:
            return one.test is other.test and one.needle.endswith(other.needle)


def _excludes(one: ir.Matches, other: ir.Matches) -> bool:
    """Tell whether no text begins, or ends, in both ways."""
    same = one.test is other.test and one.test is not TextTest.CONTAINS
    return same and not (_implies(one, other) or _implies(other, one))
