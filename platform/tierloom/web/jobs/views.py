"""/jobs and /jobs/<id>."""

from urllib.parse import urlencode

from flask import Blueprint, Response, request, send_file

from tierloom.domain.people import Grant
from tierloom.errors import NotFound
from tierloom.services import workspaces
from tierloom.services.exports import requests
from tierloom.services.jobs import schedules, work
from tierloom.services.jobs.work import KIND_NAMES, PER_PAGE, STATE_NAMES, JobView
from tierloom.store.jobs import OVER
from tierloom.text import T
from tierloom.web import hx
from tierloom.web.i18n import locale
from tierloom.web.jobs import scheduling
from tierloom.web.security import is_same_site_path
from tierloom.web.session import actor, platform
from tierloom.web.workspace import choices

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")
scheduling.attach(blueprint)

_PLACES = {"import": "/import/{}", "creation": "/start/{}"}
"""Where the thing is that a job works on, by its kind."""
_MOST_PAGES = 100_000


@blueprint.get("/")
def listing() -> Response:
    """List jobs at work, waiting and past, and for owners what is done at set times."""
    kind, state = request.args.get("kind", ""), request.args.get("state", "")
    page = _page_number(request.args.get("page", ""))
    found = work.listing(platform(), actor(), kind=kind, state=state, page=page)
    asked = {name: value for name, value in (("kind", kind), ("state", state)) if value}

    def address(number: int) -> str:
        return "/jobs/?" + urlencode({**asked, "page": number})

    manages = actor().has(Grant.MANAGE)
    return hx.page(
        "jobs/list.html",
        block="jobs_now",
        partials=("jobs_past",),
        found=found,
        asked=asked,
        kinds=[(one, KIND_NAMES[one]) for one in found.kinds],
        states=[(one, STATE_NAMES[one]) for one in OVER],
        address=address,
        first=PER_PAGE * (page - 1) + 1,
        schedules=schedules.listing(platform(), actor()) if manages else [],
        manages=manages,
        most=schedules.MOST,
        zone=workspaces.of(platform(), actor()).zone,
        zone_name=lambda one: choices.zone_label(one, locale()),
    )


def _page_number(text: str) -> int:
    return min(max(int(text), 1), _MOST_PAGES) if text.isdecimal() and len(text) < 7 else 1


@blueprint.get("/<int:job_id>")
def job(job_id: int) -> Response:
    """Show one job; while it runs, the page asks for its progress block again and again."""
    view = work.get(platform(), actor(), job_id)
    return hx.page(
        "jobs/job.html",
        block="job_state",
        view=view,
        place=_place(view),
        mine=view.job.actor == actor().account,
        has_file=view.job.state == "done" and _has_file(view),
        run=_run_of(view),
    )


def _place(view: JobView) -> str:
    payload = view.job.payload
    if view.job.kind not in _PLACES or not isinstance(payload, dict):
        return ""
    return _PLACES[view.job.kind].format(payload.get("batch"))


def _run_of(view: JobView) -> int | None:
    """Return the recalculation that a self-check has asked for."""
    result = view.job.result
    run = result.get("run") if view.job.kind == "check" and isinstance(result, dict) else None
    return run if isinstance(run, int) else None


def _has_file(view: JobView) -> bool:
    if view.job.actor != actor().account or not actor().has(Grant.EXPORT):
        return False
    return requests.file_of(platform(), actor(), view.job) is not None


@blueprint.post("/<int:job_id>/cancel")
def cancel(job_id: int) -> Response:
    """Ask a job to stop."""
    was_over = work.get(platform(), actor(), job_id).is_over
    work.cancel(platform(), actor(), job_id)
    if was_over:
        hx.toast(T("The job was over already."), "info")
    elif work.get(platform(), actor(), job_id).is_over:
        hx.toast(T("The job was cancelled."))
    else:
        hx.toast(T("The job will stop at its next step."), "info")
    return _back(job_id)


@blueprint.post("/<int:job_id>/again")
def again(job_id: int) -> Response:
    """Try a failed or cancelled job again."""
    now = work.try_again(platform(), actor(), job_id)
    hx.toast(T("The job is tried again."), "info")
    return _back(now)


def _back(job_id: int) -> Response:
    back = request.form.get("next", "")
    return hx.redirect(back if is_same_site_path(back) else f"/jobs/{job_id}")


@blueprint.get("/<int:job_id>/file")
def download(job_id: int) -> Response:
    """Hand over the file that an export made."""
    view = work.get(platform(), actor(), job_id)
    file = requests.file_of(platform(), actor(), view.job)
    if file is None:
        raise NotFound(T("This job made no file."))
    answer = send_file(file.path, as_attachment=True, download_name=file.name, max_age=0)
    answer.headers["Cache-Control"] = "no-store"
    return answer
