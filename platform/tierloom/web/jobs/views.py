"""/jobs and /jobs/<id>."""

from flask import Blueprint, Response, request, send_file

from tierloom.errors import NotFound
from tierloom.services import work
from tierloom.services.exports import requests
from tierloom.text import T
from tierloom.web import hx
from tierloom.web.security import is_same_site_path
from tierloom.web.session import actor, platform

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")


@blueprint.get("/")
def listing() -> Response:
    """List the latest jobs."""
    return hx.page("jobs/list.html", jobs=work.recent(platform(), actor()))


@blueprint.get("/<int:job_id>")
def job(job_id: int) -> Response:
    """Show one job; while it runs, the page asks for its progress block again and again."""
    return hx.page("jobs/job.html", block="job_state", view=work.get(platform(), actor(), job_id))


@blueprint.post("/<int:job_id>/cancel")
def cancel(job_id: int) -> Response:
    """Ask a job to stop."""
    work.cancel(platform(), actor(), job_id)
    hx.toast(T("The job will stop at its next step."), "info")
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
