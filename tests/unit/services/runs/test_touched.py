"""Whom an edit concerns: over long chains of tables, a table that points at itself, and other tier models' results."""

from collections.abc import Callable, Mapping

import pytest

from tests.unit.services.shop import Shop
from tierloom.domain.fields import Link, Value
from tierloom.domain.rules import Json
from tierloom.services import records
from tierloom.services.runs import recalculation
from tierloom.services.runs.touched import paths_to
from tierloom.services.workbench import reading, writing


def _table(key: str, *fields: Json) -> Json:
    number: Json = {"key": "number", "label": "Number", "type": "integer", "required": True,
                    "unique": True}  # fmt: skip
    return {"format": 1, "kind": "record_type", "key": key, "label": key, "key_field": "number",
            "fields": [number, {"key": "n", "label": "N", "type": "integer"}, *fields]}  # fmt: skip


def _link(key: str, target: str) -> Json:
    return {"key": key, "label": key, "type": "reference", "target": target}


def _sum(key: str, relation: str, operand: str) -> Json:
    calculation: Json = {
        "kind": "roll_up",
        "aggregate": "sum",
        "relation": relation,
        "operand": operand,
    }
    return {"key": key, "label": key, "type": "integer", "calculation": calculation}


def _model(key: str, table: str, rule: Json) -> Json:
    tiers: Json = [{"key": "top", "label": "Top", "icon": "crown", "slot": "gold", "rule": rule}]
    return {"format": 1, "kind": "tier_model", "key": key, "label": key, "record_type": table,
            "tiers": tiers, "default": {"key": "rest", "label": "Rest"}}  # fmt: skip


def _more(key: str, than: int) -> Json:
    return {">": [{"var": key}, than]}


CHAIN = (
    _table("regions", _sum("sum", "shops", "sum")),
    _table("shops", _link("region", "regions"), _sum("sum", "people", "sum")),
    _table("people", _link("store", "shops"), _sum("sum", "baskets", "sum")),
    _table("baskets", _link("person", "people"), _sum("sum", "lines", "n")),
    _table("lines", _link("basket", "baskets")),
    _model("m", "regions", _more("sum", 5)),
)
STAFF = (
    _table(
        "staff", _link("boss", "staff"), _sum("team", "staff", "n"), _sum("all", "staff", "team")
    ),
    _model("m", "staff", _more("all", 5)),
)
READ = (
    _table("stores"),
    _table("buyers"),
    _table("sales", _link("store", "stores"), _link("buyer", "buyers")),
    _model("of_sales", "sales", _more("store.n", 5)),
    _model("m", "buyers", {"some": [{"var": "sales"}, {"==": [{"tier": ["of_sales"]}, "top"]}]}),
)
LINKED = (
    _table("buyers"),
    _table("sales", _link("buyer", "buyers")),
    _model("m", "sales", {"!=": [{"var": "buyer"}, None]}),
)


def _add(shop: Shop, table: str, number: int, **links: int) -> int:
    values: Mapping[str, Value] = {key: Link(one, "") for key, one in links.items()}
    saved = records.add(shop.platform, shop.owner, table, {"number": number, "n": 1, **values})
    return saved.id


def _chain(shop: Shop) -> int:
    region = _add(shop, "regions", 1)
    person = _add(shop, "people", 1, store=_add(shop, "shops", 1, region=region))
    return _add(shop, "lines", 1, basket=_add(shop, "baskets", 1, person=person))


def _staff(shop: Shop) -> int:
    return _add(shop, "staff", 3, boss=_add(shop, "staff", 2, boss=_add(shop, "staff", 1)))


def _read(shop: Shop) -> int:
    store = _add(shop, "stores", 1)
    _add(shop, "sales", 1, store=store, buyer=_add(shop, "buyers", 1))
    return store


@pytest.mark.parametrize(
    ("documents", "fill", "table"),
    [(CHAIN, _chain, "lines"), (STAFF, _staff, "staff"), (READ, _read, "stores")],
    ids=["chain", "itself", "tier"],
)
def test_an_edit_reaches(
    shop: Shop, documents: tuple[Json, ...], fill: Callable[[Shop], int], table: str
) -> None:
    """One record at the far end is edited; it moves one record, at once."""
    shop.apply(*documents)
    edited = fill(shop)
    shop.run()
    shop.clock.pass_by(minutes=1)
    saved = records.edit(shop.platform, shop.owner, table, edited, 1, {"n": 9})
    assert saved.job is None
    assert _moved(shop) == ["top"]
    assert all(one.records == 0 for one in recalculation.verify(shop.platform, shop.workspace))


def test_a_link_ends_with_what_it_points_at(shop: Shop) -> None:
    shop.apply(*LINKED)
    buyer = _add(shop, "buyers", 1)
    _add(shop, "sales", 1, buyer=buyer)
    shop.run()
    for change, tier in ((records.delete, "rest"), (records.restore, "top")):
        shop.clock.pass_by(minutes=1)
        assert change(shop.platform, shop.owner, "buyers", [buyer]) is None
        assert _moved(shop)[-1] == tier
        assert all(one.records == 0 for one in recalculation.verify(shop.platform, shop.workspace))


def test_an_import_of_what_a_link_points_at_asks_for_a_run(shop: Shop) -> None:
    """It may have linked rows that had waited for it."""
    shop.apply(*LINKED, _table("others"))
    shop.run()
    for table, stale in (("others", None), ("buyers", "import")):
        with writing(shop.platform, shop.owner) as bench:
            recalculation.enqueue_for(bench, "import", {table})
            number = bench.published.documents["tier_model", "m"].id
            found = bench.uow.frontiers.get(number)
            assert found is not None
            assert found.stale_cause == stale


def test_time_is_taken_in_for_all_that_a_new_record_points_at(shop: Shop) -> None:
    """Whom time had moved long ago, and nobody has looked since: it was time, and then."""
    began = shop.clock().date()
    people = _table("people", {"key": "day", "label": "Day", "type": "date"})
    deals = _table("deals", _link("payer", "people"), _link("holder", "people"))
    few: list[Json] = [
        {"<": [{"count": [{"var": f"deals-{one}"}]}, 9]} for one in ("payer", "holder")
    ]
    young: Json = {"<": [{"days_since": [{"var": "day"}]}, 3]}
    shop.apply(people, deals, _model("m", "people", {"and": [young, *few]}))
    both = [
        records.add(shop.platform, shop.owner, "people", {"number": one, "day": began}).id
        for one in (1, 2)
    ]
    shop.run()
    shop.clock.pass_by(days=10)
    _add(shop, "deals", 1, payer=both[0], holder=both[1])
    with reading(shop.platform, shop.owner) as bench:
        number = bench.published.documents["tier_model", "m"].id
        found = bench.uow.results.moves(number)
    assert sorted((one.record, one.cause) for one in found) == [(one, "time") for one in both]


def test_paths_are_those_that_rules_go(shop: Shop) -> None:
    shop.apply(*STAFF, *READ[:3], _model("other", "sales", _more("n", 1)))
    with reading(shop.platform, shop.owner) as bench:
        staff = paths_to(bench, bench.published.tier_model("m"))
        other = paths_to(bench, bench.published.tier_model("other"))
    assert {key: sorted(map(len, paths)) for key, paths in staff.items()} == {"staff": [0, 1, 2]}
    assert other == {"sales": {()}}


def _moved(shop: Shop) -> list[str]:
    """Where records moved in the tier model `m` since its first result, in order."""
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model("m")
        number = bench.published.documents["tier_model", "m"].id
        return [model.all_tiers[one.target].key for one in bench.uow.results.moves(number)]
