"""GET /patterns."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, request

from tierloom.text import T
from tierloom.web import hx
from tierloom.web.patterns import samples
from tierloom.web.session import public

blueprint = Blueprint("patterns", __name__)

SECTIONS = (
    ("colours", T("Colours and type")),
    ("buttons", T("Buttons")),
    ("fields", T("Form fields")),
    ("badges", T("Badges and chips")),
    ("cards", T("Cards and figures")),
    ("rules", T("Rules")),
    ("tables", T("Tables")),
    ("charts", T("Charts")),
    ("steps", T("Tabs, steps, pages")),
    ("messages", T("Messages and states")),
    ("overlays", T("Dialogs and menus")),
)


@blueprint.get("/patterns")
@public
def index() -> Response:
    """Show all components; `?toast=1` shows messages as well."""
    now = datetime.now(UTC)
    if request.args.get("toast"):
        hx.toast(T("28 customers deleted"), undo="/patterns/undo")
    return hx.page(
        "patterns/index.html",
        block="hit_demo" if request.args.get("demo") else "",
        sections=SECTIONS,
        tiers=samples.TIERS,
        neutral=samples.NEUTRAL,
        no_data=samples.NO_DATA,
        total=samples.TOTAL,
        customers=samples.CUSTOMERS,
        distribution=samples.distribution(),
        heat=samples.heat(),
        now=now,
        earlier=now - timedelta(minutes=2),
        threshold=request.args.get("c1.v", "5000"),
    )


@blueprint.post("/patterns/undo")
@public
def undo() -> Response:
    """Pretend to undo, so that the toast can be tried."""
    hx.toast(T("Undone"), "info")
    return hx.redirect("/patterns#messages")
