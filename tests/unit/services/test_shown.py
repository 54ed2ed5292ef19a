"""Records of a list, read field by field, against the same record by record."""

from datetime import date
from random import Random
from typing import cast

import numpy as np
import pytest

from tests.unit.services.shop import TODAY, Row, Shop
from tierloom.domain.fields import Field, Link
from tierloom.domain.people import Role
from tierloom.services import shown
from tierloom.services.authorize import may_read
from tierloom.services.shown import Masked, RecordView
from tierloom.services.workbench import Workbench, reading
from tierloom.store.record_reading import StoredRecord


def calculated(shop: Shop, record: int, row: Row) -> Row:
    """The calculated fields of a customer."""
    own = [one for one in shop.orders.values() if cast(Link, one["customer"]).id == record]
    return {
        "orders_count": len(own),
        "spend": shop.spend(record),
        "silence": (TODAY - cast(date, row["joined"])).days,
    }


def check_customer(shop: Shop, bench: Workbench, view: RecordView) -> None:
    row = shop.customers[view.id] | calculated(shop, view.id, shop.customers[view.id])
    assert view.values.keys() == row.keys()
    for field in bench.published.table("customers").live_fields:
        seen = view.values[field.key]
        if may_read(bench.actor, field) or row[field.key] is None:
            assert seen == pytest.approx(row[field.key])
        else:
            assert isinstance(seen, Masked)
            assert str(row[field.key]) not in seen.text
    tier = bench.published.tier_model("value").all_tiers[view.tiers["value"]]
    assert tier.key == shop.tier(view.id)


@pytest.mark.parametrize("role", list(Role))
def test_customers_and_their_orders(shop: Shop, role: Role) -> None:
    with reading(shop.platform, shop.people[role]) as bench:
        table = bench.published.table("customers")
        places = np.array(Random(3).sample(range(len(shop.customers)), 20))
        found = shown.views_at(bench, table, places, table.live_fields)
        assert [one.id for one in found] == bench.columns("customers").ids[places].tolist()
        for one in found:
            check_customer(shop, bench, one)
        orders = bench.published.table("orders")
        named = may_read(bench.actor, table.field("name"))
        for one in shown.views_at(bench, orders, np.arange(30), orders.live_fields):
            customer = cast(int, cast(Link, shop.orders[one.id]["customer"]).id)
            key = str(shop.customers[customer]["number"])
            assert one.values["customer"] == Link(customer, key)
            name = shop.customers[customer]["name"] if named else key
            assert one.link_names == {"customer": name}


def test_a_record_that_is_no_more_is_left_out_and_the_others_keep_their_own(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was removed for good after the snapshot was taken."""
    with reading(shop.platform, shop.owner) as bench:
        table = bench.published.table("customers")
        ids = bench.columns("customers").ids.tolist()
        stored = bench.stored(table, ids)
        left = {one: stored[one] for one in ids if one not in (ids[0], ids[3], ids[9])}
        monkeypatch.setattr(bench, "stored", lambda *_: left)
        fields: tuple[Field, ...] = table.live_fields
        found = shown.views_at(bench, table, np.arange(10), fields)
        assert [one.id for one in found] == [*ids[1:3], *ids[4:9]]
        for one in found:
            check_customer(shop, bench, one)
        nobody: dict[int, StoredRecord] = {}
        monkeypatch.setattr(bench, "stored", lambda *_: nobody)
        assert shown.views_at(bench, table, np.arange(10), fields) == []
        assert shown.views_at(bench, table, np.arange(0), fields) == []
