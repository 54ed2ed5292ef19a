"""Tables: drafts, publishing, and what cannot be taken away."""

from dataclasses import replace

import pytest

from tests.unit.services.shop import Shop
from tierloom.domain.fields import (
    Aggregate,
    DataClass,
    Field,
    FieldKind,
    FieldType,
    Link,
    RollUp,
    TimeSince,
)
from tierloom.domain.people import Role
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tables import RecordType
from tierloom.domain.views import View
from tierloom.errors import Conflict, InUse, Invalid, NotFound
from tierloom.services import forms, records, tables, views
from tierloom.services.tables import TableDraft
from tierloom.services.workbench import reading, writing
from tierloom.text import Label

TEXT = FieldType(FieldKind.TEXT)
INTEGER = FieldType(FieldKind.INTEGER)


def field(key: str, kind: FieldType = TEXT) -> Field:
    return Field(key, Label.of(key.capitalize()), kind)


def table(key: str, *fields: Field) -> RecordType:
    return RecordType(key, Label.of(key.capitalize()), fields or (field("name"),))


def drafted(shop: Shop, key: str) -> TableDraft:
    with reading(shop.platform, shop.owner) as bench:
        return tables.draft(bench, key)


def created(shop: Shop, one: RecordType) -> TableDraft:
    made = tables.create(shop.platform, shop.owner, one)
    return tables.publish(shop.platform, shop.owner, one.key, made.document.version)


def edited(shop: Shop, key: str, change: "tables.Callable[[RecordType], RecordType]") -> TableDraft:
    version = drafted(shop, key).document.version
    return tables.edit(shop.platform, shop.owner, key, version, change)


def published(shop: Shop, key: str) -> TableDraft:
    version = drafted(shop, key).document.version
    return tables.publish(shop.platform, shop.owner, key, version)


def codes(error: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [one.code for one in error.value.problems]


def test_publishing_gives_ids_columns_and_a_form(any_shop: Shop) -> None:
    shop = any_shop
    made = tables.create(
        shop.platform, shop.owner, table("pets", field("name"), field("age", INTEGER))
    )
    with reading(shop.platform, shop.owner) as bench, pytest.raises(NotFound):
        bench.published.table("pets")
    done = tables.publish(shop.platform, shop.owner, "pets", made.document.version)
    assert done.table.id == done.document.id
    assert len({one.id for one in done.table.fields} - {0}) == 2
    saved = records.add(shop.platform, shop.owner, "pets", {"name": "Rex", "age": 3})
    with reading(shop.platform, shop.owner) as bench:
        found = records.read(bench, bench.published.table("pets"), saved.id)
        [form] = bench.published.forms("pets")
    assert (found.values["name"], found.values["age"]) == ("Rex", 3)
    assert [item.field for section in form.sections for item in section.items] == ["name", "age"]


def test_a_new_field_keeps_the_ids_of_the_others(any_shop: Shop) -> None:
    shop = any_shop
    before = created(shop, table("pets")).table
    saved = records.add(shop.platform, shop.owner, "pets", {"name": "Rex"})
    edited(shop, "pets", lambda one: tables.add_field(one, field("race")))
    after = published(shop, "pets").table
    assert after.field("name").id == before.field("name").id
    assert after.field("race").id not in (0, after.field("name").id)
    with reading(shop.platform, shop.owner) as bench:
        found = records.read(bench, bench.published.table("pets"), saved.id)
    assert found.values == {"name": "Rex", "race": None}


def test_taken_keys(shop: Shop) -> None:
    with pytest.raises(Invalid) as caught:
        tables.create(shop.platform, shop.owner, table("customers"))
    assert codes(caught) == ["key-taken"]


@pytest.mark.parametrize(
    ("words", "key"),
    [("客户等级", "ke_hu_deng_ji"), ("Total spend (¥)", "total_spend"), ("2024", "field_2024"),
     ("", "field"), ("id", "id_2"), ("age", "age_2"), ("１２ａ", "field_12a"), ("x" * 200, "x" * 56)],
)  # fmt: skip
def test_suggested_keys(words: str, key: str) -> None:
    assert tables.suggest_key(words, ["age"]) == key


def test_stale_edit(any_shop: Shop) -> None:
    shop = any_shop
    version = drafted(shop, "customers").document.version
    edited(shop, "customers", lambda one: replace(one, label=Label.of("First")))
    with pytest.raises(Conflict):
        tables.edit(
            shop.platform, shop.owner, "customers", version,
            lambda one: replace(one, label=Label.of("Second")),
        )  # fmt: skip
    with pytest.raises(Conflict):
        tables.publish(shop.platform, shop.owner, "customers", version)
    assert str(drafted(shop, "customers").table.label) == "First"


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("points", TEXT),
        ("points", FieldType(FieldKind.DECIMAL, scale=2)),
        ("joined", FieldType(FieldKind.DATETIME)),
        ("city", TEXT),
    ],
)
def test_stored_values_keep_their_type(shop: Shop, key: str, changed: FieldType) -> None:
    with pytest.raises(Invalid) as caught:
        edited(
            shop, "customers",
            lambda one: tables.replace_field(one, replace(one.field(key), type=changed)),
        )  # fmt: skip
    assert codes(caught) == ["type-change"]


def test_a_link_keeps_its_target_and_money_its_currency(shop: Shop) -> None:
    created(shop, table("pets"))
    to_pets = FieldType(FieldKind.REFERENCE, target="pets")
    euros = FieldType(FieldKind.MONEY, scale=2, currency="EUR")
    for key, changed in (("customer", to_pets), ("amount", euros)):
        with pytest.raises(Invalid) as caught:
            edited(
                shop, "orders",
                lambda one, key=key, changed=changed: tables.replace_field(
                    one, replace(one.field(key), type=changed)
                ),
            )  # fmt: skip
        assert "type-change" in codes(caught)


def test_a_published_field_cannot_vanish(shop: Shop) -> None:
    with pytest.raises(Invalid) as caught:
        edited(
            shop, "customers",
            lambda one: replace(one, fields=tuple(f for f in one.fields if f.key != "remark")),
        )  # fmt: skip
    assert codes(caught) == ["field-gone"]


def test_a_published_option_cannot_vanish(shop: Shop) -> None:
    """Customers may have it: it is retired, whether a schema leaves it out or a person."""
    city = shop.table("customers").field("city")
    fewer = replace(city, type=replace(city.type, options=city.type.options[:-1]))
    last = city.type.options[-1]
    with pytest.raises(Invalid) as caught:
        edited(shop, "customers", lambda one: tables.replace_field(one, fewer))
    assert codes(caught) == ["option-gone"]
    after = edited(
        shop, "customers",
        lambda one: tables.take_schema(one, tables.replace_field(one, fewer)),
    )  # fmt: skip
    kept = after.table.field("city").type.options
    assert [one.key for one in kept] == [one.key for one in city.type.options]
    assert kept[-1] == replace(last, retired=True)


def test_an_unpublished_field_may_still_change(shop: Shop) -> None:
    edited(shop, "customers", lambda one: tables.add_field(one, field("shoe_size")))
    sized = field("shoe_size", INTEGER)
    after = edited(shop, "customers", lambda one: tables.replace_field(one, sized))
    assert after.table.field("shoe_size").type == INTEGER


def test_a_change_that_makes_no_table(shop: Shop) -> None:
    for change in (
        lambda one: tables.add_field(one, field("points")),
        lambda one: replace(one, key_field="nothing"),
        lambda one: replace(one, date_field="points"),
    ):
        with pytest.raises(Invalid):
            edited(shop, "customers", change)


def test_unknown_target(shop: Shop) -> None:
    link = field("pet", FieldType(FieldKind.REFERENCE, target="pets"))
    with pytest.raises(Invalid) as caught:
        edited(shop, "customers", lambda one: tables.add_field(one, link))
    assert codes(caught) == ["unknown-table"]


# ── the bin ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def removed(shop: Shop, owner: str, key: str) -> TableDraft:
    version = drafted(shop, owner).document.version
    return tables.remove_field(shop.platform, shop.owner, owner, version, key)


@pytest.mark.parametrize(
    ("owner", "key", "users"),
    [
        ("customers", "points", ["Tier model “Value”, tier “Silver”"]),
        ("customers", "spend", ["Tier model “Value”, tier “Gold”", "Tier model “Value”, tier “Silver”"]),
        ("customers", "city", ["Segment “North”"]),
        ("customers", "joined", ["Calculated field “Days since joining” of Customers"]),
        ("orders", "amount", ["Tier model “Value”, tier “Gold”", "Tier model “Value”, tier “Silver”",
                              "Calculated field “Spend” of Customers"]),
        ("customers", "remark", ["View “Remarks”"]),
    ],
)  # fmt: skip
def test_a_field_in_use_names_its_users(shop: Shop, owner: str, key: str, users: list[str]) -> None:
    remarks = View("remarks", Label.of("Remarks"), "customers", columns=("number", "remark"))
    views.save(shop.platform, shop.owner, remarks)
    with pytest.raises(InUse) as caught:
        removed(shop, owner, key)
    assert [str(one) for one in caught.value.users] == users


def test_a_link_that_a_roll_up_counts_is_in_use(shop: Shop) -> None:
    with pytest.raises(InUse):
        removed(shop, "orders", "customer")


def test_bin_and_back_with_values(shop: Shop) -> None:
    number, row = next((n, r) for n, r in shop.customers.items() if r["remark"])
    removed(shop, "customers", "remark")
    published(shop, "customers")
    with reading(shop.platform, shop.owner) as bench:
        view = records.read(bench, bench.published.table("customers"), number)
    assert "remark" not in view.values
    edited(shop, "customers", lambda one: tables.retire_field(one, "remark", retired=False))
    published(shop, "customers")
    with reading(shop.platform, shop.owner) as bench:
        view = records.read(bench, bench.published.table("customers"), number)
    assert view.values["remark"] == row["remark"]


def test_a_field_that_is_used_meanwhile_is_not_published_away(shop: Shop) -> None:
    """The rule came after the field went into the draft's bin, and before the draft was published."""
    removed(shop, "customers", "remark")
    rule = RuleDocument.of({"in": ["VIP", {"var": "remark"}]})
    views.save(shop.platform, shop.owner, View("vip", Label.of("VIP"), "customers", rule))
    with pytest.raises(Invalid) as caught:
        published(shop, "customers")
    assert codes(caught) == ["field-in-use"]
    assert "View “VIP”" in str(caught.value)


def test_moving_fields(shop: Shop) -> None:
    one = table("pets", field("a"), field("b"), field("c"))
    assert [f.key for f in tables.move_field(one, "c", -1).fields] == ["a", "c", "b"]
    assert [f.key for f in tables.move_field(one, "a", -1).fields] == ["a", "b", "c"]
    assert [f.key for f in tables.move_field(one, "a", 9).fields] == ["b", "c", "a"]


# ── calculated fields ───────────────────────────────────────────────────────────────────────────────────────────────


def test_circle_of_calculated_fields(shop: Shop) -> None:
    """Days since the last of a date that is itself a roll-up of days since …: the loop is named."""
    created(
        shop,
        table("a", field("name"), field("b", FieldType(FieldKind.REFERENCE, target="customers"))),
    )
    days = Field(
        "days", Label.of("Days"), INTEGER, calculation=RollUp(Aggregate.SUM, "customers", "loop")
    )
    with pytest.raises(Invalid):
        edited(shop, "a", lambda one: tables.add_field(one, days))
    loop = Field("loop", Label.of("Loop"), INTEGER, calculation=TimeSince("loop"))
    with pytest.raises(Invalid) as caught:
        edited(shop, "customers", lambda one: tables.add_field(one, loop))
    assert codes(caught) == ["bad-calculation"]


def test_circle_over_two_tables(shop: Shop) -> None:
    """A roll-up over orders of a roll-up over customers of it."""
    up = FieldType(FieldKind.REFERENCE, target="orders")
    edited(shop, "customers", lambda one: tables.add_field(one, field("favourite", up)))
    published(shop, "customers")
    there = Field(
        "there", Label.of("There"), INTEGER, calculation=RollUp(Aggregate.COUNT, "customers")
    )
    edited(shop, "orders", lambda one: tables.add_field(one, there))
    published(shop, "orders")
    back = Field(
        "back", Label.of("Back"), INTEGER, calculation=RollUp(Aggregate.SUM, "orders", "there")
    )
    edited(shop, "customers", lambda one: tables.add_field(one, back))
    published(shop, "customers")
    closed = Field(
        "there", Label.of("There"), INTEGER, calculation=RollUp(Aggregate.SUM, "customers", "back")
    )
    with pytest.raises(Invalid) as caught:
        edited(shop, "orders", lambda one: tables.replace_field(one, closed))
    assert codes(caught) == ["bad-calculation"]


def test_making_a_field_unique_that_is_not(any_shop: Shop) -> None:
    """The database refuses the index: a clear error, and the draft stays."""
    shop = any_shop
    assert len({row["city"] for row in shop.customers.values()}) < len(shop.customers)
    edited(
        shop, "customers",
        lambda one: tables.replace_field(one, replace(one.field("points"), unique=True)),
    )  # fmt: skip
    with pytest.raises(Conflict) as caught:
        published(shop, "customers")
    assert "Points cannot be unique" in str(caught.value)
    assert not shop.table("customers").field("points").unique
    assert drafted(shop, "customers").table.field("points").unique


def _delete_and_fail(shop: Shop) -> None:
    with writing(shop.platform, shop.owner) as bench:
        found = bench.uow.documents.find(shop.workspace, "segment", "north")
        assert found is not None
        bench.uow.documents.delete(found.id)
        assert bench.published.segments() == ()
        raise RuntimeError


def test_a_failed_publishing_leaves_no_trace_in_memory(shop: Shop) -> None:
    """What a writer had read before it failed is not what others see afterwards."""
    with pytest.raises(RuntimeError):
        _delete_and_fail(shop)
    with writing(shop.platform, shop.owner) as bench:
        bench.uow.workspaces.bump(shop.workspace)
    with reading(shop.platform, shop.owner) as bench:
        assert [one.key for one in bench.published.segments()] == ["north"]


def test_new_personal_fields_are_masked_at_once(shop: Shop) -> None:
    diary = replace(field("diary"), data_class=DataClass.PERSONAL)
    edited(shop, "orders", lambda one: tables.add_field(one, diary))
    published(shop, "orders")
    order = next(iter(shop.orders))
    records.edit(shop.platform, shop.owner, "orders", order, 1, {"diary": "very private words"})
    with reading(shop.platform, shop.people[Role.VIEWER]) as bench:
        view = records.read(bench, bench.published.table("orders"), order)
        assert "private" not in repr(view)
        assert isinstance(view.values["customer"], Link)


# ── forms ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_forms(any_shop: Shop) -> None:
    shop = any_shop
    created(shop, table("pets", field("name"), field("race")))
    with reading(shop.platform, shop.owner) as bench:
        first = forms.draft(bench, "pets")
    shorter = replace(
        first.form,
        sections=(replace(first.form.sections[0], items=first.form.sections[0].items[:1]),),
    )
    saved = forms.save(shop.platform, shop.owner, shorter, first.document.version)
    with pytest.raises(Conflict):
        forms.save(shop.platform, shop.owner, first.form, first.document.version)
    forms.publish(shop.platform, shop.owner, "pets", saved.document.version)
    with reading(shop.platform, shop.owner) as bench:
        [form] = bench.published.forms("pets")
        shown = forms.layout(form, bench.published.table("pets"))
    assert [[item.field for item in section.items] for section in shown.sections] == [
        ["name"],
        ["race"],
    ]
    wrong = replace(
        form,
        sections=(
            replace(form.sections[0], items=(replace(form.sections[0].items[0], field="x"),)),
        ),
    )
    with pytest.raises(Invalid) as caught:
        forms.save(shop.platform, shop.owner, wrong, saved.document.version + 1)
    assert codes(caught) == ["unknown-field"]
