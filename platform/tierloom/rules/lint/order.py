"""Rules of which the first that holds wins: tiers to which earlier ones leave nothing."""

from collections.abc import Iterator, Sequence

from tierloom.rules.lint.examples import Ask, Shown
from tierloom.rules.lint.faces import NO, NOT_YES, UNSURE, YES
from tierloom.rules.lint.findings import Finding, NamedRule, not_checked, proven
from tierloom.rules.lint.search import Formula, GaveUp
from tierloom.rules.lint.study import Built, Study
from tierloom.text import T, Text


def about_order(study: Study) -> Iterator[Finding]:
    """Check what the order of rules makes of them."""
    for place in range(1, len(study.rules)):
        yield from _covered(study, place)


def _covered(study: Study, place: int) -> Iterator[Finding]:
    rule, earlier = study.rules[place], study.rules[:place]
    named, mine = rule.named, study.says(rule.whole, YES)
    question = T("whether earlier tiers leave anybody for “%(name)s”.", name=named.label)
    try:
        met = study.find(mine)
    except GaveUp:
        yield not_checked(named.key, question)
        return
    if met is None:
        return
    try:
        if study.find(mine, *(study.says(one.whole, NO) for one in earlier)) is not None:
            return
        all_taken = True
    except GaveUp:  # One tier by itself may still take them all, which is easier to see.
        all_taken = False
    taking = _taking(study, mine, earlier)
    if taking is None and not all_taken:
        yield not_checked(named.key, question)
        return
    message = _never_reached(named, taking)
    yield proven("never-reached", "error", named.key, message, _taken_before(study, place, met))


def _taking(study: Study, mine: Formula, earlier: Sequence[Built]) -> Built | None:
    """Return the earlier tier that takes everyone by itself, if there is one."""
    for one in earlier:
        try:
            if study.find(mine, study.says(one.whole, NOT_YES)) is None:
                return one
        except GaveUp:
            continue
    return None


def _never_reached(named: NamedRule, taking: Built | None) -> Text:
    if taking is None:
        return T(
            "Nobody can be in “%(name)s”: earlier tiers take everyone whom its rule takes.",
            name=named.label,
        )
    return T(
        "Nobody can be in “%(name)s”: “%(earlier)s” takes everyone whom its rule takes.",
        name=named.label,
        earlier=taking.named.label,
    )


def _taken_before(study: Study, place: int, met: list[int]) -> Shown | None:
    """Make a record that the rule takes, and show what the earlier tier that takes it reads."""
    whole = study.rules[place].whole
    made = study.examples.made(met, [Ask(whole, YES)])
    if made is None:
        return None
    values = {one.name: value for one, value in made.items()}
    for one in study.rules[:place]:
        if study.examples.agree(values, [Ask(one.whole, YES | UNSURE)]):
            return study.about(made, [whole, one.whole])
    return None
