"""Faces of conditions: what has to be so, of the variables of a space, where a condition gives one of some answers."""

from collections.abc import Callable, Sequence

from tierloom.rules.ir import Comparison
from tierloom.rules.lint.search import ALWAYS, NEVER, All, Formula, Some, Within, everything

YES, NO, UNSURE = 1, 2, 4
"""Answers, and sets of them."""
NOT_YES = NO | UNSURE
ANY_ANSWER = YES | NO | UNSURE
ABSENT, PRESENT = 0b01, 0b10
"""The cells of a variable that says whether something is there."""
SIDES = 5
"""The cells of a variable that says how two values stand to each other: the first is …"""
LESS, SAME, MORE, _UNKNOWN, _NOTHING = (1 << place for place in range(SIDES))
_REACHED: dict[Comparison, int] = {
    Comparison.EQUAL: SAME,
    Comparison.LESS: LESS,
    Comparison.LESS_EQUAL: LESS | SAME,
    Comparison.GREATER: MORE,
    Comparison.GREATER_EQUAL: MORE | SAME,
}

Answer = bool | None
"""What a condition says: yes, no, or (under hold) that it is uncertain."""
Face = Callable[[int], Formula]


def bit_of(answer: Answer) -> int:
    """Return an answer as a set of one."""
    return UNSURE if answer is None else YES if answer else NO


def turned(answers: int) -> int:
    """Return the answers that a negation makes of others."""
    return answers & UNSURE | (NO if answers & YES else 0) | (YES if answers & NO else 0)


def in_cells(variable: int, yes: int, no: int, unsure: int = 0) -> Face:
    """Say in which cells of a variable a condition gives which answer."""

    def face(wanted: int) -> Formula:
        here = (yes if wanted & YES else 0) | (no if wanted & NO else 0)
        return Within(variable, here | (unsure if wanted & UNSURE else 0))

    return face


def by_answers(variable: int, answers: Sequence[Answer]) -> Face:
    """Say what a condition answers in each cell of a variable."""
    found: dict[Answer, int] = {True: 0, False: 0, None: 0}
    for place, one in enumerate(answers):
        found[one] |= 1 << place
    return in_cells(variable, found[True], found[False], found[None])


def as_it_likes(variable: int) -> Face:
    """Let a condition give any answer that its variable has a cell for."""
    return in_cells(variable, YES, NO, UNSURE)


def compared(variable: int, comparison: Comparison, *, flipped: bool, hold: bool) -> Face:
    """Compare two values, or with `flipped` the second with the first; where there are not both, neither is more."""
    yes = _REACHED[comparison]
    if flipped:
        yes = yes & SAME | (MORE if yes & LESS else 0) | (LESS if yes & MORE else 0)
    unsure = _UNKNOWN if hold else 0
    return in_cells(variable, yes, everything(SIDES) & ~yes & ~unsure, unsure)


def any_of(variables: Sequence[int], filled: Formula, empty: Formula, *, hold: bool) -> Face:
    """Ask whether any of some two-celled variables is present; uncertain, under hold, where nothing is known."""
    some = Some(tuple(Within(one, PRESENT) for one in variables))
    none = All(tuple(Within(one, ABSENT) for one in variables))
    forms: dict[int, Formula] = {0: NEVER, ANY_ANSWER: ALWAYS, YES: some, NOT_YES: none}
    if hold:
        forms |= {NO: All((none, filled)), UNSURE: empty}
        forms |= {YES | UNSURE: Some((some, empty)), YES | NO: filled}
    else:
        forms |= {NO: none, UNSURE: NEVER, YES | UNSURE: some, YES | NO: ALWAYS}
    return forms.__getitem__


def certain(yes: Formula, no: Formula) -> Face:
    """Ask what nobody is uncertain about."""
    forms = {0: NEVER, YES: yes, NO: no, YES | NO: ALWAYS}
    return lambda wanted: forms[wanted & (YES | NO)]
