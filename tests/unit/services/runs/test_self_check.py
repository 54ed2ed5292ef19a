"""The self-check finds records that are stored in a wrong tier, and asks for a run that puts them right."""

from sqlalchemy import insert

from tests.unit.services.shop import Shop
from tierloom.jobs.worker import Worker, complete
from tierloom.services.runs import recalculation, self_check
from tierloom.services.workbench import reading, writing
from tierloom.store.jobs import Job
from tierloom.store.schema.results import moves


def check(shop: Shop) -> Job:
    with writing(shop.platform, shop.owner) as bench:
        number = self_check.enqueue(bench)
    return complete(shop.platform, number)


def spoil(shop: Shop) -> list[int]:
    """Move some customers out of gold behind everybody's back; returns their ids."""
    chosen = [one for one in shop.customers if shop.tier(one) == "gold"][:4]
    with shop.platform.database.writing() as uow:
        document = uow.documents.find(shop.workspace, "tier_model", "value")
        assert document is not None
        now = shop.platform.now_ms()
        for one in chosen:
            uow.connection.execute(
                insert(moves).values(
                    workspace_id=shop.workspace, object_id=document.id, run_id=0, record_id=one,
                    origin=0, target=2, cause="edit", rule_version=1, effective_at=now, recorded_at=now,
                )
            )  # fmt: skip
    return chosen


def test_nothing_is_found_where_all_is_well(any_shop: Shop) -> None:
    shop = any_shop
    Worker(shop.platform).run_until_done()
    job = check(shop)
    label = {"zh": "价值", "en": "Value"}
    assert job.result == {
        "models": {"value": {"label": label, "records": len(shop.customers), "differences": 0}},
        "differences": 0,
        "run": None,
    }  # fmt: skip


def test_differences_are_counted_and_put_right(any_shop: Shop) -> None:
    shop = any_shop
    Worker(shop.platform).run_until_done()
    chosen = spoil(shop)
    assert chosen
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model("value")
        codes = dict(zip(bench.columns("customers").ids.tolist(), bench.codes(model), strict=True))
        assert [codes[one] for one in chosen] == [2] * len(chosen)
    job = check(shop)
    assert isinstance(job.result, dict)
    assert job.result["differences"] == len(chosen)
    with shop.platform.database.reading() as uow:
        run = uow.jobs.get(int(str(job.result["run"])))
    assert run is not None
    assert (run.kind, run.payload) == ("run", {"cause": "check"})
    Worker(shop.platform).run_until_done()
    with reading(shop.platform, shop.owner) as bench:
        codes = dict(zip(bench.columns("customers").ids.tolist(), bench.codes(model), strict=True))
        document = bench.published.documents["tier_model", "value"].id
        last = bench.uow.results.moves(document)[-len(chosen) :]
    assert [codes[one] for one in chosen] == [0] * len(chosen)
    assert {(one.record, one.cause) for one in last} == {(one, "check") for one in chosen}
    after = check(shop)
    assert isinstance(after.result, dict)
    assert after.result["differences"] == 0


def test_it_waits_for_a_run(shop: Shop) -> None:
    Worker(shop.platform).run_until_done()
    with writing(shop.platform, shop.owner) as bench:
        number = self_check.enqueue(bench)
        assert self_check.enqueue(bench) == number
        recalculation.enqueue(bench, "edit")
    worker = Worker(shop.platform)
    worker.run_one(number)
    assert _job(shop, number).state == "queued"
    assert _job(shop, number).error
    worker.run_until_done()
    shop.clock.pass_by(seconds=5)
    worker.run_until_done()
    assert _job(shop, number).state == "done"


def _job(shop: Shop, number: int) -> Job:
    with shop.platform.database.reading() as uow:
        found = uow.jobs.get(number)
    assert found is not None
    return found
