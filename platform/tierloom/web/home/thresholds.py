"""/tiers/<key>/thresholds: other thresholds, tried out and opened as a draft."""

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Response, request

from tierloom.domain.people import Grant
from tierloom.errors import Conflict, Invalid, NotFound
from tierloom.services.thresholds import AT, Trial, open_as_draft, trial
from tierloom.services.workbench import Workbench, reading
from tierloom.text import T
from tierloom.web import hx
from tierloom.web.home.histogram import histogram
from tierloom.web.home.views import blueprint
from tierloom.web.session import actor, platform

LONGEST = 40


@blueprint.get("/tiers/<key>/thresholds")
def thresholds(key: str) -> Response:
    """Show what thresholds would do: `at.<tier>` are amounts, `moved` the tier to say in words."""
    with reading(platform(), actor()) as bench:
        tried = trial(bench, bench.published.tier_model(key), _texts(request.args))
        if tried is None:
            raise NotFound(T("This tier model has no thresholds to try."))
        return _page(bench, tried)


def _texts(sent: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(AT): text.strip()[:LONGEST]
        for name, text in sent.items()
        if name.startswith(AT) and text.strip()
    }


def _page(bench: Workbench, tried: Trial) -> Response:
    return hx.page(
        "home/thresholds.html",
        block="spread",
        status=422 if tried.problems else 200,
        spread=histogram(bench, tried, request.args.get("moved", "")),
        may_draft=actor().has(Grant.DRAFT_RULES),
    )


@blueprint.post("/tiers/<key>/thresholds")
def use_thresholds(key: str) -> Response:
    """Open the thresholds as a draft; with `op=count` only count again, for a browser without scripts."""
    texts = _texts(request.form)
    here = f"/tiers/{key}/thresholds?{urlencode({AT + tier: text for tier, text in texts.items()})}"
    if request.form.get("op") == "count":
        return hx.redirect(here)
    try:
        open_as_draft(platform(), actor(), key, texts)
    except Invalid as error:
        hx.toast(error.text, "bad")
        return hx.redirect(here)
    except Conflict as error:
        hx.toast(error.text, "warn")
        return hx.redirect(here)
    return hx.redirect(f"/tiers/{key}")
