"""/sign-in, /sign-out, /welcome/<secret>."""

from flask import Blueprint, Response, request

from tierloom.errors import Forbidden, Invalid, TooMany
from tierloom.services.access import accounts
from tierloom.web import hx
from tierloom.web.security import is_same_site_path
from tierloom.web.session import COOKIE, open_session, platform, public

blueprint = Blueprint("access", __name__)


def _target() -> str:
    wanted = request.values.get("next", "/")
    return wanted if is_same_site_path(wanted) else "/"


@blueprint.get("/sign-in")
@public
def sign_in_form() -> Response:
    """Ask for name and password."""
    return hx.page("access/sign_in.html", next=_target(), login="", wrong=None)


@blueprint.post("/sign-in")
@public
def sign_in() -> Response:
    """Open a session, or say that it cannot be."""
    login = request.form.get("login", "")
    try:
        signed_in = accounts.sign_in(platform(), login, request.form.get("password", ""))
    except (Forbidden, TooMany) as error:
        return hx.page(
            "access/sign_in.html", status=422, next=_target(), login=login, wrong=error.text
        )
    return open_session(hx.redirect(_target()), signed_in)


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    """End the session at once, here and in the database."""
    accounts.sign_out(platform(), request.cookies.get(COOKIE, ""))
    answer = hx.redirect("/sign-in")
    answer.delete_cookie(COOKIE)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@blueprint.get("/welcome/<secret>")
@public
def welcome_form(secret: str) -> Response:
    """Ask the first owner for a name and a password."""
    good = accounts.link_is_good(platform(), secret)
    return hx.page(
        "access/welcome.html", status=200 if good else 410, good=good, values={}, problems=()
    )


@blueprint.post("/welcome/<secret>")
@public
def welcome(secret: str) -> Response:
    """Use the one-time link."""
    values = {name: request.form.get(name, "") for name in ("login", "name", "password")}
    try:
        signed_in = accounts.claim(
            platform(), secret, values["login"], values["name"], values["password"]
        )
    except Invalid as error:
        kept = {**values, "password": ""}
        return hx.page(
            "access/welcome.html", status=422, good=True, values=kept, problems=error.problems
        )
    except Forbidden:
        return hx.page("access/welcome.html", status=410, good=False, values={}, problems=())
    return open_session(hx.redirect("/"), signed_in)
