"""/account: one's own password and sessions."""

from flask import Response, request

from tierloom.errors import Invalid, Problem
from tierloom.services.access import people
from tierloom.text import T
from tierloom.web import hx
from tierloom.web.people.browsers import browser_name
from tierloom.web.people.views import blueprint
from tierloom.web.session import COOKIE, actor, open_session, platform


@blueprint.get("/account")
def account() -> Response:
    """Show one's own account."""
    return _page()


def _page(problems: tuple[Problem, ...] = (), status: int = 200) -> Response:
    found = people.sessions(platform(), actor(), _secret())
    answer = hx.page(
        "people/account.html",
        status=status,
        login=people.login_of(platform(), actor()),
        sessions=[(one, browser_name(one.browser)) for one in found],
        problems=problems,
        wrong={one.pointer: one.message for one in reversed(problems)},
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _secret() -> str:
    return request.cookies.get(COOKIE, "")


@blueprint.post("/account/password")
def change_password() -> Response:
    """Set another password; all other sessions end."""
    form = request.form
    try:
        if form.get("new", "") != form.get("again", ""):
            raise Invalid([Problem("not-the-same", "/again", T("The two are not the same."))])
        signed_in = people.change_password(
            platform(), actor(), form.get("old", ""), form.get("new", "")
        )
    except Invalid as error:
        return _page(error.problems, 422)
    hx.toast(T("Your password is changed. You were signed out everywhere else."))
    return open_session(hx.redirect("/account"), signed_in)


@blueprint.post("/account/sessions/<handle>/end")
def end_session(handle: str) -> Response:
    """End one of one's own sessions."""
    people.end_session(platform(), actor(), handle)
    hx.toast(T("Signed out there."))
    return hx.redirect("/account")


@blueprint.post("/account/sessions/end-others")
def end_other_sessions() -> Response:
    """Sign out everywhere else."""
    people.end_other_sessions(platform(), actor(), _secret())
    hx.toast(T("Signed out everywhere else."))
    return hx.redirect("/account")
