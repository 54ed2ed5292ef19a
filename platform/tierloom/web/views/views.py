"""/views and /views/<key>."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, Response, request

from tierloom.domain.people import Grant
from tierloom.domain.rules import EVERYBODY
from tierloom.domain.tables import RecordType
from tierloom.domain.views import View
from tierloom.rules.sentence import Sentence, sentence
from tierloom.services import grid, views
from tierloom.services.as_of import PastBench, Question
from tierloom.services.exports import requests
from tierloom.services.workbench import Workbench, reading
from tierloom.text import Label, T
from tierloom.web import hx
from tierloom.web.as_of import moment
from tierloom.web.data.inputs import GridState
from tierloom.web.data.listing import grid_page
from tierloom.web.i18n import locale
from tierloom.web.session import actor, platform
from tierloom.web.tiers.drawing import distribution

blueprint = Blueprint("views", __name__, url_prefix="/views")


@dataclass(frozen=True, slots=True)
class Listed:
    """A view in the list: how many records it has, its tiers or its filter in words."""

    view: View
    table: RecordType
    size: int
    chart: Sequence[Mapping[str, object]]
    words: Sentence | None


@blueprint.get("/")
def listing() -> Response:
    """List the views of the workspace with their sizes."""
    with reading(platform(), actor()) as bench:
        found = [_listed(bench, one) for one in views.for_actor(bench)]
        return hx.page(
            "views/list.html",
            views=found,
            may_save=actor().has(Grant.SAVE_VIEWS),
            may_share=actor().has(Grant.SHARE),
        )


def _listed(bench: Workbench, one: View) -> Listed:
    table = bench.published.table(one.record_type)
    matching = bench.matching(one.filter, table.key)
    size = int(matching.sum())
    chart: Sequence[Mapping[str, object]] = ()
    if one.tier_model:
        model = bench.published.tier_model(one.tier_model)
        sizes = grid.tier_sizes(bench, model, matching)
        chart = distribution(model, sizes, size, f"/views/{one.key}?tier=")
    words = None
    if one.filter != EVERYBODY:
        objects = bench.published.objects
        words = sentence(one.filter, table.key, bench.catalogue, objects, locale(), zone=bench.zone)
    return Listed(one, table, size, chart, words)


@blueprint.get("/<key>")
def view(key: str) -> Response:
    """Show a view: its list, and for a tier view its tiers."""
    with reading(platform(), actor()) as bench:
        found = views.named(bench, key)
        state = GridState.read(found.record_type, request.args)
        then = moment(bench, request.args, found.record_type)
        return grid_page(then, state, f"/views/{key}", view=found)


@blueprint.post("/save")
def save() -> Response:
    """Save the list at hand as a view."""
    state = GridState.read(request.form.get("table", ""), request.form)
    with reading(platform(), actor()) as bench:
        origin = bench.published.view(request.form["view"]) if request.form.get("view") else None
    made = views.save(
        platform(), actor(), views.from_query(request.form.get("name", ""), state.query(origin))
    )
    hx.toast(T("View saved."))
    return hx.redirect(f"/views/{made.key}")


@blueprint.post("/<key>/update")
def update(key: str) -> Response:
    """Save the filter, columns and order of the list at hand in its view, for everybody."""
    with reading(platform(), actor()) as bench:
        found = bench.published.view(key)
    query = GridState.read(found.record_type, request.form).query(found)
    order = (query.sort,) if query.sort else ()
    changed = replace(found, filter=query.rule, columns=query.columns, sort=order)
    views.change(platform(), actor(), changed)
    hx.toast(T("View saved."))
    return hx.redirect(f"/views/{key}")


@blueprint.post("/<key>/rename")
def rename(key: str) -> Response:
    """Give a view another name."""
    with reading(platform(), actor()) as bench:
        found = bench.published.view(key)
    words = {one: request.form.get(f"label_{one}", "").strip()[:100] for one in ("zh", "en")}
    if any(words.values()):
        views.change(platform(), actor(), replace(found, label=Label(words)))
        hx.toast(T("Saved."))
    else:
        hx.toast(T("A view needs a name."), "bad")
    return hx.redirect(f"/views/{key}")


@blueprint.post("/<key>/delete")
def delete(key: str) -> Response:
    """Put a view into the bin."""
    views.delete(platform(), actor(), key)
    hx.toast(T("Moved to the bin."), undo=f"/views/{key}/restore")
    return hx.redirect("/views/")


@blueprint.post("/<key>/restore")
def restore(key: str) -> Response:
    """Take a view out of the bin."""
    views.restore(platform(), actor(), key)
    hx.toast(T("Restored."))
    return hx.redirect(f"/views/{key}")


@blueprint.post("/export")
def export() -> Response:
    """Ask for a file of the list at hand, and show the job that makes it."""
    state = GridState.read(request.form.get("table", ""), request.form)
    with reading(platform(), actor()) as bench:
        shown = views.named(bench, request.form["view"]) if request.form.get("view") else None
        query = state.query(shown)
        then = moment(bench, request.form, state.table)
        past = then if isinstance(then, PastBench) else None
    job = requests.request(
        platform(),
        actor(),
        query,
        request.form.get("format", "xlsx"),
        locale(),
        view=shown.key if shown else None,
        day=past.day if past else None,
        question=past.question if past else Question.THEN,
    )
    return hx.redirect(f"/jobs/{job}")
