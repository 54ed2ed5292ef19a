"""Records one at a time: what is refused, what is linked, and what is remembered."""

from dataclasses import replace

import pytest

from tests.unit.services.shop import CUSTOMERS, Shop
from tierloom.domain.fields import Link, Value
from tierloom.domain.people import Role
from tierloom.domain.rules import Json
from tierloom.errors import Conflict, Forbidden, Invalid, NotFound
from tierloom.services import grid, records, tables
from tierloom.services.grid import Query
from tierloom.services.shown import RecordView
from tierloom.services.workbench import reading, writing
from tierloom.store.changes import Cause


def read(shop: Shop, table: str, number: int, role: Role = Role.OWNER) -> RecordView:
    with reading(shop.platform, shop.people[role]) as bench:
        return records.read(bench, bench.published.table(table), number)


def add(shop: Shop, table: str = "customers", **values: Value) -> records.Saved:
    return records.add(shop.platform, shop.owner, table, values)


def codes(error: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(one.code, one.pointer) for one in error.value.problems]


def test_add_read_and_find_again(any_shop: Shop) -> None:
    shop = any_shop
    saved = add(shop, number=5000, name="林黛玉", city="sh", points=7)
    view = read(shop, "customers", saved.id)
    assert (view.version, view.values["name"], view.values["points"]) == (1, "林黛玉", 7)
    assert view.values["orders_count"] == 0
    assert view.values["spend"] == 0
    assert view.values["joined"] is None
    with reading(shop.platform, shop.owner) as bench:
        assert grid.listing(bench, Query("customers", search="黛玉")).total == 1


def test_every_problem_names_its_field(shop: Shop) -> None:
    with pytest.raises(Invalid) as caught:
        add(shop, number=None, city="nowhere", points=-1)
    assert [pointer for _, pointer in codes(caught)] == ["/number", "/city", "/points"]
    with pytest.raises(Invalid):
        add(shop, number=1, no_such_field=5)
    with reading(shop.platform, shop.owner) as bench:
        assert grid.listing(bench, Query("customers")).total == len(shop.customers)


def test_a_calculated_field_cannot_be_typed(shop: Shop) -> None:
    with pytest.raises(Forbidden):
        records.edit(
            shop.platform, shop.owner, "customers", next(iter(shop.customers)), 1, {"spend": 5.0}
        )


def test_keys_are_unique_among_live_records(any_shop: Shop) -> None:
    shop = any_shop
    first = add(shop, number=5000)
    with pytest.raises(Invalid) as caught:
        add(shop, number=5000)
    assert codes(caught) == [("not-unique", "/number")]
    second = add(shop, number=5001)
    with pytest.raises(Invalid):
        records.edit(shop.platform, shop.owner, "customers", second.id, 1, {"number": 5000})
    records.edit(shop.platform, shop.owner, "customers", first.id, 1, {"number": 5000, "points": 1})
    records.delete(shop.platform, shop.owner, "customers", [first.id])
    third = add(shop, number=5000)
    with pytest.raises(Invalid) as caught:
        records.restore(shop.platform, shop.owner, "customers", [first.id])
    assert codes(caught) == [("not-unique", "/number")]
    records.delete(shop.platform, shop.owner, "customers", [third.id])
    records.restore(shop.platform, shop.owner, "customers", [first.id])
    assert read(shop, "customers", first.id).values["number"] == 5000


def test_other_unique_fields_name_themselves_too(shop: Shop) -> None:
    """Not only the key: a phone that is to be unique is a problem of the phone, not a clash of two editors."""
    fields = [
        {**one, "unique": True} if isinstance(one, dict) and one["key"] == "phone" else one
        for one in CUSTOMERS["fields"]  # type: ignore[index, call-overload, union-attr]
    ]
    shop.apply({**CUSTOMERS, "fields": fields})  # type: ignore[dict-item]
    add(shop, number=5000, phone="13700000001")
    with pytest.raises(Invalid) as caught:
        add(shop, number=5001, phone="13700000001")
    assert codes(caught) == [("not-unique", "/phone")]


def test_stale_edit_changes_nothing(any_shop: Shop) -> None:
    shop = any_shop
    number = add(shop, number=5000, points=1).id
    records.edit(shop.platform, shop.owner, "customers", number, 1, {"points": 2})
    with pytest.raises(Conflict):
        records.edit(shop.platform, shop.owner, "customers", number, 1, {"points": 3})
    view = read(shop, "customers", number)
    assert (view.version, view.values["points"]) == (2, 2)


def test_an_edit_that_changes_nothing_is_no_change(shop: Shop) -> None:
    order = next(iter(shop.orders))
    before = read(shop, "orders", order)
    link = before.values["customer"]
    assert isinstance(link, Link)
    typed = {"customer": Link(None, link.key), "amount": before.values["amount"]}
    saved = records.edit(shop.platform, shop.owner, "orders", order, 1, typed)  # type: ignore[arg-type]
    assert saved.version == 1
    with reading(shop.platform, shop.owner) as bench:
        assert len(records.changes(bench, bench.published.table("orders"), order)) == 1


def test_unknown_link_is_a_problem(shop: Shop) -> None:
    for key in ("424242", "no number"):
        with pytest.raises(Invalid) as caught:
            add(shop, "orders", invoice="B1", customer=Link(None, key))
        assert codes(caught) == [("unknown-record", "/customer")]


def test_link_by_key_is_resolved(shop: Shop) -> None:
    customer, row = next(iter(shop.customers.items()))
    order = add(shop, "orders", invoice="B1", customer=Link(None, str(row["number"])), amount=10.5)
    assert read(shop, "orders", order.id).values["customer"] == Link(customer, str(row["number"]))
    spend = read(shop, "customers", customer).values["spend"]
    assert isinstance(spend, float)
    assert round(spend * 100) == round(shop.spend(customer) * 100) + 1050


def test_waiting_links_find_their_record(any_shop: Shop) -> None:
    """Orders that came before their customer are linked when the customer comes, by adding or by a new key."""
    shop = any_shop
    with writing(shop.platform, shop.owner) as bench:
        waiting = bench.uow.records(bench.published.table("orders")).insert(
            [
                {"invoice": "W1", "customer": "7001", "amount": 1000},
                {"invoice": "W2", "customer": "7002", "amount": 500},
            ],
            bench.uow.now,
            Cause("edit", 0),
        )
    assert read(shop, "orders", waiting[0]).values["customer"] == Link(None, "7001")
    made = add(shop, number=7001)
    assert read(shop, "orders", waiting[0]).values["customer"] == Link(made.id, "7001")
    assert read(shop, "customers", made.id).values["spend"] == 10
    records.edit(shop.platform, shop.owner, "customers", made.id, 1, {"number": 7002})
    assert read(shop, "orders", waiting[1]).values["customer"] == Link(made.id, "7002")
    assert read(shop, "customers", made.id).values["orders_count"] == 2


def test_bin_and_back(any_shop: Shop) -> None:
    shop = any_shop
    customer = next(one for one in shop.customers if shop.spend(one) > 0)
    spend = read(shop, "customers", customer).values["spend"]
    records.delete(shop.platform, shop.owner, "customers", [customer])
    with pytest.raises(NotFound):
        read(shop, "customers", customer)
    with pytest.raises(NotFound):
        records.edit(shop.platform, shop.owner, "customers", customer, 2, {"points": 1})
    records.restore(shop.platform, shop.owner, "customers", [customer])
    assert read(shop, "customers", customer).values["spend"] == spend


def test_deleting_an_order_lowers_the_spend(shop: Shop) -> None:
    order, row = next(iter(shop.orders.items()))
    customer = row["customer"]
    assert isinstance(customer, Link)
    assert customer.id is not None
    records.delete(shop.platform, shop.owner, "orders", [order])
    del shop.orders[order]
    assert read(shop, "customers", customer.id).values["spend"] == shop.spend(customer.id)


def test_history_says_who_and_what(any_shop: Shop) -> None:
    shop = any_shop
    number = add(shop, number=5000, city="bj", points=1).id
    admin = shop.people[Role.DATA_ADMIN]
    records.edit(shop.platform, admin, "customers", number, 1, {"city": "sh", "points": None})
    records.delete(shop.platform, admin, "customers", [number])
    records.restore(shop.platform, shop.owner, "customers", [number])
    with reading(shop.platform, shop.owner) as bench:
        found = records.changes(bench, bench.published.table("customers"), number)
    assert [str(one.title) for one in found] == ["Restored", "Moved to the bin", "Edited", "Added"]
    assert [one.who for one in found] == ["owner", "Data_admin", "Data_admin", "owner"]
    edited = {field.key: (before, after) for field, before, after in found[2].fields}
    assert edited == {"city": ("bj", "sh"), "points": (1, None)}


def test_a_retired_option_stays_valid_where_it_is(shop: Shop) -> None:
    number = add(shop, number=5000, city="bj").id
    with reading(shop.platform, shop.owner) as bench:
        found = tables.draft(bench, "customers")
    city = found.table.field("city")
    options = tuple(replace(one, retired=one.key == "bj") for one in city.type.options)
    changed = replace(city, type=replace(city.type, options=options))
    edited = tables.edit(
        shop.platform, shop.owner, "customers", found.document.version,
        lambda table: tables.replace_field(table, changed),
    )  # fmt: skip
    tables.publish(shop.platform, shop.owner, "customers", edited.document.version)
    records.edit(shop.platform, shop.owner, "customers", number, 1, {"points": 5, "city": "bj"})
    with pytest.raises(Invalid):
        add(shop, number=5001, city="bj")


def test_related_records_are_the_newest(shop: Shop) -> None:
    customer = max(shop.customers, key=lambda one: len(_own(shop, one)))
    with reading(shop.platform, shop.owner) as bench:
        [found] = records.related(bench, bench.published.table("customers"), customer, limit=3)
    own = sorted(_own(shop, customer), key=lambda one: (shop.orders[one]["day"], one), reverse=True)
    assert found.total == len(own)
    assert [row.id for row in found.rows] == own[:3]
    assert "customer" not in {one.key for one in found.fields}


def _own(shop: Shop, customer: int) -> list[int]:
    return [
        number
        for number, row in shop.orders.items()
        if isinstance(link := row["customer"], Link) and link.id == customer
    ]


def test_waiting_links_find_what_comes_back_from_the_bin(any_shop: Shop) -> None:
    shop = any_shop
    made = add(shop, number=7001)
    records.delete(shop.platform, shop.owner, "customers", [made.id])
    with writing(shop.platform, shop.owner) as bench:
        [waiting] = bench.uow.records(bench.published.table("orders")).insert(
            [{"invoice": "W1", "customer": "7001", "amount": 1000}], bench.uow.now, Cause("edit", 0)
        )
    assert read(shop, "orders", waiting).values["customer"] == Link(None, "7001")
    records.restore(shop.platform, shop.owner, "customers", [made.id])
    assert read(shop, "orders", waiting).values["customer"] == Link(made.id, "7001")
    assert read(shop, "customers", made.id).values["spend"] == 10


def test_a_record_of_a_table_that_links_to_itself(shop: Shop) -> None:
    people: Json = {
        "format": 1, "kind": "record_type", "key": "people", "label": "People", "key_field": "code",
        "fields": [
            {"key": "code", "label": "Code", "type": "text", "unique": True},
            {"key": "boss", "label": "Boss", "type": "reference", "target": "people"},
        ],
    }  # fmt: skip
    shop.apply(people)
    boss = add(shop, "people", code="A")
    worker = add(shop, "people", code="B", boss=Link(None, "A"))
    assert read(shop, "people", worker.id).values["boss"] == Link(boss.id, "A")
