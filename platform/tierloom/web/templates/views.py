"""/start/templates: choose a template, look over what it would make of the data, make the draft."""

from flask import Blueprint, Response, request

from tierloom.domain.people import Grant
from tierloom.errors import Conflict, Invalid, Problem
from tierloom.services import authorize
from tierloom.services.templates import creating, plans
from tierloom.services.templates.plans import Choices
from tierloom.services.workbench import Workbench, reading
from tierloom.text import T
from tierloom.web import hx
from tierloom.web.session import actor, platform
from tierloom.web.templates import words

blueprint = Blueprint("templates", __name__, url_prefix="/start/templates")
PLACES = {"tier_model": "/tiers", "label_set": "/labels"}


@blueprint.get("")
def index() -> Response:
    """Show all templates."""
    authorize.require(actor(), Grant.DRAFT_RULES)
    with reading(platform(), actor()) as bench:
        found = plans.offered(bench)
        return hx.page(
            "templates/list.html",
            offered=[(one, *words.fitting(fit)) for one, fit in found],
            tables=len(bench.catalogue.tables),
        )


@blueprint.get("/<name>")
def template(name: str) -> Response:
    """Lay a template over a table."""
    authorize.require(actor(), Grant.DRAFT_RULES)
    with reading(platform(), actor()) as bench:
        if not bench.catalogue.tables:
            return _without_tables(name)
        return _page(bench, name, Choices(request.args))


@blueprint.post("/<name>/look")
def look(name: str) -> Response:
    """Show what was changed; nothing is stored."""
    with reading(platform(), actor()) as bench:
        return _page(bench, name, Choices(request.form))


@blueprint.post("/<name>")
def create(name: str) -> Response:
    """Make the draft, and the calculated fields that it needs."""
    choices = Choices(request.form)
    try:
        made = creating.create(platform(), actor(), name, choices)
    except Invalid as error:
        with reading(platform(), actor()) as bench:
            return _page(bench, name, choices, error.problems, 422)
    except Conflict as error:
        hx.toast(error.text, "warn")
        return hx.redirect(f"/start/templates/{name}")
    if made.added:
        labels = [one.label for one in made.added]
        hx.toast(T("Draft created. Added to the table: %(fields)s.", fields=labels))
    else:
        hx.toast(T("Draft created. Nothing is published yet."))
    return hx.redirect(f"{PLACES[made.kind]}/{made.key}")


@blueprint.post("/<name>/tables")
def create_tables(name: str) -> Response:
    """Make the tables and forms that come with a template."""
    try:
        table = creating.create_tables(platform(), actor(), name)
    except Invalid as error:
        hx.toast(error.text, "warn")
        return hx.redirect(f"/start/templates/{name}")
    hx.toast(
        T("Table and form created."), href=f"/data/{table}/new", link=T("Add the first record")
    )
    return hx.redirect(f"/start/templates/{name}?table={table}")


def _without_tables(name: str) -> Response:
    return hx.page("templates/empty.html", template=plans.template_named(name))


def _page(
    bench: Workbench,
    name: str,
    choices: Choices,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> Response:
    laid = plans.plan(bench, name, choices)
    seen = problems or laid.problems
    return hx.page(
        "templates/template.html",
        block="plan",
        status=status,
        plan=laid,
        template=laid.template,
        tables=[(one.key, one.label) for one in bench.catalogue],
        options={one.figure.key: words.options(one) for one in laid.held},
        chosen={one.figure.key: words.chosen(one) for one in laid.held},
        measures={one.parameter.key: words.measure(one, laid) for one in laid.thresholds},
        units={one.parameter.key: words.unit(one, laid.template) for one in laid.thresholds},
        chart=words.chart(laid),
        centres=words.centres(laid),
        is_labels=laid.sheet.kind == "label_set",
        has_tables=creating.comes_with_tables(bench, laid.template),
        wrong={one.pointer.lstrip("/"): one.message for one in seen},
        problems=[one for one in seen if not one.pointer.startswith(("/number.", "/field."))],
    )
