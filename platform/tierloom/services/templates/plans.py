"""A template laid over a table, with what somebody has changed about it: what would be made, and how many go where."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tierloom.domain.fields import DataClass, Field, FieldType
from tierloom.domain.label_sets import LabelSet
from tierloom.domain.people import Grant
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import NOT_ENOUGH_DATA, TierModel
from tierloom.errors import Invalid, NotFound, Problem
from tierloom.rules.templates.filling import PURCHASES, Filled, Filling, LeftOut, fill
from tierloom.rules.templates.reading import figure_named, read_template, template_names
from tierloom.rules.templates.values import Figure, Of, Sheet, Template
from tierloom.schemas.naming import make_key
from tierloom.services import authorize
from tierloom.services.runs.recalculation import codes_of, sizes_of
from tierloom.services.templates import matching, thresholds
from tierloom.services.templates.purchases import Purchases, calculated, purchases_of, working
from tierloom.services.templates.thresholds import DAYS, Threshold, written_number
from tierloom.services.workbench import Workbench
from tierloom.text import Label, T

ADD = "+"
"""What stands for a calculated field that is still to be made."""
CENTRES = ("median", "mean")


@dataclass(frozen=True, slots=True)
class Choices:
    """Names of controls and what they hold: `table`, `field.<figure>`, `number.<parameter>`, `centre`.

    `proposed.<parameter>` tells what stood there as proposed: a number that nobody changed follows the data. `laid`
    is the table that all this was said of.
    """

    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def centre(self) -> str:
        """Whether classes are cut at the median or at the mean."""
        return self.given.get("centre", "") if self.given.get("centre") in CENTRES else CENTRES[0]

    def about(self, table: str) -> "Choices":
        """Return what was said of a table: with another table only its choice stays."""
        if self.given.get("laid", table) == table:
            return self
        return Choices({"table": table, "centre": self.centre})

    def number(self, parameter: str) -> str | None:
        """Return the number that somebody typed, None where it is as it was proposed."""
        text = self.given.get(f"number.{parameter}")
        return None if text in (None, self.given.get(f"proposed.{parameter}")) else text


@dataclass(frozen=True, slots=True)
class Held:
    """A figure and what holds it: a field of the table, or a calculated field to be made (`adds`), or nothing.

    `offered` are the fields whose type suits; `made` is the calculated field that could hold it.
    """

    figure: Figure
    field: Field | None
    adds: bool
    made: Field | None
    offered: tuple[Field, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What a template becomes over a table.

    `thing` is None while figures are missing or a number is wrong. `sizes` are by tier or label; `centres` the sizes
    at the median and at the mean, where the template is cut in the middle.
    """

    template: Template
    table: RecordType
    bought: Purchases | None
    sheet: Sheet
    held: tuple[Held, ...]
    thresholds: tuple[Threshold, ...] = ()
    thing: TierModel | LabelSet | None = None
    left_out: tuple[LeftOut, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    not_enough_data: int = 0
    total: int = 0
    centre: str = CENTRES[0]
    centres: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def missing(self) -> tuple[Figure, ...]:
        """The figures that nothing holds and that the template cannot do without."""
        return tuple(one.figure for one in self.held if one.field is None and not one.optional)

    @property
    def added(self) -> tuple[Field, ...]:
        """The calculated fields that would be made."""
        return tuple(one.field for one in self.held if one.adds and one.field)


def offered(bench: Workbench) -> list[tuple[Template, int]]:
    """Return all templates, each with how many of the figures that it needs some table has or can work out."""
    authorize.require(bench.actor, Grant.DRAFT_RULES)
    found = [read_template(name) for name in template_names()]
    return [
        (one, max((_fit(bench, one, table)[0] for table in bench.catalogue), default=0))
        for one in found
    ]


def template_named(name: str) -> Template:
    """Return a template.

    Raises:
        NotFound: there is none.
    """
    if name not in template_names():
        raise NotFound(T("There is no template “%(name)s”.", name=name))
    return read_template(name)


def plan(bench: Workbench, name: str, choices: Choices) -> Plan:
    """Lay a template over the chosen table, else over the one that suits best.

    Raises:
        NotFound: there is no such template, or no table at all.
        Invalid: the actor cannot read what the figures are worked out from.
    """
    authorize.require(bench.actor, Grant.DRAFT_RULES)
    template = template_named(name)
    chosen = choices.given.get("table", "")
    table = bench.published.table(chosen) if chosen else _best(bench, template)
    choices = choices.about(table.key)
    sheet, held, bought = _held(bench, template, table, choices)
    laid = Plan(template, table, bought, sheet, held, centre=choices.centre)
    added = tuple(one.field for one in held if one.adds and one.field)
    tried = bench.supposing(replace(table, fields=(*table.fields, *added))) if added else bench
    return _counted(tried, _with_thresholds(tried, laid, choices))


def _best(bench: Workbench, template: Template) -> RecordType:
    tables = list(bench.catalogue)
    if not tables:
        raise NotFound(T("There is no table yet to lay a template over."))
    return max(tables, key=lambda one: _fit(bench, template, one))


def _fit(bench: Workbench, template: Template, table: RecordType) -> tuple[int, int, bool, int]:
    """Tell how well a table suits: percent of figures it has or can work out, its own, people in it, tables linked."""
    _, held, bought = _held(bench, template, table, Choices())
    needed = [one for one in held if not one.optional]
    there = sum(one.field is not None for one in needed)
    own = sum(one.field is not None and not one.adds for one in needed)
    linked = len(bench.catalogue.relations(table.key)) if bought else 0
    people = any(one.data_class is DataClass.PERSONAL for one in table.live_fields)
    return round(100 * there / max(1, len(needed))), own, people, linked


# ── figures ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _held(
    bench: Workbench, template: Template, table: RecordType, choices: Choices
) -> tuple[Sheet, tuple[Held, ...], Purchases | None]:
    """Find what holds each figure of the first document that can be made, else of the first one at all."""
    theirs = tuple(one for one in template.figures if one.of is Of.PURCHASES)
    bases = {
        key: one for key, one in _bases(template).items() if key not in {f.key for f in theirs}
    }
    bought = purchases_of(bench, table, (*theirs, *bases.values()))
    fields = authorize.readable_fields(bench.actor, table)
    worked = working(bought, table)
    own = tuple(one for one in template.figures if one.of is Of.RECORD)
    matched = matching.assign(own, fields, worked)
    held: dict[str, Held] = {}
    taken = {one.key for one in table.fields}
    for one in template.figures:
        optional = one.key in template.optional
        if one.of is Of.PURCHASES:
            found = bought.fields.get(one.key) if bought else None
            held[one.key] = Held(one, found, False, None, (), optional)
            continue
        made = calculated(bench, bought, table, one, taken) if _may_add(bench) else None
        taken |= {made.key} if made else set()
        suiting = tuple(each.field for each in matching.matches(one, fields, worked))
        held[one.key] = _chosen(
            one, _meant(matched.get(one.key), made), made, suiting, optional, choices
        )
    sheet = next(
        (
            one
            for one in template.sheets
            if all(held[each.key].field for each in template.needed(one))
        ),
        template.sheets[0],
    )
    return sheet, tuple(held[key] for key in sheet.figures), bought


def _meant(match: matching.Match | None, made: Field | None) -> Field | None:
    """Pass by a field that will only do, where the figure itself can be worked out."""
    if match is None or (made is not None and match.confidence < matching.SURE):
        return None
    return match.field


def _bases(template: Template) -> Mapping[str, Figure]:
    """Return the figures of purchases that the template's own figures are worked out from, and their date."""
    names = {one.total.of for one in template.figures if one.total and one.total.of}
    return {key: figure_named(key) for key in sorted({*names, "purchase_date", "purchase_amount"})}


def _may_add(bench: Workbench) -> bool:
    return bench.actor.has(Grant.DESIGN) and bench.actor.has(Grant.PUBLISH)


def _chosen(
    figure: Figure,
    matched: Field | None,
    made: Field | None,
    offered: tuple[Field, ...],
    optional: bool,
    choices: Choices,
) -> Held:
    asked = choices.given.get(f"field.{figure.key}")
    if asked is None:
        adds = matched is None and made is not None
        return Held(figure, made if adds else matched, adds, made, offered, optional)
    adds = asked == ADD and made is not None
    found = made if adds else next((one for one in offered if one.key == asked), None)
    return Held(figure, found, adds, made, offered, optional)


# ── thresholds and sizes ────────────────────────────────────────────────────────────────────────────────────────────


def _with_thresholds(bench: Workbench, laid: Plan, choices: Choices) -> Plan:
    fields = {one.figure.key: one.field for one in laid.held if one.field}
    asked = tuple(
        one
        for one in laid.template.parameters
        if not one.figure or one.figure in laid.sheet.figures
    )
    if laid.sheet is not laid.template.sheets[0]:
        asked = tuple(one for one in asked if _reads(laid.sheet, one.key))
    types = {one.key: _type(laid.template, one.figure, fields.get(one.figure)) for one in asked}
    values = {
        one.figure: thresholds.numbers_of(bench, laid.table.key, found)
        for one in asked
        if (found := fields.get(one.figure)) is not None
    }
    between = thresholds.gaps(bench, laid.bought)
    late = thresholds.behind(asked, values, between)
    by_centre = {
        centre: thresholds.proposals(asked, values, types, between, centre, late)
        for centre in (CENTRES if laid.template.has_centres else (laid.centre,))
    }
    rows = []
    for one in asked:
        proposed, told = by_centre[laid.centre][one.key]
        typed = choices.number(one.key)
        written = written_number(proposed)
        value = proposed if typed is None else thresholds.read(typed, types[one.key], bench)
        known = values.get(one.figure)
        count = thresholds.reach(known, value, one) if known is not None and value else None
        rows.append(
            Threshold(
                one, fields.get(one.figure), types[one.key], written, told,
                written if typed is None else typed, value, count, late,
            )
        )  # fmt: skip
    made = replace(laid, thresholds=tuple(rows), problems=tuple(_wrong(rows)))
    if not laid.template.has_centres or laid.missing:
        return made
    sizes = {
        centre: _sizes(bench, _filled(made, {key: n for key, (n, _) in found.items()}).thing)[0]
        for centre, found in by_centre.items()
    }
    return replace(made, centres=sizes)


def _reads(sheet: Sheet, parameter: str) -> bool:
    return f"'parameter': '{parameter}'" in str(sheet.body["document"])


def _type(template: Template, figure: str, found: Field | None) -> FieldType:
    """Return how a threshold is written: days and counts as whole numbers, others as their field is."""
    if not figure or found is None or template.figure(figure).is_date:
        return DAYS
    return replace(found.type, minimum=None, maximum=None)


def _wrong(rows: Sequence[Threshold]) -> Iterator[Problem]:
    by_key = {one.parameter.key: one for one in rows}
    for one in rows:
        where = f"/number.{one.parameter.key}"
        below = by_key.get(one.parameter.above)
        if one.value is None:
            yield Problem("bad-number", where, T("Enter a number above 0."))
        elif below is not None and below.value is not None and one.value <= below.value:
            words = T("This must be more than “%(other)s”.", other=below.parameter.label)
            yield Problem("out-of-order", where, words)


def _filled(laid: Plan, numbers: Mapping[str, float]) -> Filled:
    document = laid.sheet.body["document"]
    found = {one.figure.key: one.field for one in laid.held if one.field}
    relation = laid.bought.relation.name if laid.bought else PURCHASES
    filling = Filling(laid.table.key, found, numbers, relation)
    return fill(
        laid.template, laid.sheet, filling, make_key(document["key"]), Label(document["label"])
    )


def _counted(bench: Workbench, laid: Plan) -> Plan:
    total = int(bench.visible(laid.table.key).sum())
    laid = replace(laid, total=total)
    if laid.missing or laid.problems:
        return laid
    numbers = {one.parameter.key: one.value for one in laid.thresholds if one.value is not None}
    try:
        filled = _filled(laid, numbers)
    except ValueError:
        words = T("No option is called as this template asks.")
        return replace(laid, problems=(Problem("nothing-left", "", words),))
    try:
        sizes, unknown = _sizes(bench, filled.thing)
    except Invalid as error:
        return replace(laid, problems=error.problems)
    return replace(
        laid, thing=filled.thing, left_out=filled.left_out, sizes=sizes, not_enough_data=unknown
    )


def _sizes(bench: Workbench, thing: TierModel | LabelSet) -> tuple[dict[str, int], int]:
    visible = bench.visible(thing.record_type)
    if isinstance(thing, TierModel):
        codes = codes_of(bench, thing)[visible]
        return sizes_of(thing, codes), int((codes == NOT_ENOUGH_DATA).sum())
    found = {
        one.key: int(bench.matching(one.rule, thing.record_type).sum()) for one in thing.labels
    }
    return found, 0
