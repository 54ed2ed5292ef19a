"""The rule check of a whole tier model, segment, label set or score, without a record."""

from collections.abc import Iterator

from tierloom.domain.context import RunContext
from tierloom.domain.label_sets import LabelSet
from tierloom.domain.scores import RuleCriterion, Score
from tierloom.domain.tiers import OnMissing, Segment, TierModel
from tierloom.rules.check.checker import Objects
from tierloom.rules.lint.findings import Finding, NamedRule, Subject, not_checked
from tierloom.rules.lint.holes import about_holes
from tierloom.rules.lint.one_rule import about_one
from tierloom.rules.lint.order import about_order
from tierloom.rules.lint.score_points import about_points
from tierloom.rules.lint.study import studied
from tierloom.text import T

Ruled = TierModel | Segment | LabelSet | Score


def named_rules(thing: Ruled) -> tuple[NamedRule, ...]:
    """Return the rules of a thing, each with key and label of what it belongs to; a criterion's key is its place."""
    match thing:
        case TierModel(tiers=tiers):
            return tuple(NamedRule(one.key, one.label, one.rule) for one in tiers)
        case LabelSet(labels=labels):
            return tuple(NamedRule(one.key, one.label, one.rule) for one in labels)
        case Segment():
            return (NamedRule(thing.key, thing.label, thing.rule),)
        case Score(groups=groups):
            return tuple(
                NamedRule(f"{g}-{c}", one.label, one.rule)
                for g, group in enumerate(groups)
                for c, one in enumerate(group.criteria)
                if isinstance(one, RuleCriterion)
            )


def subject_of(thing: Ruled, context: RunContext, objects: Objects) -> Subject:
    """Return the rules of a thing as what is to be checked."""
    return Subject(
        named_rules(thing),
        thing.record_type,
        context,
        objects,
        hold=not isinstance(thing, Segment) and thing.on_missing is OnMissing.HOLD,
        gives_points=isinstance(thing, Score),
    )


def findings_of(thing: Ruled, context: RunContext, objects: Objects) -> Iterator[Finding]:
    """Find what is wrong with the rules of a thing, whatever the records are.

    Raises:
        Invalid: a rule has errors.
    """
    subject = subject_of(thing, context, objects)
    yield from findings_of_rules(subject, in_order=isinstance(thing, TierModel))
    if isinstance(thing, Score):
        yield from about_points(thing, subject)


def findings_of_rules(subject: Subject, *, in_order: bool) -> Iterator[Finding]:
    """Check rules one by one, and where the first that holds wins, what their order makes of them.

    Raises:
        Invalid: a rule has errors.
    """
    study = studied(subject)
    for one in study.rules:
        yield from about_one(study, one)
    if in_order:
        yield from about_order(study)
        yield from about_holes(study)
    for source in study.space.layout.skipped:
        question = T(
            "conditions on “%(field)s”, which name too many values.", field=subject.name_of(source)
        )
        yield not_checked("", question)
