"""A field as the properties form sends it."""

from dataclasses import replace

from tierloom.domain.fields import (
    CHOOSERS,
    DataClass,
    Field,
    FieldKind,
    FieldType,
)
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.errors import Invalid
from tierloom.text import T
from tierloom.web.fields.calculated import read_calculation
from tierloom.web.fields.options import option_lines, read_options
from tierloom.web.fields.typed import Typed, invalid

__all__ = ["Typed", "as_typed", "option_lines", "read_field"]


def read_field(field: Field, typed: Typed, catalogue: Catalogue, table: RecordType) -> Field:
    """Return `field` with what the properties form says.

    Raises:
        Invalid: something in the form does not do; the pointer names the control.
    """
    label = typed.label("label")
    if label is None:
        raise invalid("label_zh", T("A field needs a name."))
    if field.calculation is None:
        calculation, kind = None, _type(field.type, typed)
    else:
        calculation, kind = read_calculation(field, typed, catalogue, table)
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
            fixed="fixed" in typed.texts,
            data_class=DataClass(typed.text("data_class") or field.data_class.value),
        )
    except ValueError as error:
        raise invalid("label_zh", T("%(why)s", why=str(error))) from error


def as_typed(field: Field, typed: Typed, catalogue: Catalogue, table: RecordType) -> Field:
    """Return the field as the form says, the stored one where the form says nothing that does."""
    if "label_zh" not in typed.texts:
        return field
    try:
        return read_field(field, typed, catalogue, table)
    except Invalid:
        return field


def _type(old: FieldType, typed: Typed) -> FieldType:
    if old.kind is FieldKind.RATING:
        return FieldType(old.kind, maximum=typed.whole("stars") or old.maximum)
    is_number = old.kind.is_number
    minimum = typed.number("minimum") if is_number else old.minimum
    maximum = typed.number("maximum") if is_number else old.maximum
    if isinstance(minimum, float) and isinstance(maximum, float) and minimum > maximum:
        raise invalid("maximum", T("The largest value is below the smallest one."))
    try:
        return replace(
            old,
            minimum=minimum,
            maximum=maximum,
            max_length=typed.whole("max_length") if old.kind.is_text else None,
            options=read_options(old.options, typed.texts.get("options", ""))
            if old.kind in CHOOSERS
            else old.options,
            ranked=old.kind is FieldKind.CHOICE and "ranked" in typed.texts,
            target=typed.text("target") or old.target,
            currency=(typed.text("currency").upper() or old.currency) if old.currency else None,
        )
    except ValueError as error:
        where = "options" if old.options else "label_zh"
        raise invalid(where, T("%(why)s", why=str(error))) from error
