"""Comparisons of a field with a number, as rules write them."""

from tests.unit.rules.world import var
from tierloom.domain.rules import Json


def at_least(field: str, number: float) -> Json:
    return {">=": [var(field), number]}


def below(field: str, number: float) -> Json:
    return {"<": [var(field), number]}


def more(field: str, number: float) -> Json:
    return {">": [var(field), number]}
