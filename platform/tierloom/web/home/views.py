"""GET /."""

from datetime import UTC, datetime

from flask import Blueprint, Response

from tierloom.domain.people import Grant
from tierloom.services.overview import overview
from tierloom.services.workbench import reading
from tierloom.web import hx
from tierloom.web.session import actor, platform

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def home() -> Response:
    """Show the figures of the workspace, or where to begin."""
    with reading(platform(), actor()) as bench:
        figures = overview(bench)
        updated = figures.updated_at
        return hx.page(
            "home/overview.html",
            figures=figures,
            workspace=bench.workspace,
            updated=datetime.fromtimestamp(updated / 1000, UTC) if updated else None,
            may_design=actor().has(Grant.DESIGN),
            may_import=actor().has(Grant.IMPORT),
        )
