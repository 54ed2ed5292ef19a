"""GET /."""

from datetime import UTC, datetime

from flask import Blueprint, Response, request

from tierloom.domain.people import Grant
from tierloom.services.crossing import crossings
from tierloom.services.overview import overview
from tierloom.services.thresholds import trial
from tierloom.services.workbench import Workbench, reading
from tierloom.web import hx
from tierloom.web.home.crossings import heat
from tierloom.web.home.histogram import Histogram, histogram
from tierloom.web.session import actor, platform
from tierloom.web.tiers.drawing import distribution, rule_address, tier_address

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def home() -> Response:
    """Show the figures of the workspace, or where to begin. htmx asks for the heat grids alone."""
    with reading(platform(), actor()) as bench:
        crossed = heat(crossings(bench, request.args.getlist("across")))
        if hx.wants_fragment():
            return hx.page("home/overview.html", block="crossings", crossings=crossed)
        figures = overview(bench)
        updated = figures.updated_at
        return hx.page(
            "home/overview.html",
            figures=figures,
            crossings=crossed,
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
            updated=datetime.fromtimestamp(updated / 1000, UTC) if updated else None,
            may_design=actor().has(Grant.DESIGN),
            may_import=actor().has(Grant.IMPORT),
            may_draft=actor().has(Grant.DRAFT_RULES),
        )


def _spread(bench: Workbench) -> Histogram | None:
    """Draw the first main tier model that has thresholds."""
    for table in bench.catalogue:
        main = bench.published.main_model(table.key)
        tried = trial(bench, main) if main else None
        if tried:
            return histogram(bench, tried)
    return None
