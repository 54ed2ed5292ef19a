"""GET /."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request

from tierloom.domain.people import Grant
from tierloom.services.as_of import PastBench
from tierloom.services.checklist import checklist
from tierloom.services.crossing import crossings
from tierloom.services.overview import Overview, overview
from tierloom.services.thresholds import trial
from tierloom.services.trends import over_time
from tierloom.services.workbench import Workbench, reading
from tierloom.services.workspaces import SAMPLE
from tierloom.web import hx
from tierloom.web.as_of import TimeBar, moment, stepping, time_bar
from tierloom.web.home.crossings import heat
from tierloom.web.home.figures import cards
from tierloom.web.home.histogram import Histogram, histogram
from tierloom.web.home.over_time import Chart, chart
from tierloom.web.home.sankey import moved_address, sankey
from tierloom.web.i18n import read
from tierloom.web.session import actor, platform
from tierloom.web.tiers.drawing import distribution, rule_address, tier_address
from tierloom.web.values import plain

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def home() -> Response:
    """Show the figures of the workspace, or where to begin. htmx asks for the heat grids or for the moves alone."""
    with reading(platform(), actor()) as today:
        if _begins(today):
            return hx.redirect("/start")
        bench = moment(today, request.args)
        time = time_bar(bench, "/", (), None, "overview")
        past: dict[str, Any] = {"time": time, "along": time.along if time else str}
        if hx.wants_fragment() and "across" in request.args:
            crossed = heat(crossings(bench, request.args.getlist("across")))
            return hx.page("home/overview.html", block="crossings", crossings=crossed, **past)
        figures = overview(bench)
        flows = _flows(figures, request.args.get("flow", ""))
        if hx.wants_fragment() and "flow" in request.args:
            return hx.page("home/overview.html", block="flows", **flows, **past)
        return _page(bench, figures, {**flows, **past})


def _page(bench: Workbench, figures: Overview, above: dict[str, Any]) -> Response:
    """Answer with the whole overview, or with all of it below the navigation."""
    looks_back = isinstance(bench, PastBench)
    answer = hx.page(
        "home/overview.html",
        block="overview",
        figures=figures,
        opened=stepping(),
        **_top(figures),
        **above,
        **_below(bench, figures, above["along"]),
        sizes=_sizes(bench, figures, above["time"]),
        spread=None if looks_back else _spread(bench),
        workspace=bench.workspace,
        checklist=None if looks_back else checklist(bench),
        updated=None if looks_back else _moment(figures.updated_at),
        may_design=actor().has(Grant.DESIGN) and not looks_back,
        may_import=actor().has(Grant.IMPORT) and not looks_back,
        may_draft=actor().has(Grant.DRAFT_RULES) and not looks_back,
    )
    answer.headers["HX-Push-Url"] = above["along"]("/")
    return answer


def _below(bench: Workbench, figures: Overview, along: Callable[[str], str]) -> dict[str, Any]:
    """Return what the lower cards need."""
    charts = {}
    for one in figures.models:
        items = distribution(one.model, one.sizes, one.total, f"/data/{one.table.key}?tier=")
        charts[one.model.key] = [{**item, "href": along(str(item["href"]))} for item in items]
    return {
        "crossings": heat(crossings(bench, request.args.getlist("across"))),
        "charts": charts,
        "tier_views": {
            one.model.key: along(tier_address(bench, one.model, "")) for one in figures.models
        },
        "segments": [
            (one, size, along(rule_address(one.record_type, one.rule)))
            for one, size in figures.segments
        ],
    }


def _moment(milliseconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None


def _sizes(bench: Workbench, figures: Overview, time: TimeBar | None) -> Chart | None:
    """Draw how the sizes of the first tier model went, month by month."""
    main = next(iter(figures.models), None)
    if main is None or main.trend is None or time is None:
        return None
    # Looking back, the columns still go on to today: they are the way forward.
    points = main.trend.points
    if isinstance(bench, PastBench):
        points = over_time(bench.today, main.model, "month")
    return chart(main.model, points, time)


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
