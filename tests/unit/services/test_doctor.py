"""The doctor finds what is wrong, and nothing where all is well."""

import numpy as np

from tests.unit.services.shop import Shop
from tierloom.engine.results import Moves
from tierloom.jobs.worker import Worker
from tierloom.services.doctor import examine
from tierloom.services.runs import recalculation
from tierloom.services.workbench import writing


def bad(shop: Shop) -> list[str]:
    return [one.what for one in examine(shop.platform) if not one.good]


def test_a_healthy_shop(any_shop: Shop) -> None:
    found = [one.what for one in examine(any_shop.platform)]
    assert bad(any_shop) == []
    assert (
        f"shop/customers: {len(any_shop.customers)} records, {len(any_shop.customers)} in the columns"
        in found
    )
    assert any(one.startswith("shop/value: 0 records not in the tier") for one in found)


def test_tiers_that_are_wrong(any_shop: Shop) -> None:
    """Somebody has written a move by hand; the next run of everybody puts it right."""
    shop = any_shop
    gold = next(one for one in shop.customers if shop.tier(one) == "gold")
    moves = Moves(np.array([gold]), np.array([0], np.int8), np.array([1], np.int8))
    with writing(shop.platform, shop.owner) as bench:
        number = bench.published.documents["tier_model", "value"].id
        bench.uow.results.append_moves(shop.workspace, number, 1, 0, "edit", bench.uow.now, moves)
    [found] = bad(shop)
    assert found == "shop/value: 1 records not in the tier that a full run gives"
    with writing(shop.platform, shop.owner) as bench:
        recalculation.enqueue(bench, recalculation.CHECK)
    Worker(shop.platform).run_until_done()
    assert bad(shop) == []


def test_a_job_whose_worker_has_died(shop: Shop) -> None:
    with shop.platform.database.writing() as uow:
        uow.jobs.enqueue(shop.workspace, "run", {}, 0)
        assert uow.jobs.claim(("run",), "dead", 30, shop.platform.now_ms())
    assert bad(shop) == []
    shop.clock.pass_by(minutes=1)
    [found] = bad(shop)
    assert found.endswith("1 lost their worker")


def test_a_rule_that_no_longer_compiles(shop: Shop) -> None:
    """Someone has changed the database by hand: the doctor says what, and goes on."""
    with writing(shop.platform, shop.owner) as bench:
        known = bench.uow.documents.find(shop.workspace, "segment", "north")
        assert known is not None
        body = (known.published or "").replace("city", "town")
        saved = bench.uow.documents.save_draft(known.id, body, known.version, 0)
        bench.uow.documents.publish(saved.id, saved.version, 0)
    [found] = bad(shop)
    assert "north" in found.lower()
    assert "town" in found
