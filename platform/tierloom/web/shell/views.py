"""GET /healthz and POST /preferences."""

from flask import Blueprint, Response, jsonify, request

from tierloom.text import LOCALES
from tierloom.web import hx
from tierloom.web.i18n import LANGUAGE_COOKIE, THEME_COOKIE, THEMES
from tierloom.web.security import is_same_site_path
from tierloom.web.session import public

blueprint = Blueprint("shell", __name__)
_YEAR = 365 * 24 * 3600


@blueprint.get("/healthz")
@public
def health() -> Response:
    """Say that the process answers."""
    return jsonify(status="ok")


@blueprint.post("/preferences")
@public
def preferences() -> Response:
    """Remember language or theme in the browser, and go back to where the switch was."""
    back = request.form.get("next", "/")
    answer = hx.redirect(back if is_same_site_path(back) else "/")
    for cookie, known in ((LANGUAGE_COOKIE, LOCALES), (THEME_COOKIE, THEMES)):
        value = request.form.get(cookie, "")
        if value in known:
            answer.set_cookie(
                cookie, value, _YEAR, secure=request.is_secure, httponly=True, samesite="Lax"
            )
    return answer
