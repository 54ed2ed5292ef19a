"""The rule check of a whole tier model, segment or label set, without a record."""

from collections.abc import Iterator

from tierloom.domain.context import RunContext
from tierloom.domain.label_sets import LabelSet
from tierloom.domain.tiers import Segment, TierModel
from tierloom.rules.check.checker import Objects
from tierloom.rules.lint.findings import (
    Finding,
    NamedRule,
    Subject,
    findings_of_order,
    findings_of_rules,
)

Ruled = TierModel | Segment | LabelSet


def named_rules(thing: Ruled) -> tuple[NamedRule, ...]:
    """Return the rules of a thing, each with the key and label of what it belongs to."""
    match thing:
        case TierModel(tiers=tiers):
            return tuple(NamedRule(one.key, one.label, one.rule) for one in tiers)
        case LabelSet(labels=labels):
            return tuple(NamedRule(one.key, one.label, one.rule) for one in labels)
        case Segment():
            return (NamedRule(thing.key, thing.label, thing.rule),)


def findings_of(thing: Ruled, context: RunContext, objects: Objects) -> Iterator[Finding]:
    """Find what is wrong with the rules of a thing, whatever the records are.

    Raises:
        Invalid: a rule has errors.
    """
    subject = Subject(named_rules(thing), thing.record_type, context, objects)
    yield from findings_of_rules(subject)
    if isinstance(thing, TierModel):
        yield from findings_of_order(subject)
