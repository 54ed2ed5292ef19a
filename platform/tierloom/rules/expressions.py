"""Formulas as a row of terms: what the form shows, and the JSON Logic that is stored for it.

`a + b × c` means what it means in school: × and ÷ before + and −, otherwise from left to right.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import cast

from tierloom.domain.fields import MAX_DIGITS
from tierloom.domain.rules import Json, RuleDocument

SIGNS = ("+", "-", "*", "/")
_PRODUCTS = ("*", "/")
_MAX_TERMS = 40
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Term:
    """A field's key or a number, with the sign before it; the first term's sign is +."""

    sign: str
    field: str = ""
    number: str = ""

    def __post_init__(self) -> None:
        if self.sign not in SIGNS:
            raise ValueError(f"No sign {self.sign!r}. Known: {', '.join(SIGNS)}.")
        digits = sum(letter.isdigit() for letter in self.number)
        if self.number and (not _NUMBER.fullmatch(self.number) or digits > MAX_DIGITS):
            raise ValueError(f"{self.number!r} is not a number of at most {MAX_DIGITS} digits.")
        if bool(self.field) == bool(self.number):
            raise ValueError("A term is either a field or a number.")


def write_terms(terms: Sequence[Term]) -> RuleDocument:
    """Return the expression that a row of terms stands for.

    Raises:
        ValueError: there is no term, or the first one's sign is not +.
    """
    if not terms or terms[0].sign != "+":
        raise ValueError("An expression has a first term, which is added.")
    products: list[tuple[str, Json]] = []
    for term in terms:
        if term.sign in _PRODUCTS:
            sign, so_far = products[-1]
            products[-1] = (sign, {term.sign: [so_far, _atom(term)]})
        else:
            products.append((term.sign, _atom(term)))
    _, found = reduce(lambda left, right: ("+", {right[0]: [left[1], right[1]]}), products)
    return RuleDocument.of(found)


def read_terms(document: RuleDocument) -> tuple[Term, ...] | None:
    """Return the row of terms that an expression stands for, None where it is no such row."""
    try:
        found = _sum(json.loads(document.json))
    except (ValueError, RecursionError):
        return None
    return None if found is None or len(found) > _MAX_TERMS else tuple(found)


def rename_field(document: RuleDocument, old: str, new: str) -> RuleDocument:
    """Return an expression that reads a field of its own table under another key."""
    return RuleDocument.of(_renamed(json.loads(document.json), old, new))


def _renamed(node: Json, old: str, new: str) -> Json:
    match node:
        case {"var": str(name)} if name == old:
            return {"var": new}
        case {"var": [str(name), *rest]} if name == old:
            return {"var": [new, *rest]}
        case dict():
            return {key: _renamed(inner, old, new) for key, inner in node.items()}
        case list():
            return [_renamed(inner, old, new) for inner in node]
    return node


def _atom(term: Term) -> Json:
    if term.field:
        return {"var": term.field}
    number = float(term.number)
    return int(number) if number.is_integer() else number


Read = Callable[[Json], list[Term] | None]


def _sum(node: Json) -> list[Term] | None:
    return _chain(node, ("+", "-"), _sum, _product)


def _product(node: Json) -> list[Term] | None:
    return _chain(node, _PRODUCTS, _product, _single)


def _chain(node: Json, signs: Sequence[str], left: Read, right: Read) -> list[Term] | None:
    """Read a chain of operators of one rank, which lean to the left."""
    if not isinstance(node, dict) or len(node) != 1 or next(iter(node)) not in signs:
        return right(node)
    ((sign, args),) = node.items()
    if not isinstance(args, list) or len(args) < 2:
        return None
    found = left(args[0])
    for one in args[1:]:
        more = right(one)
        if found is None or more is None:
            return None
        found = [*found, Term(sign, more[0].field, more[0].number), *more[1:]]
    return found


def _single(node: Json) -> list[Term] | None:
    match node:
        case {"var": str(name)} | {"var": [str(name)]} if len(cast("dict[str, Json]", node)) == 1:
            return [Term("+", field=name)]
        case bool():
            return None
        case int() | float():
            return [Term("+", number=_plain(node))]
    return None


def _plain(number: float) -> str:
    """Write a number without an exponent, as people do."""
    return str(number) if isinstance(number, int) else f"{number:.15f}".rstrip("0").rstrip(".")
