"""The heat grid by brute force: each cell is as many records as the list of both tiers, and as its export."""

import csv
from pathlib import Path

from tests.unit.services.shop import Shop
from tierloom.domain.people import Actor, Role
from tierloom.domain.rules import Json
from tierloom.services import grid
from tierloom.services.crossing import Crossing, crossings
from tierloom.services.exports import requests
from tierloom.services.exports.writing import ExportKind
from tierloom.services.grid import Query
from tierloom.services.workbench import reading


def _two(key: str, rule: Json, on_missing: str = "skip") -> Json:
    tier: Json = {"key": "in", "label": "In", "icon": "star", "slot": "teal", "rule": rule}
    return {
        "format": 1, "kind": "tier_model", "key": key, "label": key.capitalize(), "record_type": "customers",
        "on_missing": on_missing, "tiers": [tier], "default": {"key": "out", "label": "Out"},
    }  # fmt: skip


ACTIVE = _two("active", {">=": [{"var": "points"}, 30]}, "hold")
NORTHERN = _two("northern", {"==": [{"var": "city"}, "bj"]})


def active(shop: Shop, customer: int) -> str:
    points = shop.customers[customer]["points"]
    if not isinstance(points, int):
        return "not_enough_data"
    return "in" if points >= 30 else "out"


def crossed(shop: Shop, actor: Actor, *wanted: str) -> Crossing:
    with reading(shop.platform, actor) as bench:
        [found] = crossings(bench, wanted)
    return found


def test_each_cell_is_the_list_of_both_tiers(any_shop: Shop) -> None:
    shop = any_shop
    shop.apply(ACTIVE)
    shop.run()
    found = crossed(shop, shop.owner)
    assert (found.down.key, found.across.key) == ("value", "active")
    pairs = [(shop.tier(one), active(shop, one)) for one in shop.customers]
    assert found.counts == {pair: pairs.count(pair) for pair in set(pairs)}
    assert [key for key, _ in found.rows] == ["gold", "silver", "rest"]
    assert [key for key, _ in found.columns] == ["in", "out", "not_enough_data"]
    with reading(shop.platform, shop.owner) as bench:
        for down, _ in found.rows:
            for across, _ in found.columns:
                tiers = (("value", down), ("active", across))
                shown = grid.listing(bench, Query("customers", tiers=tiers, limit=200))
                wanted = {
                    one
                    for one in shop.customers
                    if (shop.tier(one), active(shop, one)) == (down, across)
                }
                assert {row.id for row in shown.rows} == wanted
                assert shown.total == found.counts.get((down, across), 0) == len(wanted)
                # A strip counts what choosing its card lists: the other model's tier stays chosen.
                assert shown.sizes["value"][down] == shown.total
                assert sum(shown.sizes["value"].values()) == sum(key == across for _, key in pairs)


def test_only_visible_records_are_counted(shop: Shop) -> None:
    shop.apply(ACTIVE)
    shop.run()
    shop.limit(Role.ANALYST, "customers", {"==": [{"var": "city"}, "sh"]})
    found = crossed(shop, shop.people[Role.ANALYST])
    seen = [one for one, row in shop.customers.items() if row["city"] == "sh"]
    assert sum(found.counts.values()) == len(seen) > 0
    with reading(shop.platform, shop.people[Role.ANALYST]) as bench:
        for (down, across), count in found.counts.items():
            query = Query("customers", tiers=(("value", down), ("active", across)))
            assert grid.listing(bench, query).total == count


def test_the_model_across_is_chosen(shop: Shop) -> None:
    with reading(shop.platform, shop.owner) as bench:
        assert crossings(bench) == (), "one model alone crosses nothing"
    shop.apply(ACTIVE, NORTHERN)
    shop.run()
    found = crossed(shop, shop.owner, "northern")
    assert [one.key for one in found.choices] == ["active", "northern"]
    assert found.across.key == "northern"
    assert crossed(shop, shop.owner, "no_such_model").across.key == "active"
    beijing = sum(row["city"] == "bj" for row in shop.customers.values())
    assert sum(n for (_, across), n in found.counts.items() if across == "in") == beijing


def test_an_export_has_the_rows_of_both_tiers(shop: Shop, tmp_path: Path) -> None:
    """The job carries all pairs: what is asked for is what is written."""
    shop.apply(ACTIVE)
    shop.run()
    counts = crossed(shop, shop.owner).counts
    down, across = max(counts, key=lambda pair: counts[pair])
    tiers = (("value", down), ("active", across))
    number = requests.request(
        shop.platform, shop.owner, Query("customers", tiers=tiers), "csv", "en"
    )
    with shop.platform.database.reading() as uow:
        job = uow.jobs.get(number)
    told: list[tuple[int, int]] = []
    result = requests.work(
        shop.platform, shop.owner, job, lambda done, total: told.append((done, total))
    )
    assert isinstance(result, dict)
    assert result["rows"] == counts[down, across]
    assert told[-1] == (counts[down, across], counts[down, across])
    names = [
        down.capitalize(),
        across.capitalize() if across != "not_enough_data" else "Not enough data",
    ]
    assert f"{names[0]}-{names[1]}" in str(result["name"])
    written = shop.platform.folder / "jobs" / str(number) / "export.csv"
    rows = list(csv.reader(written.read_text("utf-8-sig").splitlines()))
    assert len(rows) - 1 == counts[down, across]


def test_a_job_from_before_has_one_pair(shop: Shop, tmp_path: Path) -> None:
    old = {
        "table": "customers",
        "rule": "true",
        "search": "",
        "sort": None,
        "tier": ["value", "gold"],
        "columns": [],
    }
    query = requests._query_from_json(old)
    with reading(shop.platform, shop.owner) as bench:
        rows = requests.write(
            bench, query, ExportKind.CSV, "en", tmp_path / "x.csv", lambda *_: None
        )
    assert rows == shop.sizes()["gold"]
