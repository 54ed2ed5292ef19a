"""One rule by itself: whether it contradicts itself, always holds, or has conditions that change nothing."""

from collections.abc import Iterator

from tierloom.rules import ir
from tierloom.rules.builder.tree import Node, find
from tierloom.rules.explain.candidates import names_in
from tierloom.rules.explain.sources import Source
from tierloom.rules.lint.cells import Limits
from tierloom.rules.lint.conditions import leaves
from tierloom.rules.lint.examples import Ask, Shown
from tierloom.rules.lint.faces import NO, NOT_YES, UNSURE, YES
from tierloom.rules.lint.findings import Finding, in_words, not_checked, proven
from tierloom.rules.lint.search import GaveUp
from tierloom.rules.lint.study import Built, Study
from tierloom.text import T, Text

_BELOW = (ir.Comparison.LESS, ir.Comparison.LESS_EQUAL)


def about_one(study: Study, rule: Built) -> Iterator[Finding]:
    """Check one rule. What it takes too long to find out is told as not checked."""
    if isinstance(rule.whole, ir.Constant):
        return
    name, key = rule.named.label, rule.named.key
    try:
        met = study.find(study.says(rule.whole, YES))
        if met is None:
            yield _contradiction(study, rule)
            return
    except GaveUp:
        yield not_checked(key, T("whether anybody can meet the rule of “%(name)s”.", name=name))
        return
    try:
        if study.find(study.says(rule.whole, NOT_YES)) is None:
            shown = study.shown(met, [Ask(rule.whole, YES)], [rule.whole])
            yield proven("always-true", "warning", key, _always(study, rule), shown)
            return
    except GaveUp:
        yield not_checked(key, T("whether every record meets the rule of “%(name)s”.", name=name))
    yield from _redundant(study, rule)


def _always(study: Study, rule: Built) -> Text:
    name = rule.named.label
    if study.subject.gives_points:
        return T("Every record gets the points of “%(name)s”: its rule always holds.", name=name)
    return T("“%(name)s” takes every record: its rule always holds.", name=name)


# ── contradictions ──────────────────────────────────────────────────────────────────────────────────────────────────


def _contradiction(study: Study, rule: Built) -> Finding:
    """Show a record that meets all parts of the rule but one."""
    parts = rule.whole.parts if isinstance(rule.whole, ir.And) else (rule.whole,)
    core = _core(study, parts)
    reason = _reason(study, core)
    name, key = rule.named.label, rule.named.key
    if study.subject.gives_points:
        message = T("“%(name)s” never gives its points: %(reason)s", name=name, reason=reason)
    else:
        message = T("Nobody can be in “%(name)s”: %(reason)s", name=name, reason=reason)
    shown = _all_but_one(study, rule, parts, core)
    source = _only_source(study, core)
    if shown and source is not None and source.name in study.space.layout.limits:
        shown = {**shown, source: _nearest(study.space.layout.limits[source.name], core[0])}
    return proven("contradiction", "error", key, message, shown, _node_of(rule, core))


def _core(study: Study, parts: tuple[ir.Predicate, ...]) -> list[ir.Predicate]:
    """Return parts that contradict one another, none of which could be left out."""
    core = list(parts)
    for one in parts:
        rest = [other for other in core if other is not one]
        try:
            if rest and study.find(*(study.says(other, YES) for other in rest)) is None:
                core = rest
        except GaveUp:
            continue
    return core


def _reason(study: Study, core: list[ir.Predicate]) -> Text:
    source = _only_source(study, core)
    if source is None:
        return T("its conditions contradict one another.")
    return _never(study, source)


def _only_source(study: Study, core: list[ir.Predicate]) -> Source | None:
    """Return the source of a single condition that can never hold."""
    if len(core) != 1:
        return None
    found = [*leaves(core[0])]
    names = names_in(found[0]) if len(found) == 1 else frozenset[str]()
    return next((one for one in study.sources if {one.name} == names), None)


def _never(study: Study, source: Source) -> Text:
    field = study.subject.name_of(source)
    limits = study.space.layout.limits.get(source.name)
    if limits is None:
        return T("what it asks of “%(field)s” is never so.", field=field)
    low, high = (in_words(one) for one in limits)
    return T(
        "“%(field)s” is never less than %(low)s or more than %(high)s.",
        field=field,
        low=low,
        high=high,
    )


def _nearest(limits: Limits, condition: ir.Predicate) -> float:
    """Return how near a score comes to what a condition asks of it."""
    below = isinstance(condition, ir.Compare) and condition.comparison in _BELOW
    return limits[0] if below else limits[1]


def _node_of(rule: Built, core: list[ir.Predicate]) -> Node | None:
    """Return the condition that contradicts itself, or the last of those that contradict one another."""
    nodes = (name for name, one in rule.conditions.items() if one == core[-1])
    return find(rule.root, next(nodes, ""))  # the last ones are first


def _all_but_one(
    study: Study, rule: Built, parts: tuple[ir.Predicate, ...], core: list[ir.Predicate]
) -> Shown | None:
    """Make a record that meets all parts but one, or at least of those that contradict one another."""
    for kept in (list(parts), core):
        for one in reversed(core):
            rest = [other for other in kept if other is not one]
            try:
                found = study.find(*(study.says(other, YES) for other in rest))
            except GaveUp:
                continue
            asked = [Ask(rule.whole, NO | UNSURE), *(Ask(other, YES) for other in rest)]
            shown = None if found is None else study.shown(found, asked, [rule.whole])
            if shown is not None:
                return shown
    return None


# ── conditions that change nothing ──────────────────────────────────────────────────────────────────────────────────


def _redundant(study: Study, rule: Built) -> Iterator[Finding]:
    """Find conditions without which the rule takes the very same records."""
    left_out: set[str] = set()
    unanswered = False
    for node, alone in rule.candidates(left_out):
        if _asks_only_whether_known(alone) or not rule.beside(node.id, left_out):
            continue
        try:
            if _matters(study, rule, node.id, left_out):
                continue
            message = _needless(study, rule, node, alone)
            shown = _shown(study, rule.whole, alone)
        except GaveUp:
            unanswered = True
            continue
        left_out.add(node.id)
        yield proven("redundant", "warning", rule.named.key, message, shown, node)
    if unanswered:
        question = T(
            "whether each condition of “%(name)s” changes something.", name=rule.named.label
        )
        yield not_checked(rule.named.key, question)


def _matters(study: Study, rule: Built, name: str, left_out: set[str]) -> bool:
    """Tell whether the rule gives some record another answer with a condition than without it."""
    return any(
        study.find(*(study.says(*one) for one in rule.asked_at(name, left_out, highest)))
        for highest in ((YES, YES | UNSURE) if study.subject.hold else (YES,))
    )


def _shown(study: Study, rule: ir.Predicate, alone: ir.Predicate) -> Shown | None:
    """Make a record that the rule takes, if possible one that meets the needless condition too."""
    for wanted in ([rule, alone], [rule]):
        found = study.find(*(study.says(one, YES) for one in wanted))
        shown = None
        if found is not None:
            shown = study.shown(found, [Ask(one, YES) for one in wanted], [rule, alone])
        if shown is not None:
            return shown
    return None


def _needless(study: Study, rule: Built, node: Node, alone: ir.Predicate) -> Text:
    name = rule.named.label
    source = _only_source(study, [alone])
    if source is not None and study.find(study.says(alone, YES)) is None:
        return T(
            "A condition of “%(name)s” can never hold: %(reason)s",
            name=name,
            reason=_never(study, source),
        )
    if node.id not in rule.conditions:
        return T("A group in “%(name)s” changes nothing: the rest decides without it.", name=name)
    return T("A condition of “%(name)s” changes nothing: the others decide without it.", name=name)


def _asks_only_whether_known(predicate: ir.Predicate) -> bool:
    """Tell whether a condition only asks if a value is there: said for clarity, and wanted under hold."""
    part = predicate.part if isinstance(predicate, ir.Not) else predicate
    return isinstance(part, ir.IsKnown)
