"""Trying other thresholds: a tier model whose tiers begin at different amounts of one figure.

Nothing is stored until somebody opens the thresholds as a draft.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from tierloom.backends import columns as evaluator
from tierloom.domain.fields import Field, FieldKind
from tierloom.domain.people import Actor, Grant
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import Tier, TierModel
from tierloom.engine.columns import NumberColumn
from tierloom.errors import Invalid, NotFound, Problem, raise_if
from tierloom.rules.builder import Condition, Group, Node, read_tree, set_values
from tierloom.schemas.display import edit_text
from tierloom.schemas.parsing import BadText, parse_text
from tierloom.services import authorize, drafts
from tierloom.services.drafts import Draft, Ruled
from tierloom.services.platform import Platform
from tierloom.services.preview import Preview, preview
from tierloom.services.runs.recalculation import codes_of
from tierloom.services.spread import Spread, spread
from tierloom.services.workbench import Workbench, reading
from tierloom.text import T

AT = "at."
"""What the name of a tier's threshold begins with; its key follows."""
KINDS = frozenset({FieldKind.INTEGER, FieldKind.DECIMAL, FieldKind.MONEY})


@dataclass(frozen=True, slots=True)
class Step:
    """A tier that asks for at least `value`: the condition `node` of its rule, as the builder reads it."""

    tier: Tier
    node: str
    value: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The steps of a tier model, falling: what its tiers ask of one figure."""

    model: TierModel
    table: RecordType
    figure: Field
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A tier model with other thresholds, and what it would do to the records that the actor may see.

    With `problems` it is the published model; `texts` are as typed, by tier key. `drafted` tells that the model has
    unpublished changes already.
    """

    thresholds: Thresholds
    values: Mapping[str, float]
    texts: Mapping[str, str]
    problems: tuple[Problem, ...]
    model: TierModel
    sizes: Mapping[str, int]
    preview: Preview
    spread: Spread
    drafted: bool

    @property
    def is_moved(self) -> bool:
        """Whether a threshold differs from the published one."""
        return any(self.values[one.tier.key] != one.value for one in self.thresholds.steps)


def thresholds_of(bench: Workbench, model: TierModel) -> Thresholds | None:
    """Return the thresholds of a published model: of the figure that most of its tiers compare with "at least".

    None where there is no such figure, where the actor cannot read it, or where the thresholds do not fall.
    """
    table = bench.published.table(model.record_type)
    by_field: dict[str, list[Step]] = {}
    for tier in model.tiers:
        for one in _conditions(_tree(bench, tier, table)):
            field = table.find(one.field)
            value = _number(bench, field, one.values[0]) if field else None
            if value is not None:
                by_field.setdefault(one.field, []).append(Step(tier, one.id, value))
    key = max(by_field, key=lambda one: len(by_field[one]), default="")
    figure, steps = table.find(key), by_field.get(key, [])
    falling = all(
        above.value > below.value > 0 and above.tier != below.tier
        for above, below in pairwise(steps)
    )
    if figure is None or not falling or steps[0].value <= 0 or figure.retired:
        return None
    if not authorize.may_read(bench.actor, figure):
        return None
    return Thresholds(model, table, figure, tuple(steps))


def _tree(bench: Workbench, tier: Tier, table: RecordType) -> Group:
    return read_tree(tier.rule, table.key, bench.catalogue, zone=bench.zone)


def _conditions(node: Node) -> Iterator[Condition]:
    """Yield the conditions with "at least" that must hold for a rule to hold."""
    match node:
        case Condition(operator="at_least", values=(_,)):
            yield node
        case Group(negated=False, relation="", children=children) if node.all or len(children) == 1:
            for child in children:
                yield from _conditions(child)


def _number(bench: Workbench, field: Field, text: str) -> float | None:
    if field.type.kind not in KINDS:
        return None
    try:
        found = parse_text(field.type, text, bench.zone)
    except BadText:
        return None
    return found if isinstance(found, int | float) else None


# ── trying ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def trial(
    bench: Workbench, model: TierModel, texts: Mapping[str, str] | None = None
) -> Trial | None:
    """Try thresholds, typed texts by tier key; the published ones where there is no text.

    None where the actor cannot see the model's thresholds, or cannot read all that its rules do.
    """
    authorize.require(bench.actor, Grant.READ)
    found = thresholds_of(bench, model)
    if found is None:
        return None
    typed = {one.tier.key: f"{one.value:.6f}".rstrip("0").rstrip(".") for one in found.steps}
    typed |= {key: text for key, text in (texts or {}).items() if key in typed}
    values, problems = _read(bench, found, typed)
    published = {one.tier.key: one.value for one in found.steps}
    changed = model if problems else _with_values(bench, found, values)
    stored = drafts.opened(bench, "tier_model", model.key)
    counted = preview(bench, replace(stored, thing=changed), "")
    if counted.sizes is None:
        return None
    return Trial(
        found,
        published if problems else values,
        typed,
        tuple(problems),
        changed,
        counted.sizes,
        counted,
        _spread(bench, found, changed),
        stored.has_changes,
    )


def _shown(bench: Workbench, found: Thresholds, value: float) -> str:
    return edit_text(found.figure.type, value, bench.zone)


def _read(
    bench: Workbench, found: Thresholds, texts: Mapping[str, str]
) -> tuple[dict[str, float], list[Problem]]:
    values: dict[str, float] = {}
    problems = []
    for step in found.steps:
        key = step.tier.key
        value = _number(bench, found.figure, texts[key])
        if value is None or value <= 0:
            words = T("%(tier)s: type an amount above 0.", tier=step.tier.label)
            problems.append(Problem("bad-threshold", f"/{AT}{key}", words))
        else:
            values[key] = value
    for above, below in pairwise(found.steps):
        high, low = (values.get(one.tier.key) for one in (above, below))
        if high is not None and low is not None and high <= low:
            words = T(
                "%(above)s must begin above %(below)s.",
                above=above.tier.label,
                below=below.tier.label,
            )
            problems.append(Problem("thresholds-out-of-order", f"/{AT}{above.tier.key}", words))
    return values, problems


def _with_values(bench: Workbench, found: Thresholds, values: Mapping[str, float]) -> TierModel:
    """Return the published model with other thresholds; rules whose threshold stays are left as they were written."""
    model: Ruled = found.model
    for step in found.steps:
        if values[step.tier.key] != step.value:
            text = _shown(bench, found, values[step.tier.key])
            tree = set_values(_tree(bench, step.tier, found.table), step.node, (text,))
            rule = drafts.written(bench, model, tree).document
            model = drafts.with_rule(model, step.tier.key, rule)
    if not isinstance(model, TierModel):
        raise TypeError("A tier model stays one.")
    return model


def _spread(bench: Workbench, found: Thresholds, model: TierModel) -> Spread:
    key = found.table.key
    column = evaluator.value(
        bench.value_of(found.figure, key), bench.columns(key), bench.context
    ).column
    if not isinstance(column, NumberColumn):
        raise TypeError(f"{found.figure.key!r} has no numbers.")
    visible = bench.visible(key)
    values = np.asarray(column.values[visible], np.float64)
    marks = [one.value for one in found.steps]
    return spread(values, codes_of(bench, model)[visible], len(model.all_tiers), marks)


# ── keeping ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def open_as_draft(platform: Platform, actor: Actor, key: str, texts: Mapping[str, str]) -> Draft:
    """Write thresholds into the draft of a tier model; whatever else the draft changes stays.

    Raises:
        NotFound: the model has no thresholds that the actor can see.
        Invalid: a threshold is wrong, or the draft no longer has its condition.
        Conflict: somebody changed the draft at the same moment.
    """
    authorize.require(actor, Grant.DRAFT_RULES)
    with reading(platform, actor) as bench:
        tried = trial(bench, bench.published.tier_model(key), texts)
        if tried is None:
            raise NotFound(T("This tier model has no thresholds to try."))
        raise_if(tried.problems)
        found = tried.thresholds
        wanted = {tier: _shown(bench, found, value) for tier, value in tried.values.items()}
        version = drafts.opened(bench, "tier_model", key).document.version

    def change(thing: Ruled, trees: Mapping[str, Group]) -> tuple[Ruled, Mapping[str, Group]]:
        return thing, {**trees, **dict(_moved(found, trees, wanted))}

    return drafts.edit(platform, actor, "tier_model", key, version, change)


def _moved(
    found: Thresholds, trees: Mapping[str, Group], wanted: Mapping[str, str]
) -> Iterator[tuple[str, Group]]:
    for step in found.steps:
        key = step.tier.key
        tree = trees.get(key)
        asked = [one for one in _conditions(tree) if one.field == found.figure.key] if tree else []
        if tree is None or not asked:
            words = T(
                "The draft of “%(tier)s” does not ask for at least so much of “%(field)s” any more.",
                tier=step.tier.label,
                field=found.figure.label,
            )
            raise Invalid([Problem("no-threshold", f"/{AT}{key}", words)])
        yield key, set_values(tree, asked[0].id, (wanted[key],))
