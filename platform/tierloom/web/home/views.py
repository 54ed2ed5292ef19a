"""GET /."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request

from tierloom.domain.people import Grant
from tierloom.services.checklist import checklist
from tierloom.services.crossing import crossings
from tierloom.services.overview import Overview, overview
from tierloom.services.thresholds import trial
from tierloom.services.workbench import Workbench, reading
from tierloom.services.workspaces import SAMPLE
from tierloom.web import hx
from tierloom.web.home.crossings import heat
from tierloom.web.home.figures import cards
from tierloom.web.home.histogram import Histogram, histogram
from tierloom.web.home.sankey import moved_address, sankey
from tierloom.web.i18n import read
from tierloom.web.session import actor, platform
from tierloom.web.tiers.drawing import distribution, rule_address, tier_address
from tierloom.web.values import plain

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def home() -> Response:
    """Show the figures of the workspace, or where to begin. htmx asks for the heat grids or for the moves alone."""
    with reading(platform(), actor()) as bench:
        if _begins(bench):
            return hx.redirect("/start")
        if hx.wants_fragment() and "flow" not in request.args:
            crossed = heat(crossings(bench, request.args.getlist("across")))
            return hx.page("home/overview.html", block="crossings", crossings=crossed)
        figures = overview(bench)
        flows = _flows(figures, request.args.get("flow", ""))
        if hx.wants_fragment():
            return hx.page("home/overview.html", block="flows", **flows)
        updated = figures.updated_at
        return hx.page(
            "home/overview.html",
            figures=figures,
            **_top(figures),
            **flows,
            crossings=heat(crossings(bench, request.args.getlist("across"))),
            spread=_spread(bench),
            charts={
                one.model.key: distribution(
                    one.model, one.sizes, one.total, f"/data/{one.table.key}?tier="
                )
                for one in figures.models
            },
            tier_views={
                one.model.key: tier_address(bench, one.model, "") for one in figures.models
            },
            segments=[
                (one, size, rule_address(one.record_type, one.rule))
                for one, size in figures.segments
            ],
            workspace=bench.workspace,
            checklist=checklist(bench),
            updated=datetime.fromtimestamp(updated / 1000, UTC) if updated else None,
            may_design=actor().has(Grant.DESIGN),
            may_import=actor().has(Grant.IMPORT),
            may_draft=actor().has(Grant.DRAFT_RULES),
        )


def _top(figures: Overview) -> dict[str, Any]:
    """Return what the first cards need: the main tier model's sizes, and where the alert leads."""
    main, alert = next(iter(figures.models), None), figures.alert
    return {
        "main": main,
        "cards": cards(main) if main else [],
        "alert_href": alert
        and moved_address(alert.model.key, alert.day, alert.today, kind=alert.kind),
        "inline": inline,
        "plain": plain,
    }


def _flows(figures: Overview, wanted: str) -> dict[str, Any]:
    """Return the moves of the wanted tier model, else of the first one whose last month-end is known."""
    known = {one.model.key: one.trend for one in figures.models if one.trend}
    chosen = wanted if wanted in known else next(iter(known), "")
    return {
        "flow": sankey(known[chosen]) if chosen else None,
        "flow_choices": [
            (one.model.key, one.model.label) for one in figures.models if one.model.key in known
        ],
    }


def inline(label: object) -> str:
    """Return a name as it stands within a sentence: small, unless it is an abbreviation."""
    said = read(label)
    return said if said[1:2].isupper() else said[:1].lower() + said[1:]


def _spread(bench: Workbench) -> Histogram | None:
    """Draw the first main tier model that has thresholds."""
    for table in bench.catalogue:
        main = bench.published.main_model(table.key)
        tried = trial(bench, main) if main else None
        if tried:
            return histogram(bench, tried)
    return None


def _begins(bench: Workbench) -> bool:
    """Tell whether there is nothing to look at yet and the actor may change that; a sample is filled by itself."""
    may = bench.actor.has(Grant.IMPORT) and bench.actor.has(Grant.DESIGN)
    return may and not bench.catalogue.tables and SAMPLE not in bench.workspace.marks
