"""/regions: what a region's input offers for what is typed in it so far."""

from flask import Blueprint, Response, request

from tierloom.domain.people import Grant
from tierloom.schemas.regions import offered, region_text
from tierloom.services import authorize
from tierloom.web import hx
from tierloom.web.i18n import locale
from tierloom.web.session import actor

blueprint = Blueprint("regions", __name__, url_prefix="/regions")


@blueprint.get("")
def suggest() -> Response:
    """Answer with the regions that go with a text; the text has the name that `of` says.

    Nothing typed gives the provinces, a whole name also what lies in it.
    """
    authorize.require(actor(), Grant.READ)
    typed = request.args.get(request.args.get("of", ""), "")[:100]
    return hx.page("regions/options.html", names=names_for(typed))


def names_for(typed: str) -> list[str]:
    """Return the names of regions that go with a text, in the reader's language."""
    return [region_text(one.code, locale()) for one in offered(typed, locale())]
