"""/tiers/<key>/over-time: how large the tiers of a model were."""

from flask import Response, request

from tierloom.services.trends import over_time
from tierloom.services.workbench import reading
from tierloom.web import hx
from tierloom.web.as_of import time_bar
from tierloom.web.home.over_time import chart
from tierloom.web.home.views import blueprint
from tierloom.web.session import actor, platform
from tierloom.web.tiers.drawing import tier_address


@blueprint.get("/tiers/<key>/over-time")
def sizes_over_time(key: str) -> Response:
    """Show how large the tiers of a model were; `by` is month or day."""
    by = request.args.get("by") or "month"
    with reading(platform(), actor()) as bench:
        model = bench.published.tier_model(key)
        points = over_time(bench, model, by)
        base = tier_address(bench, model, "")
        time = time_bar(bench, base, (), model.record_type, "main")
        return hx.page(
            "home/over_time_page.html",
            model=model,
            by=by,
            base=base,
            sizes=chart(model, points, time, by) if time and len(points) > 1 else None,
        )
