"""/tiers/<key>/moved: the list behind each count of moves, and its file."""

from collections.abc import Mapping
from datetime import date
from math import ceil

from flask import Response, request

from tierloom.domain.people import Grant
from tierloom.domain.tiers import TierModel
from tierloom.errors import Invalid, NotFound
from tierloom.services.as_of import reach
from tierloom.services.exports import move_lists
from tierloom.services.history.causes import Reason
from tierloom.services.history.moves import KINDS, OUTSIDE
from tierloom.services.movers import PAGE, Asked, movers
from tierloom.services.runs import reconstruction
from tierloom.services.workbench import Workbench, reading
from tierloom.text import T
from tierloom.web import formats, hx
from tierloom.web.as_of import day_of
from tierloom.web.home.sankey import moved_address
from tierloom.web.home.views import blueprint
from tierloom.web.i18n import locale, read
from tierloom.web.session import actor, platform

Days = tuple[date | None, date]
"""The first day of which anything is known, and today."""


@blueprint.get("/tiers/<key>/moved")
def moved(key: str) -> Response:
    """List who moved: `from` and `to` are days, `kind` one of up, down, …; `origin` and `target` are tiers."""
    page = max(1, request.args.get("page", 1, int))
    with reading(platform(), actor()) as bench:
        model = bench.published.tier_model(key)
        days = (reach(bench, model.record_type).first, bench.context.today)
        asked = _asked(bench, key, request.args, days)
        try:
            found = movers(bench, asked, (page - 1) * PAGE)
        except (Invalid, NotFound) as error:
            return _not_shown(model, asked, days, error)
        here = {
            "kind": asked.kind,
            "origin": asked.origin,
            "target": asked.target,
            "cause": asked.cause,
        }
        return hx.page(
            "home/moved.html",
            found=found,
            model=model,
            asked=asked,
            days=days,
            kinds=KINDS,
            outside=OUTSIDE,
            tiers={one.key: one for one in found.model.all_tiers},
            page=page,
            pages=ceil(found.total / PAGE),
            address=lambda n: moved_address(key, asked.start, asked.end, **here, page=str(n)),
            kind_address=lambda one, cause=asked.cause: moved_address(
                key, asked.start, asked.end, kind=one, cause=cause
            ),
            cause_name=move_lists.cause_name,
            reasons=[
                ("", T("All reasons")),
                *((one.key, _why(one, n)) for one, n in found.reasons),
            ],
            may_export=actor().has(Grant.EXPORT),
            may_import=actor().has(Grant.IMPORT),
        )


def _not_shown(model: TierModel, asked: Asked, days: Days, error: Invalid | NotFound) -> Response:
    """Answer with the days that were asked for, still to be changed, and why nothing can be shown of them."""
    first, today = days
    comparable = first is not None and first < today
    status = 422 if isinstance(error, Invalid) else 404 if comparable or request.args else 200
    return hx.page(
        "home/moved.html",
        found=None,
        model=model,
        asked=asked,
        days=days,
        kinds=KINDS,
        comparable=comparable,
        wrong=error.text,
        status=status,
    )


@blueprint.post("/tiers/<key>/moved")
def export(key: str) -> Response:
    """Ask for a file of the list, and show the job that makes it."""
    with reading(platform(), actor()) as bench:
        today = bench.context.today
        asked = _asked(bench, key, request.form, (None, today))
    job = move_lists.request(
        platform(), actor(), asked, request.form.get("format", "xlsx"), locale()
    )
    return hx.redirect(f"/jobs/{job}")


def _asked(bench: Workbench, key: str, sent: Mapping[str, str], days: Days) -> Asked:
    """Read what is asked; without days it is since the last month-end, or since the first day that is known."""
    first, today = days
    month_end = reconstruction.month_ends(bench.context.as_of, bench.zone, 1)[0]
    begins = month_end.astimezone(bench.zone).date()
    if first and begins < first < today:
        begins = first
    start = _day(sent.get("from", ""), begins)
    end = min(today, _day(sent.get("to", ""), today))
    kind = sent.get("kind") or "moved"
    origin, target = sent.get("origin", ""), sent.get("target", "")
    return Asked(key, start, end, kind, origin, target, sent.get("cause", "")[:80])


def _day(text: str, otherwise: date) -> date:
    return day_of(text) if text else otherwise


def _why(reason: Reason, count: int) -> str:
    """Return a reason with its number, as a list to choose from says it."""
    name = read(move_lists.cause_name(reason.cause))
    if reason.source:
        name = f"{name} · {reason.source.file or f'#{reason.source.number}'}"
        name += f" · {read(T('undone'))}" if reason.source.undone else ""
    return f"{name} ({formats.number(count)})"
