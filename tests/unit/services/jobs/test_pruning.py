"""The clean-up removes what ended long ago, and nothing else."""

from pathlib import Path

import pytest

from tests.unit.services.shop import Shop
from tierloom.jobs.worker import Worker, complete
from tierloom.services.jobs import pruning
from tierloom.services.settings import KEEP_JOBS_DAYS, Settings
from tierloom.services.workbench import writing
from tierloom.store.jobs import Job


def made(shop: Shop, kind: str, state: str = "done") -> int:
    """A job of another kind of work, with a file, in a state; returns its number."""
    now = shop.platform.now_ms()
    with shop.platform.database.writing() as uow:
        number = uow.jobs.enqueue(shop.workspace, kind, {}, shop.owner.account)
        if state == "cancelled":
            uow.jobs.request_cancel(number)
        if state in ("running", "done", "failed"):
            assert uow.jobs.claim((kind,), "w", 10**9, now, only=number)
        if state == "done":
            uow.jobs.finish(number, None, now)
        if state == "failed":
            uow.jobs.fail(number, "{}", retry=False, at=now)
    folder(shop, number).mkdir(parents=True)
    (folder(shop, number) / "export.csv").write_text("13800138000")
    return number


def folder(shop: Shop, number: int) -> Path:
    return shop.platform.folder / "jobs" / str(number)


def clean(shop: Shop) -> Job:
    with writing(shop.platform, shop.owner) as bench:
        number = pruning.enqueue(bench)
    return complete(shop.platform, number)


def left(shop: Shop) -> set[int]:
    with shop.platform.database.reading() as uow:
        return {one.id for one in uow.jobs.recent(shop.workspace, 500)}


def test_old_jobs_go_with_their_files(any_shop: Shop) -> None:
    shop = any_shop
    Worker(shop.platform).run_until_done()
    old = {made(shop, "audit", state) for state in ("done", "failed")}
    waits, runs = made(shop, "audit", "queued"), made(shop, "audit", "running")
    latest = made(shop, "other")
    shop.clock.pass_by(days=2)
    young = made(shop, "audit")
    made(shop, "last")
    shop.clock.pass_by(days=KEEP_JOBS_DAYS - 1)
    before = left(shop)
    job = clean(shop)
    assert job.result == {"jobs": 2, "folders": 3, "days": 90}
    assert before - left(shop) == old
    assert {waits, runs, young, latest} <= left(shop)
    kept = [one for one in left(shop) if folder(shop, one).exists()]
    assert {waits, runs, young} <= set(kept)
    assert latest not in kept, "the latest of its kind stays listed, but its file goes"
    again = clean(shop)
    assert isinstance(again.result, dict)
    assert (again.result["jobs"], again.result["folders"]) == (0, 0)


def test_a_link_is_not_followed(shop: Shop, tmp_path: Path) -> None:
    Worker(shop.platform).run_until_done()
    number = made(shop, "audit")
    made(shop, "audit")
    (folder(shop, number) / "export.csv").unlink()
    folder(shop, number).rmdir()
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("stays")
    folder(shop, number).symlink_to(precious)
    shop.clock.pass_by(days=KEEP_JOBS_DAYS + 1)
    clean(shop)
    assert number not in left(shop)
    assert (precious / "file").read_text() == "stays"


def test_another_workspace_is_left_alone(shop: Shop) -> None:
    with shop.platform.database.writing() as uow:
        other = uow.workspaces.create("other", "Other", "en", "UTC", "EUR").id
        numbers = [uow.jobs.enqueue(other, "audit", {}, 0) for _ in range(2)]
        for one in numbers:
            uow.jobs.claim(("audit",), "w", 30, shop.platform.now_ms(), only=one)
            uow.jobs.finish(one, None, shop.platform.now_ms())
    shop.clock.pass_by(days=KEEP_JOBS_DAYS + 1)
    clean(shop)
    with shop.platform.database.reading() as uow:
        assert len(uow.jobs.recent(other)) == 2


@pytest.mark.parametrize(
    ("said", "days"),
    [("", 90), ("30", 30), ("0", 90), ("-5", 90), ("forever", 90), ("9" * 40, 36_500)],
)
def test_how_long_can_be_set(said: str, days: int) -> None:
    found = Settings.read({"TIERLOOM_KEEP_JOBS_DAYS": said} if said else {})
    assert found.keep_jobs_days == days
