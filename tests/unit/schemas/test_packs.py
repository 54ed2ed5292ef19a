"""Starter tables and forms are bilingual and fit together."""

import pytest

from tierloom.domain.fields import Field, FieldKind
from tierloom.domain.forms import Form
from tierloom.domain.tables import RecordType
from tierloom.schemas import packs

THINGS = [(name, thing) for name in packs.pack_names() for thing in packs.read_pack(name)]
TABLES = [(name, one) for name, one in THINGS if isinstance(one, RecordType)]
FORMS = [(name, one) for name, one in THINGS if isinstance(one, Form)]


@pytest.mark.parametrize(("name", "table"), TABLES)
def test_table_labels_are_bilingual(name: str, table: RecordType) -> None:
    labels = [table.label, table.noun]
    for field in table.fields:
        labels += [field.label, *(one.label for one in field.type.options)]
        labels += [one for one in (field.help, field.wording, field.unit) if one]
    assert [set(label.words) for label in labels if label] == [{"zh", "en"}] * len(labels)


@pytest.mark.parametrize(("name", "table"), TABLES)
def test_wordings_have_their_slot(name: str, table: RecordType) -> None:
    for field in table.fields:
        if field.wording:
            slots = [word.count("{value}") for word in field.wording.words.values()]
            assert slots == [0 if field.type.kind is FieldKind.BOOLEAN else 1] * 2, field.key


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_forms_place_fields_that_people_fill_in(name: str, form: Form) -> None:
    tables = {one.key: one for pack, one in TABLES if pack == name}
    stored = {one.key: one for one in tables[form.record_type].stored_fields}
    placed = [item.field for section in form.sections for item in section.items]
    assert set(placed) <= set(stored)
    assert {key for key, one in stored.items() if one.required} <= set(placed)
    labels = [form.label, *(section.label for section in form.sections)]
    assert [set(label.words) for label in labels] == [{"zh", "en"}] * len(labels)


@pytest.mark.parametrize(("name", "table"), TABLES)
def test_money_is_read_into_a_currency(name: str, table: RecordType) -> None:
    def currencies(fields: tuple[Field, ...]) -> set[str | None]:
        return {one.type.currency for one in fields if one.type.kind is FieldKind.MONEY}

    (euros,) = [one for one in packs.read_pack(name, "EUR") if one.key == table.key]
    assert isinstance(euros, RecordType)
    assert currencies(table.fields) <= {"CNY"}
    assert currencies(euros.fields) == {"EUR" for _ in currencies(table.fields)}


def test_an_unknown_pack_is_named() -> None:
    with pytest.raises(ValueError, match=r"No pack 'shoes'\. Known: .*shop"):
        packs.read_pack("shoes")
