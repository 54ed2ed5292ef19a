"""A field as the properties form sends it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tierloom.domain.fields import (
    Aggregate,
    Calculation,
    DataClass,
    Field,
    FieldKind,
    FieldType,
    Option,
    RollUp,
    TimeSince,
    TimeUnit,
)
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.errors import Invalid, Problem
from tierloom.services.tables import suggest_key
from tierloom.text import Label, T


@dataclass(frozen=True, slots=True)
class Typed:
    """The form's texts."""

    texts: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return what was typed, without the spaces around it."""
        return self.texts.get(name, "").strip()

    def label(self, name: str) -> Label | None:
        """Return the words typed for each language, None where there are none."""
        words = {language: self.text(f"{name}_{language}") for language in ("zh", "en")}
        return Label(words) if any(words.values()) else None

    def number(self, name: str) -> float | None:
        """Return a number, None where nothing was typed.

        Raises:
            Invalid: something else was typed.
        """
        text = self.text(name).replace(",", "")
        if not text:
            return None
        try:
            return float(text)
        except ValueError:
            raise _invalid(name, T("“%(text)s” is not a number.", text=text)) from None

    def whole(self, name: str) -> int | None:
        """Return a whole number, None where nothing was typed.

        Raises:
            Invalid: something else was typed.
        """
        text = self.text(name)
        if not text:
            return None
        if not text.isdecimal():
            raise _invalid(name, T("“%(text)s” is not a whole number.", text=text))
        return int(text)


def _invalid(name: str, message: object) -> Invalid:
    return Invalid([Problem(f"bad-{name}", f"/{name}", message)])  # type: ignore[arg-type]


def read_field(field: Field, typed: Typed, catalogue: Catalogue, table: RecordType) -> Field:
    """Return `field` with what the properties form says.

    Raises:
        Invalid: something in the form does not do; the pointer names the control.
    """
    label = typed.label("label")
    if label is None:
        raise _invalid("label_zh", T("A field needs a name."))
    calculation = _calculation(field, typed)
    kind = field.type if calculation is None else _result_type(calculation, catalogue, table)
    if calculation is None:
        kind = _type(field.type, typed)
    try:
        return replace(
            field,
            label=label,
            type=kind,
            calculation=calculation,
            help=typed.label("help"),
            wording=typed.label("wording"),
            unit=typed.label("unit"),
            required=calculation is None and "required" in typed.texts,
            unique=calculation is None and "unique" in typed.texts,
            data_class=DataClass(typed.text("data_class") or field.data_class.value),
        )
    except ValueError as error:
        raise _invalid("label_zh", T("%(why)s", why=str(error))) from error


def _type(old: FieldType, typed: Typed) -> FieldType:
    is_number = old.kind.is_number
    minimum = typed.number("minimum") if is_number else old.minimum
    maximum = typed.number("maximum") if is_number else old.maximum
    if isinstance(minimum, float) and isinstance(maximum, float) and minimum > maximum:
        raise _invalid("maximum", T("The largest value is below the smallest one."))
    try:
        return replace(
            old,
            minimum=minimum,
            maximum=maximum,
            max_length=typed.whole("max_length") if old.kind.is_text else None,
            options=read_options(old.options, typed.texts.get("options", ""))
            if old.options
            else (),
            ranked=old.kind is FieldKind.CHOICE and "ranked" in typed.texts,
            target=typed.text("target") or old.target,
            currency=(typed.text("currency").upper() or old.currency) if old.currency else None,
        )
    except ValueError as error:
        where = "options" if old.options else "label_zh"
        raise _invalid(where, T("%(why)s", why=str(error))) from error


def read_options(old: tuple[Option, ...], text: str) -> tuple[Option, ...]:
    """Read options from lines such as `黄金 / Gold`. A known word keeps its key, as does a word typed over another in
    its line; options that are gone are retired, because stored values may have them.

    Raises:
        Invalid: there is no line.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise _invalid("options", T("A choice needs at least one option, one on each line."))
    live = [one for one in old if not one.retired]
    by_word = {_line(one): one for one in old}
    typed_over = {
        number: live[number]
        for number, line in enumerate(lines)
        if line not in by_word and number < len(live) and len(lines) == len(live)
    }
    options: list[Option] = []
    for number, line in enumerate(lines):
        known = by_word.get(line) or typed_over.get(number)
        taken = [one.key for one in (*old, *options)]
        options.append(
            Option(known.key if known else suggest_key(line, taken, "option"), _label(line))
        )
    kept = {one.key for one in options}
    gone = [replace(one, retired=True) for one in old if one.key not in kept]
    return (*options, *gone)


def option_lines(options: tuple[Option, ...]) -> str:
    """Write options as the form shows them, one on each line."""
    return "\n".join(_line(one) for one in options if not one.retired)


def _line(option: Option) -> str:
    words = option.label.words
    zh, en = words.get("zh", ""), words.get("en", "")
    return f"{zh} / {en}" if zh and en and zh != en else zh or en


def _label(line: str) -> Label:
    zh, slash, en = line.partition(" / ")
    return Label({"zh": zh, "en": en}) if slash else Label.of(line)


def _calculation(field: Field, typed: Typed) -> Calculation | None:
    match field.calculation:
        case RollUp() as old:
            aggregate = Aggregate(typed.text("aggregate") or old.aggregate.value)
            return RollUp(
                aggregate,
                typed.text("relation") or old.relation,
                None if aggregate is Aggregate.COUNT else typed.text("operand") or old.operand,
                typed.whole("window_days"),
                _only(old.only, typed),
            )
        case TimeSince() as since:
            return TimeSince(
                typed.text("source") or since.source,
                TimeUnit(typed.text("time_unit") or since.unit.value),
            )
        case _:
            return None


def _only(old: RuleDocument | None, typed: Typed) -> RuleDocument | None:
    if "only" not in typed.texts:
        return old
    return RuleDocument(typed.text("only")) if typed.text("only") else None


def _result_type(calculation: Calculation, catalogue: Catalogue, table: RecordType) -> FieldType:
    """Return the type of what a calculation gives."""
    if isinstance(calculation, TimeSince) or calculation.aggregate is Aggregate.COUNT:
        return FieldType(FieldKind.INTEGER)
    relation = catalogue.relation(table.key, calculation.relation)
    operand = catalogue.table(relation.child).find(calculation.operand or "") if relation else None
    if operand is None:
        raise _invalid("operand", T("Choose the field to work on."))
    if calculation.aggregate is Aggregate.AVERAGE and operand.type.kind is FieldKind.INTEGER:
        return FieldType(FieldKind.DECIMAL, scale=2)
    return replace(operand.type, minimum=None, maximum=None, max_length=None, pattern=None)
