"""What a person sees when something goes wrong: what happened, and what to do next."""

import logging
from dataclasses import dataclass

from flask import Flask, Response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from tierloom.errors import (
    Conflict,
    Forbidden,
    InUse,
    Invalid,
    NotFound,
    TierloomError,
    TooMany,
)
from tierloom.text import T, Text
from tierloom.web.hx import toast_only, wants_fragment
from tierloom.web.i18n import read
from tierloom.web.security import CrossSite

log = logging.getLogger(__name__)

STATUS: dict[type[TierloomError], int] = {
    NotFound: 404,
    Forbidden: 403,
    Conflict: 409,
    InUse: 409,
    Invalid: 422,
    TooMany: 429,
}


@dataclass(frozen=True, slots=True)
class Advice:
    """A title, what happened, and the next step of one kind of error."""

    icon: str
    title: Text
    text: Text


ADVICE: dict[int, Advice] = {
    400: Advice(
        "circle-alert",
        T("We could not read this request"),
        T("Go back, reload the page and try again. What you saved earlier is still there."),
    ),
    401: Advice(
        "lock",
        T("Please sign in"),
        T("You are not signed in, or your session has ended. Sign in and continue where you were."),
    ),
    403: Advice(
        "lock",
        T("You may not see this"),
        T("Your role does not allow it. Ask an owner of the workspace if you need it."),
    ),
    404: Advice(
        "search",
        T("There is nothing here"),
        T("The page was moved or deleted, or the address has a typing error."),
    ),
    405: Advice(
        "circle-alert",
        T("This address does not work that way"),
        T("Start again from the overview; the button or link you used is out of date."),
    ),
    409: Advice(
        "git-compare",
        T("Somebody else changed this in the meantime"),
        T("Nothing was overwritten. Reload to see the newer state, then make your change again."),
    ),
    413: Advice(
        "upload",
        T("This file or form is too large"),
        T("Use a smaller file, or split it and import the parts one after the other."),
    ),
    422: Advice(
        "circle-alert",
        T("Something in the form needs a correction"),
        T("Go back to the form; nothing was saved yet."),
    ),
    429: Advice(
        "hourglass",
        T("Too many attempts"),
        T("Wait a minute, then try again."),
    ),
    500: Advice(
        "triangle-alert",
        T("Something went wrong on our side"),
        T(
            "Your data are safe; nothing was half saved."
            " Try again, and tell us if it happens twice."
        ),
    ),
}
FORM_EXPIRED = Advice(
    "timer",
    T("This form is no longer valid"),
    T("It was open for a long time, or cookies are blocked. Reload the page and send it again."),
)
OTHER_SITE = Advice(
    "lock",
    T("This request came from another site"),
    T("For your safety it was not carried out. Open Tierloom itself and try again there."),
)


def attach(app: Flask) -> None:
    """Answer our own errors, HTTP's, and those nobody foresaw."""
    app.register_error_handler(CSRFError, lambda _: _answer(400, FORM_EXPIRED))
    app.register_error_handler(CrossSite, lambda _: _answer(403, OTHER_SITE))
    app.register_error_handler(TierloomError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def _ours(error: TierloomError) -> Response:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    users = error.users if isinstance(error, InUse) else ()
    problems = error.problems if isinstance(error, Invalid) else ()
    advice = Advice(ADVICE[status].icon, error.text, ADVICE[status].text)
    if isinstance(error, InUse):
        advice = Advice("link", error.text, T("Replace or archive it in these places first."))
    elif isinstance(error, Forbidden):
        # It says already what is not allowed and whom to ask.
        advice = Advice(advice.icon, T("You may not do this"), error.text)
    return _answer(status, advice, (*users, *(problem.message for problem in problems[1:])))


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None or status < 400:
        return Response(error.get_body(), status, error.get_headers())
    answer = _answer(status, ADVICE.get(status, ADVICE[500 if status >= 500 else 400]))
    if status == 405:
        answer.headers["Allow"] = dict(error.get_headers()).get("Allow", "")
    return answer


def _unforeseen(error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return _answer(500, ADVICE[500])


def _answer(status: int, advice: Advice, details: tuple[Text, ...] = ()) -> Response:
    if wants_fragment():
        # 4xx answers are swapped by htmx: an error page must not replace what somebody is editing.
        title = read(advice.title).rstrip(".。")  # our own errors are whole sentences
        return toast_only(T("%(title)s. %(text)s", title=title, text=advice.text), "bad", status)
    body = render_template("errors/error.html", status=status, advice=advice, details=details)
    return Response(body, status)
