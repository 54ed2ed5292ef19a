"""Tables, rules and views as files: applied again nothing changes, with an error nothing happens."""

from copy import deepcopy
from typing import Any, cast

import pytest

from tests.unit.services.shop import (
    CUSTOMERS,
    DOCUMENTS,
    NORTH,
    ORDERS,
    TIERS,
    VALUE,
    Shop,
    things_of,
)
from tierloom.domain.people import Actor, Role
from tierloom.domain.rules import Json
from tierloom.errors import Invalid
from tierloom.services import configuration, records, workspaces
from tierloom.services.configuration import Applied
from tierloom.services.platform import Platform
from tierloom.services.workbench import reading


def changed(document: Json, **more: Json) -> Json:
    return {**cast(dict[str, Json], deepcopy(document)), **more}


def with_field(document: Json, key: str, **more: Json) -> Json:
    """The table with one field changed, or added."""
    made = cast(dict[str, Any], deepcopy(document))
    known = [one for one in made["fields"] if one["key"] == key]
    if known:
        known[0].update(more)
    else:
        made["fields"].append({"key": key, "label": key, **more})
    return made


def dump(shop: Shop) -> dict[str, str]:
    return dict(configuration.dump(shop.platform, shop.owner))


def results(applied: list[Applied]) -> set[str]:
    return {one.result for one in applied}


def jobs(shop: Shop) -> int:
    with shop.platform.database.reading() as uow:
        return len(uow.jobs.recent(shop.workspace))


def test_again_changes_nothing(any_shop: Shop) -> None:
    shop = any_shop
    before = dump(shop)
    with reading(shop.platform, shop.owner) as bench:
        version = bench.workspace.catalogue_version
    queued = jobs(shop)
    assert results(shop.apply(*DOCUMENTS)) == {"unchanged"}
    with reading(shop.platform, shop.owner) as bench:
        assert bench.workspace.catalogue_version == version
    assert (dump(shop), jobs(shop)) == (before, queued)


def test_what_is_dumped_can_be_applied_elsewhere(any_shop: Shop) -> None:
    """dump → apply in an empty workspace → dump: the same files, without a trace of ids."""
    shop = any_shop
    files = dump(shop)
    other = _empty(shop.platform)
    things = [one for text in files.values() for one in configuration.read(text)]
    first = configuration.apply(shop.platform, other, reversed(things))
    assert results(first) == {"created"}
    assert dict(configuration.dump(shop.platform, other)) == files
    assert results(configuration.apply(shop.platform, other, things)) == {"unchanged"}


def _empty(platform: Platform) -> Actor:
    place, _ = workspaces.ensure(platform, "empty", "Empty")
    with platform.database.reading() as uow:
        owner = uow.accounts.members(place.id)[0]
    return Actor(owner.account, owner.name, place.id, Role.OWNER)


def test_order_of_files_does_not_matter(shop: Shop) -> None:
    other = _empty(shop.platform)
    things = [
        one for document in (TIERS, VALUE, NORTH, ORDERS, CUSTOMERS) for one in things_of(document)
    ]
    configuration.apply(shop.platform, other, things)
    files = configuration.dump(shop.platform, other)
    assert {"table-customers.json", "table-orders.json", "tier-model-value.json"} <= set(files)


def test_all_or_nothing(any_shop: Shop) -> None:
    shop = any_shop
    before = dump(shop)
    good = changed(NORTH, key="south", rule={"==": [{"var": "city"}, "gz"]})
    bad = changed(NORTH, key="nowhere", rule={"==": [{"var": "town"}, "gz"]})
    with pytest.raises(Invalid) as caught:
        shop.apply(good, with_field(CUSTOMERS, "height", type="integer"), bad)
    assert any(one.pointer.startswith("/segment/nowhere") for one in caught.value.problems)
    assert dump(shop) == before
    assert shop.table("customers").find("height") is None


def test_a_new_field_and_values_that_stay(any_shop: Shop) -> None:
    shop = any_shop
    number = shop.table("customers").field("points").id
    [applied] = shop.apply(with_field(CUSTOMERS, "height", type="integer"))
    assert applied == Applied("record_type", "customers", "updated")
    assert shop.table("customers").field("points").id == number
    first = next(iter(shop.customers))
    records.edit(shop.platform, shop.owner, "customers", first, 1, {"height": 180})
    with reading(shop.platform, shop.owner) as bench:
        view = records.read(bench, bench.published.table("customers"), first)
    assert (view.values["height"], view.values["points"]) == (180, shop.customers[first]["points"])


def test_a_field_that_the_file_leaves_out_goes_to_the_bin(shop: Shop) -> None:
    shorter = changed(
        CUSTOMERS, fields=[f for f in cast(Any, CUSTOMERS)["fields"] if f["key"] != "remark"]
    )
    before = shop.table("customers").field("remark").id
    shop.apply(shorter)
    assert shop.table("customers").field("remark").retired
    assert results(shop.apply(shorter)) == {"unchanged"}
    shop.apply(CUSTOMERS)
    back = shop.table("customers").field("remark")
    assert (back.id, back.retired) == (before, False)
    first, row = next((n, r) for n, r in shop.customers.items() if r["remark"])
    with reading(shop.platform, shop.owner) as bench:
        view = records.read(bench, bench.published.table("customers"), first)
    assert view.values["remark"] == row["remark"]


def test_a_field_in_use_cannot_be_left_out(shop: Shop) -> None:
    without = changed(
        CUSTOMERS, fields=[f for f in cast(Any, CUSTOMERS)["fields"] if f["key"] != "points"]
    )
    with pytest.raises(Invalid) as caught:
        shop.apply(without)
    assert any("/tier_model/value/silver" in one.pointer for one in caught.value.problems)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (with_field(CUSTOMERS, "points", type="text", minimum=None), "type-change"),
        (with_field(ORDERS, "amount", currency="EUR"), "type-change"),
        (with_field(ORDERS, "pet", type="reference", target="pets"), "unknown-table"),
        (changed(VALUE, key="v2", record_type="nothing"), "unknown-table"),
        (changed(NORTH, key="loop", rule={"segment": ["loop"]}), ""),
    ],
)
def test_refused(shop: Shop, document: Json, code: str) -> None:
    if isinstance(document, dict) and isinstance(document.get("fields"), list):
        for one in cast(Any, document)["fields"]:
            one.pop("minimum", None) if one.get("minimum") is None else None
    before = dump(shop)
    with pytest.raises(Invalid) as caught:
        shop.apply(document)
    assert not code or code in {one.code for one in caught.value.problems}
    assert dump(shop) == before


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "not-json"),
        ("[" * 100_000, "not-json"),
        ('{"kind": "spell"}', "unknown-kind"),
        ("[1]", "unknown-kind"),
        ("null", "unknown-kind"),
        ('{"format": 1, "kind": "segment"}', ""),
        (
            '[{"format": 99, "kind": "segment", "key": "a", "label": "A", "record_type": "b", "rule": true}]',
            "",
        ),
    ],
)
def test_files_that_cannot_be_read(text: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        configuration.read(text)
    assert not code or caught.value.problems[0].code == code
    if text.startswith("[{"):
        assert caught.value.problems[0].pointer.startswith("/0")


def test_tables_that_link_to_each_other(shop: Shop) -> None:
    table: Json = {"format": 1, "kind": "record_type", "label": "X", "fields": [
        {"key": "code", "label": "Code", "type": "text", "unique": True}], "key_field": "code"}  # fmt: skip
    a = with_field(changed(table, key="a"), "other", type="reference", target="b")
    b = with_field(changed(table, key="b"), "other", type="reference", target="a")
    assert results(shop.apply(a, b)) == {"created"}
    assert results(shop.apply(b, a)) == {"unchanged"}


def test_an_applied_tier_model_has_a_view(shop: Shop) -> None:
    """As one published in the browser has: it can be opened and exported."""
    other = _empty(shop.platform)
    things = [one for document in (CUSTOMERS, ORDERS, VALUE) for one in things_of(document)]
    configuration.apply(shop.platform, other, things)
    with reading(shop.platform, other) as bench:
        assert [one.tier_model for one in bench.published.views()] == ["value"]
    assert results(configuration.apply(shop.platform, other, things)) == {"unchanged"}
