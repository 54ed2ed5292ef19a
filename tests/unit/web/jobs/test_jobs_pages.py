"""The pages of jobs and schedules: lists, filters, why one failed, and forms that say what is wrong where."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.shop import Shop
from tierloom.domain.rules import Json
from tierloom.services.access.accounts import actor_named
from tierloom.services.jobs import schedules
from tierloom.services.jobs.work import job_folder


@pytest.fixture
def clean(shop: Shop) -> Iterator[None]:
    """Schedules that a test adds are gone afterwards."""
    yield
    actor = actor_named(shop.platform, "demo", None)
    for one in schedules.listing(shop.platform, actor):
        schedules.delete(shop.platform, actor, one.schedule.id, one.schedule.version)


def ended(shop: Shop, kind: str, state: str, result: Json = None, login: str | None = None) -> int:
    actor, now = actor_named(shop.platform, "demo", login), shop.platform.now_ms()
    with shop.platform.database.writing() as uow:
        number = uow.jobs.enqueue(actor.workspace, kind, {"batch": 7}, actor.account)
        uow.jobs.claim((kind,), "w", 30, now, only=number)
        if state == "failed":
            said = '{"message": "It broke.", "params": {}, "plural": ""}'
            uow.jobs.fail(number, said, retry=False, at=now)
        elif state == "cancelled":
            uow.jobs.progress(number, 1_200, 5_000, now)
            uow.jobs.cancel(number, now)
        else:
            uow.jobs.finish(number, result, now)
    return number


def posted(client: FlaskClient, address: str, **form: str) -> str:
    """Send a form; return the page that follows it, or that answers it."""
    answer = client.post(address, data=form)
    if answer.status_code == 303:
        return client.get(answer.headers["Location"].partition("#")[0]).text
    return answer.text


def test_past_jobs_can_be_filtered(shop: Shop, owner: FlaskClient) -> None:
    failed, done = ended(shop, "export", "failed"), ended(shop, "export", "done", {"rows": 3})
    both = owner.get("/jobs/?kind=export").text
    assert f'href="/jobs/{failed}"' in both
    assert f'href="/jobs/{done}"' in both
    assert "3 rows are in the file." in both
    one = owner.get("/jobs/?kind=export&state=failed").text
    assert f'href="/jobs/{failed}"' in one
    assert f'href="/jobs/{done}"' not in one
    assert "No job like that has run." in owner.get("/jobs/?kind=creation&state=cancelled").text
    for odd in ("kind=x", "state=running", "page=0", "page=-1", "page=x", "page=99999999999"):
        assert owner.get(f"/jobs/?{odd}").status_code == 200, odd


def test_a_failed_job_says_why_and_can_be_tried_again(shop: Shop, owner: FlaskClient) -> None:
    number = ended(shop, "import", "failed")
    page = owner.get(f"/jobs/{number}").text
    assert "It broke." in page
    assert "none is there twice" in page
    assert 'href="/import/7"' in page
    page = posted(owner, f"/jobs/{number}/again")
    assert "The job is tried again." in page
    assert "Waiting" in page
    page = posted(owner, f"/jobs/{number}/cancel")
    assert "The job was cancelled." in page
    assert "The job was over already." in posted(owner, f"/jobs/{number}/cancel")
    assert owner.post(f"/jobs/{number}/again").status_code == 409


def test_a_cancelled_job_says_what_is_left(shop: Shop, owner: FlaskClient) -> None:
    page = owner.get(f"/jobs/{ended(shop, 'import', 'cancelled')}").text
    assert "It had done 1,200 of 5,000." in page
    assert "Rows that were stored before it stopped stay." in page
    assert 'id="try-again"' not in page, "an import goes on from its own page"


def test_a_cancelled_job_can_be_asked_for_again(shop: Shop, owner: FlaskClient) -> None:
    number = ended(shop, "check", "cancelled")
    page = owner.get(f"/jobs/{number}").text
    assert "The tiers were not compared to the end." in page
    assert 'id="try-again"' in page
    answer = owner.post(f"/jobs/{number}/again")
    again = answer.headers["Location"]
    assert again != f"/jobs/{number}"
    page = owner.get(again).text
    assert "The job is tried again." in page
    assert "Waiting" in page
    owner.post(f"{again}/cancel")


def test_a_running_job_is_looked_at_again(shop: Shop, owner: FlaskClient) -> None:
    actor = actor_named(shop.platform, "demo", None)
    with shop.platform.database.writing() as uow:
        number = uow.jobs.enqueue(actor.workspace, "export", {}, actor.account)
        uow.jobs.claim(("export",), "w", 30, shop.platform.now_ms(), only=number)
    part = owner.get("/jobs/", headers={"HX-Request": "true"}).text
    assert part.startswith('<div id="jobs-now" hx-get="/jobs/?page=1"')
    assert 'hx-target="#jobs-past"' in part
    assert "<html" not in part
    page = posted(owner, f"/jobs/{number}/cancel", next="/jobs/")
    assert "The job will stop at its next step." in page
    assert "Stopping …" in page
    assert f'id="cancel-{number}"' not in page
    with shop.platform.database.writing() as uow:
        uow.jobs.cancel(number, shop.platform.now_ms())


def test_a_file_that_is_gone(shop: Shop, owner: FlaskClient) -> None:
    found: Json = {"file": "export.csv", "name": "a.csv", "rows": 1}
    theirs = ended(shop, "export", "done", found)
    assert "Only whoever asked for the file can download it." in owner.get(f"/jobs/{theirs}").text
    number = ended(shop, "export", "done", found, "owner-of-tests")
    folder = job_folder(shop.platform, number)
    folder.mkdir(parents=True)
    (folder / "export.csv").write_text("x")
    assert f'href="/jobs/{number}/file"' in owner.get(f"/jobs/{number}").text
    (folder / "export.csv").unlink()
    page = owner.get(f"/jobs/{number}").text
    assert "The file is no longer kept." in page
    assert owner.get(f"/jobs/{number}/file").status_code == 404


def test_what_a_self_check_found(shop: Shop, owner: FlaskClient) -> None:
    label: Json = {"zh": "价值", "en": "Value"}
    models: Json = {"value": {"label": label, "records": 2000, "differences": 12}}
    number = ended(shop, "check", "done", {"models": models, "differences": 12, "run": 5})
    page = owner.get(f"/jobs/{number}").text
    assert "12 records are in another tier" in page
    assert 'href="/jobs/5"' in page
    assert re.search(r"Value</th><td class=\"num\">2,000</td><td class=\"num\">12</td>", page)


@pytest.mark.usefixtures("clean")
def test_a_schedule_from_beginning_to_end(shop: Shop, owner: FlaskClient) -> None:
    form = {"kind": "check", "every": "week", "weekday": "1", "at": "09:30", "zone": "Asia/Tokyo"}
    page = posted(owner, "/jobs/schedules", **form)
    assert "every Monday at 09:30" in page
    assert "(Japan Time)" in page
    assert "Next: " in page
    address = re.findall(r'href="(/jobs/schedules/\d+)"', page)[0]
    asked = owner.get(address).text
    assert 'id="every-week" name="every" value="week" checked' in asked
    assert 'name="at" value="09:30"' in asked
    changed = {**form, "every": "expression", "expression": "0 6,18 * * *", "version": "1"}
    assert "every day at 06:00, 18:00" in posted(owner, address, **changed)
    assert owner.post(address, data=changed).status_code == 409
    page = posted(owner, f"{address}/pause", version="2")
    assert "It waits until somebody resumes it." in page
    assert "It waits until" not in posted(owner, f"{address}/resume", version="3")
    page = posted(owner, f"{address}/delete", version="4")
    assert f'{address}/restore"' in page, "the message can take it back"
    assert f'<a class="row-link" href="{address}"' not in page
    assert f'<a class="row-link" href="{address}"' in posted(owner, f"{address}/restore")


@pytest.mark.parametrize(
    ("form", "control", "message"),
    [
        ({"every": "hour", "minute": "77"}, "minute", "cannot be read"),
        ({"every": "day", "at": "25:00"}, "at", "cannot be read"),
        ({"every": "expression", "expression": "often"}, "expression", "Write five parts"),
        ({"every": "expression", "expression": "* * * * *"}, "expression", "more often than every 5"),
        ({"every": "day", "zone": "Atlantis"}, "zone", "no time zone"),
        ({"kind": "<b>x</b>"}, "kind", "There is no kind of schedule “&lt;b&gt;x&lt;/b&gt;”"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_control(
    owner: FlaskClient, form: dict[str, str], control: str, message: str
) -> None:
    answer = owner.post("/jobs/schedules", data={"kind": "check", "zone": "UTC", **form})
    assert answer.status_code == 422
    [said] = re.findall(rf'id="{control}-error".*?<span>(.*?)</span>', answer.text, re.DOTALL)
    assert message in said
