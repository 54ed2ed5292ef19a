"""What every answer carries and every writing request must show, whatever the route."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import Forbidden

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LIMIT = "tierloom_body_limit"
View = TypeVar("View", bound=Callable[..., Any])

csrf = CSRFProtect()
"""The token check. A blueprint whose callers have no cookie is taken out by `csrf.exempt`."""


class CrossSite(Forbidden):
    """Another site's page sent this request."""


def attach(app: Flask) -> None:
    """Guard every request by what can be told without reading its body."""
    app.before_request(_limit_body)
    app.before_request(_refuse_other_sites)
    app.after_request(_headers)


def attach_tokens(app: Flask) -> None:
    """Ask for the token. That reads the form: who asks must be known by then, and strangers turned away."""
    csrf.init_app(app)


def body_limit(size: int) -> Callable[[View], View]:
    """Let one view take bodies of up to `size` bytes: `@body_limit(200 * MEBIBYTE)`."""

    def mark(view: View) -> View:
        setattr(view, _LIMIT, size)
        return view

    return mark


def is_same_site_path(address: str) -> bool:
    """Tell whether a redirect to `address` stays here: `/data?x=1` does, `//evil` does not."""
    if not address.startswith("/") or address.startswith(("//", "/\\")):
        return False
    if any(ord(character) < 32 or character == "\\" for character in address):
        return False
    parts = urlsplit(address)
    return not parts.scheme and not parts.netloc


def _limit_body() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    size = getattr(view, _LIMIT, None)
    if size is not None:
        request.max_content_length = size


def _refuse_other_sites() -> None:
    """Trust what the browser says about the sender; programs without a browser say nothing."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            raise CrossSite
        return
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise CrossSite


def _headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
