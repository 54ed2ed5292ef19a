"""Starter packs: the tables and forms of a trade, from the data folder `schemas/packs/<trade>`."""

from dataclasses import replace

from tierloom.domain.fields import FieldKind
from tierloom.domain.forms import Form
from tierloom.domain.tables import RecordType
from tierloom.resources import folder
from tierloom.schemas import documents


def pack_names() -> tuple[str, ...]:
    """Names of the packs that there are."""
    return tuple(
        sorted(one.name for one in (folder("schemas") / "packs").iterdir() if one.is_dir())
    )


def read_pack(name: str, currency: str | None = None) -> tuple[RecordType | Form, ...]:
    """Return a pack's tables and forms, in the order of their file names; money is in `currency` if
    that is given.

    Raises:
        ValueError: there is no such pack, or a file of it is neither a table nor a form.
        Invalid: a document has problems.
    """
    if name not in pack_names():
        raise ValueError(f"No pack {name!r}. Known: {', '.join(pack_names())}.")
    found: list[RecordType | Form] = []
    for path in sorted((folder("schemas") / "packs" / name).glob("*.json")):
        thing = documents.load(path.read_text("utf-8"))
        if not isinstance(thing, RecordType | Form):
            raise ValueError(f"{path.name} holds a {type(thing).__name__}, not a table or a form.")
        found.append(_in_currency(thing, currency) if isinstance(thing, RecordType) else thing)
    return tuple(found)


def _in_currency(table: RecordType, currency: str | None) -> RecordType:
    fields = tuple(
        replace(one, type=replace(one.type, currency=currency))
        if currency and one.type.kind is FieldKind.MONEY
        else one
        for one in table.fields
    )
    return replace(table, fields=fields)
