"""/samples/<name>: opening a sample, its progress, files to practise with; removing the one at hand."""

from io import BytesIO

from flask import Blueprint, Response, request, send_file

from tierloom.domain.people import Grant
from tierloom.services import authorize
from tierloom.services.demo import opening
from tierloom.services.demo.names import Lang
from tierloom.services.demo.practice import practice_file
from tierloom.services.jobs.work import find
from tierloom.services.workbench import reading
from tierloom.text import T
from tierloom.web import hx, i18n
from tierloom.web.session import COOKIE, actor, platform

blueprint = Blueprint("samples", __name__, url_prefix="/samples")


def _language() -> Lang:
    return "en" if i18n.locale() == "en" else "zh"


@blueprint.post("/<name>")
def open(name: str) -> Response:  # noqa: A001 - the endpoint is samples.open
    """Go to one's workspace with a sample; where there is none yet, it is made and loaded."""
    secret = request.cookies.get(COOKIE, "")
    opened = opening.open_sample(platform(), actor(), secret, name, _language())
    return hx.redirect(f"/samples/{name}" if opened.job else "/")


@blueprint.get("/<name>")
def progress(name: str) -> Response:
    """Show how far the loading is, and go to the sample's Overview once it is there."""
    authorize.require(actor(), Grant.MANAGE)
    trade = opening.trade_named(name)
    with reading(platform(), actor()) as bench:
        here = trade.mark in bench.workspace.marks
        job = opening.last_job(bench.uow, bench.workspace.id) if here else None
        view = find(bench, job.id) if job else None
    if view is None or view.job.state == "done":
        if view is not None:
            hx.toast(T("The sample is ready. Change whatever you like: it is yours."))
        return hx.redirect("/")
    return hx.page("samples/progress.html", block="progress", trade=trade, view=view)


@blueprint.get("/<name>/practice")
def practice(name: str) -> Response:
    """Hand over files like those that people have, to practise importing with."""
    authorize.require(actor(), Grant.READ)
    with reading(platform(), actor()) as bench:
        today = bench.context.today
    file = practice_file(opening.trade_named(name).key, _language(), today)
    answer = send_file(
        BytesIO(file.body), file.media_type, as_attachment=True, download_name=file.name, max_age=0
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/remove")
def remove() -> Response:
    """Delete the sample that one is in, and go where one belongs besides."""
    opening.remove_sample(platform(), actor())
    hx.toast(T("The sample is removed. You can open it again at any time."))
    return hx.redirect("/")
