"""A role that is limited to some records finds no others, on any path."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.unit.services.shop import KeptShop, Shop
from tierloom.domain.fields import Link
from tierloom.domain.people import Role
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.tiers import Segment
from tierloom.errors import Forbidden, Invalid, NotFound
from tierloom.services import drafts, grid, overview, preview, records
from tierloom.services.exports import requests
from tierloom.services.exports.writing import ExportKind
from tierloom.services.grid import Query
from tierloom.services.workbench import reading
from tierloom.text import Label

NAME = Label.of("Part")
BEIJING: Json = {"==": [{"var": "city"}, "bj"]}
SMALL: Json = {"<": [{"var": "amount"}, 300]}


@pytest.fixture(scope="module")
def shop(kept_shop: KeptShop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop whose data admin, analyst and viewer see customers in Beijing, and whose viewer sees small orders."""
    folder = tmp_path_factory.mktemp("scoped")
    with kept_shop.opened(folder) as found:
        for role in (Role.DATA_ADMIN, Role.ANALYST, Role.VIEWER):
            found.limit(role, "customers", BEIJING)
        found.limit(Role.VIEWER, "orders", SMALL)
        yield found


def _inside(shop: Shop) -> list[int]:
    return [one for one, row in shop.customers.items() if row["city"] == "bj"]


def _outside(shop: Shop) -> list[int]:
    return [one for one in shop.customers if one not in _inside(shop)]


def test_lists_and_totals(shop: Shop) -> None:
    assert 0 < len(_inside(shop)) < len(shop.customers)
    for role in Role:
        limited = role in (Role.DATA_ADMIN, Role.ANALYST, Role.VIEWER)
        with reading(shop.platform, shop.people[role]) as bench:
            shown = grid.listing(bench, Query("customers", limit=200))
            everything = [
                row.id for chunk in grid.chunks(bench, Query("customers")) for row in chunk
            ]
        wanted = _inside(shop) if limited else list(shop.customers)
        assert [row.id for row in shown.rows] == wanted == everything
        assert shown.total == len(wanted)
        tiers = [shop.tier(one) for one in wanted]
        found = {key: n for key, n in shown.sizes["value"].items() if n}
        assert found == {key: tiers.count(key) for key in set(tiers)}


def test_filter_and_its_opposite_stay_inside(shop: Shop) -> None:
    rule: Json = {">": [{"var": "points"}, 20]}
    with reading(shop.platform, shop.people[Role.ANALYST]) as bench:
        totals = [
            grid.listing(bench, Query("customers", RuleDocument.of(one))).total
            for one in (rule, {"!": [rule]})
        ]
    assert sum(totals) == len(_inside(shop))


@pytest.mark.parametrize(
    ("role", "table", "rule"),
    [
        (Role.VIEWER, "customers", {">": [{"count": [{"var": "orders"}]}, 1]}),
        (Role.VIEWER, "customers", {"some": [{"var": "orders"}, {">": [{"var": "amount"}, 5]}]}),
        (Role.ANALYST, "orders", {"==": [{"var": "customer.city"}, "bj"]}),
    ],
)
def test_rules_do_not_reach_through_links(shop: Shop, role: Role, table: str, rule: Json) -> None:
    """Their counts would tell of records that the role may not see; the owner may ask."""
    query = Query(table, RuleDocument.of(rule))
    with reading(shop.platform, shop.people[role]) as bench, pytest.raises(Invalid) as refused:
        grid.listing(bench, query)
    assert [one.code for one in refused.value.problems] == ["limited-table"]
    with reading(shop.platform, shop.people[Role.OWNER]) as bench:
        grid.listing(bench, query)


def test_record_page(shop: Shop) -> None:
    with reading(shop.platform, shop.people[Role.VIEWER]) as bench:
        table = bench.published.table("customers")
        for one in _inside(shop):
            assert records.read(bench, table, one).id == one
        for one in _outside(shop):
            with pytest.raises(NotFound):
                records.read(bench, table, one)


def test_related_records(shop: Shop) -> None:
    with reading(shop.platform, shop.people[Role.VIEWER]) as bench:
        for one in _inside(shop):
            [orders] = records.related(bench, bench.published.table("customers"), one)
            small = [
                number for number, row in shop.orders.items()
                if cast(Link, row["customer"]).id == one and cast(float, row["amount"]) < 300
            ]  # fmt: skip
            assert orders.total == len(small)
            assert {row.id for row in orders.rows} <= set(small)


def test_links_out_of_sight_have_no_name(shop: Shop) -> None:
    """Who sees an order sees the number of its customer, which is the order's own; the name is the customer's."""
    with reading(shop.platform, shop.people[Role.DATA_ADMIN]) as bench:
        shown = grid.listing(bench, Query("orders", limit=200))
    for row in shown.rows:
        link = cast(Link, row.values["customer"])
        assert link.id is not None
        name = shop.customers[link.id]["name"]
        assert row.link_names["customer"] == (name if link.id in _inside(shop) else link.key)


def test_previews(shop: Shop) -> None:
    with reading(shop.platform, shop.people[Role.ANALYST]) as bench:
        found = preview.preview(bench, drafts.opened(bench, "tier_model", "value"), "gold")
        samples = [int(one) for one in bench.columns("customers").ids[found.samples]]
    tiers = [shop.tier(one) for one in _inside(shop)]
    assert found.total == len(tiers)
    assert found.sizes == {key: tiers.count(key) for key in ("gold", "silver", "rest")}
    assert found.published == {**found.sizes, "not_enough_data": 0}
    assert set(samples) <= set(_inside(shop))
    gold = [one for one in _inside(shop) if shop.spend(one) >= 1000]
    assert max(found.nodes.values()) == len(gold)


def test_segments_and_overview(shop: Shop) -> None:
    with reading(shop.platform, shop.people[Role.VIEWER]) as bench:
        found = overview.overview(bench)
    tables = {one.table.key: one.records for one in found.tables}
    small = sum(cast(float, row["amount"]) < 300 for row in shop.orders.values())
    assert tables == {"customers": len(_inside(shop)), "orders": small}
    assert {one.key: size for one, size in found.segments} == {"north": len(_inside(shop))}


def test_a_segment_over_a_limited_table_keeps_nobody_from_the_overview(shop: Shop) -> None:
    many = RuleDocument.of({">": [{"count": [{"var": "orders"}]}, 1]})
    made = drafts.create(shop.platform, shop.owner, Segment("many", NAME, "customers", many))
    drafts.publish(shop.platform, shop.owner, "segment", "many", made.document.version)
    with reading(shop.platform, shop.people[Role.VIEWER]) as bench:
        assert [one.key for one, _ in overview.overview(bench).segments] == ["north"]
    with reading(shop.platform, shop.owner) as bench:
        assert [one.key for one, _ in overview.overview(bench).segments] == ["north", "many"]
    drafts.delete(shop.platform, shop.owner, "segment", "many")


def test_exports(shop: Shop, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    with reading(shop.platform, shop.people[Role.DATA_ADMIN]) as bench:
        rows = requests.write(
            bench, Query("customers"), ExportKind("csv"), "en", target, lambda *_: None
        )
    with target.open(encoding="utf-8-sig", newline="") as stream:
        numbers = {int(row["Number"]) for row in csv.DictReader(stream)}
    assert rows == len(numbers) == len(_inside(shop))
    assert numbers == {shop.customers[one]["number"] for one in _inside(shop)}


def test_writing_out_of_sight(shop: Shop) -> None:
    admin, outside = shop.people[Role.DATA_ADMIN], _outside(shop)[0]
    with pytest.raises(NotFound):
        records.edit(shop.platform, admin, "customers", outside, 1, {"points": 1})
    with pytest.raises(NotFound):
        records.delete(shop.platform, admin, "customers", [outside])
    with pytest.raises(Forbidden):
        records.add(shop.platform, admin, "customers", {"number": 1, "city": "sh"})
    with pytest.raises(Forbidden):
        records.edit(shop.platform, admin, "customers", _inside(shop)[0], 1, {"city": "gz"})
    with reading(shop.platform, shop.owner) as bench:
        assert grid.listing(bench, Query("customers")).total == len(shop.customers)
        stored = bench.uow.records(bench.published.table("customers")).fetch([_inside(shop)[0]])
    assert stored[_inside(shop)[0]].cells["city"] == "bj"


def test_bin_out_of_sight(own_shop: Shop) -> None:
    shop = own_shop
    shop.limit(Role.DATA_ADMIN, "customers", BEIJING)
    inside, outside = _inside(shop)[0], _outside(shop)[0]
    records.delete(shop.platform, shop.owner, "customers", [inside, outside])
    admin = shop.people[Role.DATA_ADMIN]
    with pytest.raises((NotFound, Forbidden)):
        records.restore(shop.platform, admin, "customers", [outside])
    records.restore(shop.platform, admin, "customers", [inside])
    with reading(shop.platform, shop.owner) as bench:
        stored = bench.uow.records(bench.published.table("customers")).fetch([inside, outside])
    assert stored[inside].deleted_at is None
    assert stored[outside].deleted_at is not None


@pytest.mark.parametrize(
    "scope",
    [
        {"==": [{"var": "no_such_field"}, 1]},
        {"==": [{"var": "points"}, "many"]},
        {"nonsense": []},
        {"==": [{"var": "city"}, "no-such-city"]},
        {"segment": ["no_such_segment"]},
    ],
)
def test_error_in_the_scope_means_no_rows(own_shop: Shop, scope: Json) -> None:
    shop = own_shop
    shop.limit(Role.VIEWER, "customers", scope)
    with reading(shop.platform, shop.people[Role.VIEWER]) as bench:
        shown = grid.listing(bench, Query("customers"))
        assert (shown.total, shown.rows) == (0, ())
        assert sum(shown.sizes["value"].values()) == 0
        with pytest.raises(NotFound):
            records.read(bench, bench.published.table("customers"), next(iter(shop.customers)))
    with reading(shop.platform, shop.people[Role.ANALYST]) as bench:
        assert grid.listing(bench, Query("customers")).total == len(shop.customers)


def test_scope_may_read_what_the_role_cannot(own_shop: Shop) -> None:
    """Whoever wrote the scope could read it; the role still cannot ask by it."""
    shop = own_shop
    phone = shop.customers[_inside(shop)[0]]["phone"]
    shop.limit(Role.VIEWER, "customers", {"==": [{"var": "phone"}, cast(str, phone)]})
    with reading(shop.platform, shop.people[Role.VIEWER]) as bench:
        assert grid.listing(bench, Query("customers")).total == 1


def test_published_rules_run_over_everybody(shop: Shop) -> None:
    """A limit of whoever publishes does not limit what is placed."""
    rule = RuleDocument.of({">": [{"var": "points"}, 0]})
    made = drafts.create(
        shop.platform,
        shop.people[Role.DESIGNER],
        Segment("some", Label.of("Some"), "customers", rule),
    )
    drafts.publish(
        shop.platform, shop.people[Role.DESIGNER], "segment", "some", made.document.version
    )
    [outcome] = shop.run()
    assert outcome.sizes == shop.sizes()
