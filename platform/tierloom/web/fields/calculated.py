"""Calculated fields as the properties form shows and sends them."""

from collections.abc import Sequence
from dataclasses import replace

from tierloom.domain.fields import (
    WITHOUT_OPERAND,
    Aggregate,
    Bands,
    Calculation,
    Field,
    FieldKind,
    FieldType,
    Formula,
    Option,
    RollUp,
    TimeSince,
    TimeUnit,
    TimeUntil,
)
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.errors import Invalid
from tierloom.rules.compile import compile_field
from tierloom.rules.expressions import Term, read_terms, write_terms
from tierloom.text import Label, T
from tierloom.web.fields.conditions import PARTS, carries_trees, rule_in, trees
from tierloom.web.fields.options import option_lines, read_options
from tierloom.web.fields.typed import Typed, invalid

DATES = (FieldKind.DATE, FieldKind.DATETIME)
_ARROW = "→"
_ARROWS = (_ARROW, "->", "=>", "：", ":")
_FIRST_CUT = 100.0
_LOW, _HIGH = Label({"zh": "低", "en": "Low"}), Label({"zh": "高", "en": "High"})


def new_calculated(kind: str, table: RecordType) -> tuple[Calculation, FieldType] | None:
    """Return a new calculation of a kind of the palette, with its type; None where no field suits it."""
    dates = fields_of(table, DATES)
    numbers = [one.key for one in table.live_fields if one.type.kind.is_number]
    match kind:
        case "time_since" if dates:
            return TimeSince(dates[0]), FieldType(FieldKind.INTEGER)
        case "time_until" if dates:
            return TimeUntil(dates[0], yearly=True), FieldType(FieldKind.INTEGER)
        case "formula" if numbers:
            source = table.field(numbers[0]).type
            return Formula(write_terms([Term("+", numbers[0])])), _number_type(source)
        case "bands" if numbers:
            options = (Option("low", _LOW), Option("high", _HIGH))
            ranked = FieldType(FieldKind.CHOICE, options=options, ranked=True)
            return Bands(numbers[0], (_FIRST_CUT,), ("low", "high")), ranked
    return None


def fields_of(table: RecordType, kinds: Sequence[FieldKind]) -> list[str]:
    """Return the keys of the table's live fields of these kinds."""
    return [one.key for one in table.live_fields if one.type.kind in kinds]


def read_calculation(
    field: Field, typed: Typed, catalogue: Catalogue, table: RecordType
) -> tuple[Calculation, FieldType]:
    """Return what the form says of a calculated field: its calculation, and the type of what that gives.

    Raises:
        Invalid: something in the form does not do; the pointer names the control.
    """
    whole = FieldType(FieldKind.INTEGER)
    match field.calculation:
        case RollUp() as old:
            made = _roll_up(old, typed, catalogue, table)
            return made, _result_type(made, catalogue, table)
        case TimeSince() as since:
            unit = TimeUnit(typed.text("time_unit") or since.unit.value)
            return TimeSince(typed.text("source") or since.source, unit), whole
        case TimeUntil() as until:
            return _until(until, typed), whole
        case Bands() as bands:
            return _bands(bands, field, typed)
        case Formula() as formula:
            return _formula(formula, field, typed, catalogue, table)
    raise ValueError(f"{field.key!r} is not calculated.")


# ── related records ─────────────────────────────────────────────────────────────────────────────────────────────────


def _roll_up(old: RollUp, typed: Typed, catalogue: Catalogue, table: RecordType) -> RollUp:
    aggregate = Aggregate(typed.text("aggregate") or old.aggregate.value)
    relation = typed.text("relation") or old.relation
    operand = None
    if aggregate not in WITHOUT_OPERAND:
        operand = typed.text("operand") or old.operand
        if operand is None:
            raise invalid("operand", T("Choose the field to work on."))
    only, matching = _conditions(old, typed, catalogue, _child(catalogue, table, relation))
    if aggregate is not Aggregate.SHARE:
        matching = None
    elif matching is None:
        raise invalid("matching", T("Choose which records are counted for the share."))
    return RollUp(aggregate, relation, operand, typed.whole("window_days"), only, matching)


def _conditions(
    old: RollUp, typed: Typed, catalogue: Catalogue, child: RecordType | None
) -> tuple[RuleDocument | None, RuleDocument | None]:
    """Return which records are read, and which of them a share counts."""
    if child is None or not carries_trees(typed.texts):
        return old.only, old.matching
    found = trees(old, child, catalogue, typed)
    only, matching = (rule_in(part, found[part], child, catalogue) for part in PARTS)
    return only, matching


def _child(catalogue: Catalogue, table: RecordType, name: str) -> RecordType | None:
    relation = catalogue.relation(table.key, name)
    return catalogue.table(relation.child) if relation else None


def related_table(
    field: Field | None, catalogue: Catalogue, table: RecordType
) -> RecordType | None:
    """Return the table whose records a roll-up is about, None for other fields."""
    if field is None or not isinstance(field.calculation, RollUp):
        return None
    return _child(catalogue, table, field.calculation.relation)


def _result_type(calculation: RollUp, catalogue: Catalogue, table: RecordType) -> FieldType:
    """Return the type of what a roll-up gives."""
    match calculation.aggregate:
        case Aggregate.COUNT | Aggregate.DISTINCT | Aggregate.GAP:
            return FieldType(FieldKind.INTEGER)
        case Aggregate.SHARE:
            return FieldType(FieldKind.PERCENT, scale=4)
    child = _child(catalogue, table, calculation.relation)
    operand = child.find(calculation.operand or "") if child else None
    if operand is None:
        raise invalid("operand", T("Choose the field to work on."))
    counted = operand.type.kind in (FieldKind.INTEGER, FieldKind.RATING)
    if calculation.aggregate is Aggregate.AVERAGE and counted:
        return FieldType(FieldKind.DECIMAL, scale=2)
    if calculation.aggregate is Aggregate.SUM and counted:
        return FieldType(FieldKind.INTEGER)
    if operand.type.kind is FieldKind.RATING:
        return operand.type
    return replace(operand.type, minimum=None, maximum=None, max_length=None, pattern=None)


# ── dates and bands ─────────────────────────────────────────────────────────────────────────────────────────────────


def _until(old: TimeUntil, typed: Typed) -> TimeUntil:
    unit = typed.text("time_unit") or ("anniversary" if old.yearly else old.unit.value)
    source = typed.text("source") or old.source
    if unit == "anniversary":
        return TimeUntil(source, yearly=True)
    return TimeUntil(source, TimeUnit(unit))


def _bands(old: Bands, field: Field, typed: Typed) -> tuple[Bands, FieldType]:
    source = typed.text("source") or old.source
    lines = [one.strip() for one in typed.text("bands").splitlines() if one.strip()]
    if not lines:
        return replace(old, source=source), field.type
    if len(lines) < 2:
        raise invalid(
            "bands",
            T("Bands need at least two lines: the lowest class, then a cut point and a class."),
        )
    cuts, labels = _cut_lines(lines[1:])
    options = read_options(_in_order(old, field), "\n".join([lines[0], *labels]))
    classes = tuple(one.key for one in options if not one.retired)
    try:
        bands = Bands(source, tuple(cuts), classes, "right_closed" in typed.texts)
    except ValueError as error:
        message = T(
            "Each cut point must be larger than the one above it, and each class another one."
        )
        raise invalid("bands", message) from error
    return bands, replace(field.type, options=options)


def _cut_lines(lines: Sequence[str]) -> tuple[list[float], list[str]]:
    cuts: list[float] = []
    labels: list[str] = []
    for line in lines:
        arrow = next((one for one in _ARROWS if one in line), _ARROW)
        number, found, label = line.partition(arrow)
        try:
            cuts.append(float(number.strip().replace(",", "")))
        except ValueError as error:
            message = T(
                "Write a cut point and a class in each line: 1000 → Gold. This is “%(line)s”.",
                line=line,
            )
            raise invalid("bands", message) from error
        if not found or not label.strip():
            raise invalid("bands", T("The class after “%(line)s” has no name.", line=line))
        labels.append(label.strip())
    return cuts, labels


def _in_order(bands: Bands, field: Field) -> tuple[Option, ...]:
    """Return the options in the order of the bands, as the form shows them; the others behind."""
    order = {key: place for place, key in enumerate(bands.classes)}
    return tuple(sorted(field.type.options, key=lambda one: order.get(one.key, len(order))))


def band_lines(field: Field) -> str:
    """Write bands as the form shows them: the lowest class, then each cut point with the class above it."""
    bands = field.calculation
    assert isinstance(bands, Bands)
    options = {one.key: one for one in field.type.options}
    words = [option_lines((replace(options[key], retired=False),)) for key in bands.classes]
    cuts = [f"{cut:.15g}" for cut in bands.cuts]
    later = [f"{cut} {_ARROW} {word}" for cut, word in zip(cuts, words[1:], strict=True)]
    return "\n".join([words[0], *later])


# ── formulas ────────────────────────────────────────────────────────────────────────────────────────────────────────


def term_rows(field: Field) -> list[Term | None] | None:
    """Return the rows of a formula, with one more to fill in; None where it has another shape."""
    assert isinstance(field.calculation, Formula)
    terms = read_terms(field.calculation.rule)
    return None if terms is None else [*terms, None]


def _formula(
    old: Formula, field: Field, typed: Typed, catalogue: Catalogue, table: RecordType
) -> tuple[Formula, FieldType]:
    terms = _terms(typed)
    formula = Formula(write_terms(terms)) if terms else old
    numbers = [table.field(one.field).type for one in terms if table.find(one.field)]
    decimals = typed.whole("decimals")
    scale = min(field.type.scale if decimals is None else decimals, 6)
    if not terms and not field.type.kind.is_number:
        return old, field.type
    tried = replace(field, calculation=formula)
    for kind in _possible(scale, numbers, field.type, percent="percent" in typed.texts):
        try:
            compile_field(
                replace(tried, type=kind),
                table.key,
                Catalogue({**catalogue.tables, table.key: table}),
            )
        except Invalid as invalid_type:
            problem = invalid_type.problems[0]
            if problem.code != "wrong-calculation":
                raise invalid("terms", problem.message) from invalid_type
        else:
            return formula, kind
    raise invalid("terms", problem.message)


def _possible(
    scale: int, numbers: Sequence[FieldType], old: FieldType, *, percent: bool
) -> list[FieldType]:
    """Return the types that a formula's result may have: a number, or money in a currency of its fields."""
    plain = FieldKind.PERCENT if percent else FieldKind.DECIMAL if scale else FieldKind.INTEGER
    currencies = dict.fromkeys(one.currency for one in (*numbers, old) if one.currency)
    money = [FieldType(FieldKind.MONEY, scale=scale, currency=one) for one in currencies]
    return [FieldType(plain, scale=scale), *money]


def _terms(typed: Typed) -> list[Term]:
    found: list[Term] = []
    for number in range(len(typed.texts)):
        if f"term_{number}" not in typed.texts:
            break
        key = typed.text(f"term_{number}")
        constant = "" if key else typed.text(f"number_{number}").replace(",", "")
        if not key and not constant:
            continue
        sign = typed.text(f"sign_{number}") if found else "+"
        try:
            found.append(Term(sign or "+", key, constant))
        except ValueError as error:
            raise invalid("terms", T("“%(text)s” is not a number.", text=constant)) from error
    return found


def _number_type(source: FieldType) -> FieldType:
    if source.kind is FieldKind.RATING:
        return FieldType(FieldKind.INTEGER)
    return FieldType(source.kind, source.scale, source.currency)
