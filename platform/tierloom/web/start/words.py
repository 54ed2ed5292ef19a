"""What was found in a file, in plain words."""

from tierloom.domain.fields import FieldKind
from tierloom.domain.tables import Catalogue
from tierloom.services.imports.proposing.layouts import ROWS, Layout
from tierloom.services.imports.proposing.proposal import Proposal, ProposedField
from tierloom.text import Label, T, Text

KINDS: tuple[tuple[str, Text], ...] = (
    (FieldKind.TEXT.value, T("Text")),
    (FieldKind.LONG_TEXT.value, T("Long text")),
    (FieldKind.INTEGER.value, T("Whole number")),
    (FieldKind.DECIMAL.value, T("Number")),
    (FieldKind.MONEY.value, T("Money")),
    (FieldKind.PERCENT.value, T("Percent")),
    (FieldKind.BOOLEAN.value, T("Yes or no")),
    (FieldKind.DATE.value, T("Date")),
    (FieldKind.DATETIME.value, T("Date and time")),
    (FieldKind.CHOICE.value, T("Single choice")),
    (FieldKind.CHOICES.value, T("Multiple choice")),
    (FieldKind.RATING.value, T("Rating")),
    (FieldKind.REGION.value, T("Region")),
    (FieldKind.PHONE.value, T("Phone")),
    (FieldKind.EMAIL.value, T("E-mail")),
)
LAYOUTS: dict[Layout, tuple[Text, Text]] = {
    Layout.TOTALS: (
        T("Add up by order number"),
        T("One record for each order: its lines counted, its amount summed."),
    ),
    Layout.SPLIT: (
        T("Split"),
        T("Whoever repeats gets a table, and the rows are linked to it."),
    ),
    Layout.ONE: (T("One table"), T("Every row is a record, just as it stands in the file.")),
}


def findings(found: Proposal) -> list[tuple[int, Text | Label]]:
    """Return the figures of what was found: rows, and whoever repeats in them."""
    figures: list[tuple[int, Text | Label]] = [(found.rows, T("Rows"))]
    for one in found.tables:
        if one.role != ROWS:
            figures.append((one.records, one.label))
    if found.totals is not None:
        figures.append((found.table(ROWS).records, found.table(ROWS).label))
    return figures


def sentence(found: Proposal) -> Text:
    """Say what the rows are, and what is made of them."""
    labels = [one.label for one in found.tables]
    match found.layout:
        case Layout.TOTALS:
            return T(
                "Each row is a line of an order. Lines with the same order number are added up,"
                " and we make: %(tables)s.",
                tables=labels,
            )
        case Layout.SPLIT:
            return T(
                "Each row is one purchase, and the same customers come again. We make %(n)s"
                " linked tables: %(tables)s.",
                n=len(labels),
                tables=labels,
            )
        case _:
            return T("Each row becomes one record of the table %(tables)s.", tables=labels)


def kinds_for(field: ProposedField, catalogue: Catalogue) -> list[tuple[str, Text]]:
    """Return the types to choose from for a column; a link only where its values name records."""
    target = catalogue.tables.get(field.type.target or "")
    if target is None:
        return list(KINDS)
    return [(FieldKind.REFERENCE.value, T("Link to %(table)s", table=target.label)), *KINDS]
