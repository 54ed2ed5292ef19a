"""Jobs as people see them: who sees which, what they say, stopping one and trying one again."""

import pytest

from tests.unit.services.shop import Shop
from tierloom.domain.people import Role
from tierloom.domain.rules import Json
from tierloom.errors import Conflict, NotFound
from tierloom.jobs import kinds
from tierloom.jobs.worker import Worker
from tierloom.services.jobs import work
from tierloom.services.jobs.work import PER_PAGE, JobView
from tierloom.store.jobs import MAX_TROUBLES
from tierloom.text import Translator


@pytest.fixture
def quiet(shop: Shop) -> Shop:
    Worker(shop.platform).run_until_done()
    return shop


def enqueue(shop: Shop, kind: str = "run", role: Role = Role.OWNER) -> int:
    with shop.platform.database.writing() as uow:
        return uow.jobs.enqueue(shop.workspace, kind, {}, shop.people[role].account)


def view(shop: Shop, number: int) -> JobView:
    return work.get(shop.platform, shop.owner, number)


def ended(shop: Shop, kind: str, state: str, result: Json = None, actor: Role = Role.OWNER) -> int:
    number, now = enqueue(shop, kind, actor), shop.platform.now_ms()
    with shop.platform.database.writing() as uow:
        uow.jobs.claim((kind,), "w", 30, now, only=number)
        if state == "done":
            uow.jobs.finish(number, result, now + 3_000)
        elif state == "failed":
            said = '{"message": "It broke.", "params": {}, "plural": ""}'
            uow.jobs.fail(number, said, retry=False, at=now + 3_000)
        else:
            uow.jobs.cancel(number, now + 3_000)
    return number


def test_owners_see_all_and_others_their_own(quiet: Shop) -> None:
    shop = quiet
    mine = ended(shop, "export", "done", {"rows": 3}, Role.DATA_ADMIN)
    found = work.listing(shop.platform, shop.people[Role.DATA_ADMIN])
    assert [one.job.id for one in found.past] == [mine]
    assert work.listing(shop.platform, shop.people[Role.VIEWER]).past == []
    assert mine in [one.job.id for one in work.listing(shop.platform, shop.owner).past]
    with pytest.raises(NotFound):
        work.get(shop.platform, shop.people[Role.VIEWER], mine)


def test_filters_and_pages(quiet: Shop) -> None:
    shop = quiet
    states = ("done", "failed", "cancelled")
    numbers = {one: [ended(shop, "export", one) for _ in range(9)] for one in states}

    def listed(**asked: object) -> list[int]:
        found = work.listing(shop.platform, shop.owner, **asked)  # type: ignore[arg-type]
        return [one.job.id for one in found.past]

    for state, mine in numbers.items():
        assert listed(kind="export", state=state) == mine[::-1]
    everything = sorted((one for mine in numbers.values() for one in mine), reverse=True)
    assert listed(kind="export") == everything[:PER_PAGE]
    assert listed(kind="export", page=2) == everything[PER_PAGE:]
    assert listed(kind="export", page=9) == []
    found = work.listing(shop.platform, shop.owner, kind="export")
    assert (found.total, found.pages) == (27, 2)
    assert work.listing(shop.platform, shop.owner, kind="no such kind", state="queued").total >= 27
    assert listed(kind="sample") == []


def test_the_one_that_runs_comes_first(quiet: Shop) -> None:
    shop = quiet
    waits, runs = enqueue(shop), enqueue(shop, "export")
    with shop.platform.database.writing() as uow:
        uow.jobs.claim(("export",), "w", 30, shop.platform.now_ms())
    found = work.listing(shop.platform, shop.owner)
    assert [one.job.id for one in found.now] == [runs, waits]


@pytest.mark.parametrize(
    ("kind", "result", "said"),
    [
        ("run", {"value": {"sizes": {}, "moves": 7}, "age": {"moves": 5}},
         ["12 moves between tiers.", "2 tier models were calculated."]),
        ("run", {"value": {"moves": 1}}, ["1 move between tiers.", "1 tier model was calculated."]),
        ("import", {"rows": 1200, "created": 1000, "updated": 150, "unchanged": 40, "rejected": 10},
         ["1,200 rows read.", "1,000 new, 150 changed, 40 unchanged, 10 rejected."]),
        ("import", {"removed": 3, "restored": 2, "kept": 1}, ["3 removed, 2 restored, 1 kept."]),
        ("creation", {"7": {"rows": 3}}, []),
        ("export", {"file": "export.csv", "rows": 1}, ["1 row is in the file."]),
        ("check", {"differences": 0}, ["Every stored tier is what a full recalculation gives."]),
        ("cleanup", {"jobs": 2, "days": 90}, ["2 jobs that ended more than 90 days ago were removed."]),
        ("sample", {"customers": 5}, []),
        ("run", None, ["Nobody has moved.", "0 tier models were calculated."]),
    ],
)  # fmt: skip
def test_what_it_has_done(quiet: Shop, kind: str, result: Json, said: list[str]) -> None:
    found = view(quiet, ended(quiet, kind, "done", result))
    assert [str(one) for one in found.outcome] == said
    assert found.seconds == 3


def test_what_a_self_check_found(quiet: Shop) -> None:
    label: Json = {"zh": "价值", "en": "Value"}
    rows: Json = {"value": {"label": label, "records": 9, "differences": 2}}
    number = ended(quiet, "check", "done", {"models": rows, "differences": 2, "run": 4})
    [found] = view(quiet, number).checked
    assert (found.label.read("zh"), found.records, found.differences) == ("价值", 9, 2)
    assert "2 records are in another tier" in str(view(quiet, number).outcome[0])


@pytest.mark.parametrize("kind", work.KIND_NAMES)
def test_every_kind_says_what_is_left_and_what_to_do(quiet: Shop, kind: str) -> None:
    cancelled = view(quiet, ended(quiet, kind, "cancelled"))
    failed = view(quiet, ended(quiet, kind, "failed"))
    chinese = Translator("zh_Hans_CN")
    for text in (cancelled.name, cancelled.left_behind, failed.advice):
        assert chinese.read(text) != str(text), "it has a translation"
    assert set(kinds.KINDS) == set(work.KIND_NAMES)


def test_stopping_is_seen(quiet: Shop) -> None:
    number = enqueue(quiet)
    with quiet.platform.database.writing() as uow:
        uow.jobs.claim(("run",), "w", 30, quiet.platform.now_ms())
    work.cancel(quiet.platform, quiet.owner, number)
    found = view(quiet, number)
    assert (found.is_stopping, found.is_over, str(found.state)) == (True, False, "Stopping …")


def test_a_failed_job_is_tried_again(quiet: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three times something unforeseen, and it stops; somebody asks again, and it has three more tries."""
    shop, tries = quiet, []

    def broken(task: kinds.Task) -> Json:
        tries.append(task.job.attempt)
        if len(tries) <= MAX_TROUBLES + 1:
            raise RuntimeError("broken")
        return {}

    monkeypatch.setitem(kinds.KINDS, "export", broken)  # type: ignore[misc]
    number = enqueue(shop, "export", Role.DATA_ADMIN)
    worker = Worker(shop.platform)

    def go_on() -> None:
        for _ in range(4):
            worker.run_until_done()
            shop.clock.pass_by(minutes=2)

    worker.run_until_done()
    found = view(shop, number)
    assert (found.is_retried, str(found.state)) == (True, "Trying again soon")
    with pytest.raises(Conflict):
        work.try_again(shop.platform, shop.owner, number)
    go_on()
    assert (view(shop, number).job.state, tries) == ("failed", [1, 2, 3])
    with pytest.raises(NotFound):
        work.try_again(shop.platform, shop.people[Role.ANALYST], number)
    work.try_again(shop.platform, shop.people[Role.DATA_ADMIN], number)
    found = view(shop, number)
    assert (found.job.state, found.error, found.ended) == ("queued", None, None)
    go_on()
    assert (view(shop, number).job.state, tries) == ("done", [1, 2, 3, 1, 2])
    with pytest.raises(Conflict):
        work.try_again(shop.platform, shop.owner, number)


def test_a_cancelled_job_is_asked_for_once_more_and_stays_as_it_was(quiet: Shop) -> None:
    shop = quiet
    number = ended(shop, "check", "cancelled")
    assert view(shop, number).is_repeatable
    with pytest.raises(NotFound):
        work.try_again(shop.platform, shop.people[Role.DATA_ADMIN], number)
    again = work.try_again(shop.platform, shop.owner, number)
    assert again != number
    job = view(shop, again).job
    assert (job.kind, job.state, job.actor) == ("check", "queued", shop.owner.account)
    assert job.payload == view(shop, number).job.payload
    assert view(shop, number).job.state == "cancelled"
    Worker(shop.platform).run_until_done()
    assert view(shop, again).job.state == "done"


@pytest.mark.parametrize(
    ("kind", "state"), [("import", "cancelled"), ("sample", "cancelled"), ("check", "done")]
)
def test_what_cannot_be_tried_again(quiet: Shop, kind: str, state: str) -> None:
    number = ended(quiet, kind, state)
    assert not view(quiet, number).is_repeatable
    with pytest.raises(Conflict):
        work.try_again(quiet.platform, quiet.owner, number)


def test_one_whose_worker_died_time_and_again_says_so(quiet: Shop) -> None:
    number = enqueue(quiet)
    for _ in range(MAX_TROUBLES + 1):
        with quiet.platform.database.writing() as uow:
            uow.jobs.give_up(quiet.platform.now_ms())
            uow.jobs.claim(("run",), "dead", 30, quiet.platform.now_ms())
        quiet.clock.pass_by(minutes=1)
    found = view(quiet, number)
    assert found.job.state == "failed"
    assert "3 times" in str(found.error)
    assert "Nothing is half done" in str(found.advice)
