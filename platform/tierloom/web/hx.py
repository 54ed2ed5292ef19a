"""The one place that knows htmx 4: fragments, toasts, redirects.

A fragment is a block of its page. `page("tiers/edit.html", block="builder", ...)` answers a browser
with the whole page and htmx with the block alone. A block holds exactly one element, whose id is
the block's name with dashes: `{% block undo_bar %}<div id="undo-bar">…</div>{% endblock %}`.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, cast

import flask
from flask import Flask, Response, current_app, flash, get_flashed_messages, request
from jinja2 import Template
from markupsafe import Markup
from werkzeug.urls import iri_to_uri

from tierloom.web.components import Components
from tierloom.web.i18n import read
from tierloom.web.security import is_same_site_path

_TOAST = "toast"
_ADDRESSES = ("HX-Redirect", "HX-Push-Url")


@dataclass(frozen=True, slots=True)
class Toast:
    """A short message that goes away. `undo` is the address that a POST takes it back at.

    `tone` is ok, info, warn or bad; `href` and `link` lead to the thing itself, `new_tab` without
    leaving the page.
    """

    text: str
    tone: str = "ok"
    undo: str = ""
    href: str = ""
    link: str = ""
    new_tab: bool = False


def attach(app: Flask) -> None:
    """Give templates `toasts()`, and tell caches that htmx gets other answers."""
    app.jinja_env.globals["toasts"] = take_toasts
    app.after_request(_vary)
    app.after_request(_plain_addresses)


def wants_fragment() -> bool:
    """Tell whether the asker is htmx wanting a part. Going back in history wants the whole page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-History-Restore-Request") != "true"
        and headers.get("HX-Boosted") != "true"
    )


def page(
    template: str,
    /,
    *,
    block: str = "",
    partials: Iterable[str] = (),
    status: int = 200,
    **context: Any,
) -> Response:
    """Answer with the page, or with `block` of it when htmx asks.

    `partials` are further blocks of the page that htmx puts in their places at the same time.
    """
    if not (block and wants_fragment()):
        return Response(flask.render_template(template, **context), status)
    return Response(_fragment(template, block, partials, context), status)


def redirect(address: str) -> Response:
    """Send the browser on after a POST: 303, or for htmx a header that loads the page.

    Raises:
        ValueError: the address is not a path of this site.
    """
    if not is_same_site_path(address):
        raise ValueError(f"A redirect must stay on this site, not go to {address!r}.")
    if wants_fragment():
        return Response(status=200, headers={"HX-Redirect": address})
    return cast(Response, flask.redirect(address, 303))


def toast(
    text: object, tone: str = "ok", *, undo: str = "", href: str = "", link: object = ""
) -> None:
    """Show a message with this answer, or with the next page when this answer is a redirect."""
    # Flask types a flashed message as a string, but keeps whatever JSON can hold.
    flash(cast(str, asdict(Toast(read(text), tone, undo, href, read(link)))), _TOAST)


def take_toasts() -> list[Toast]:
    """Return the messages that wait to be shown, and forget them."""
    waiting = cast(list[Any], get_flashed_messages(category_filter=[_TOAST]))
    return [Toast(**each) for each in waiting]


def toast_only(
    text: object,
    tone: str,
    status: int,
    *,
    href: str = "",
    link: object = "",
    new_tab: bool = False,
) -> Response:
    """Answer htmx with a message and leave the page as it is."""
    shown = Toast(read(text), tone, href=href, link=read(link), new_tab=new_tab)
    return Response(_toasts([shown]), status, {"HX-Reswap": "none"})


def _fragment(
    template: str, block: str, partials: Iterable[str], context: dict[str, Any]
) -> Markup:
    current_app.update_template_context(context)
    source = current_app.jinja_env.get_template(template)
    parts = [_render(source, block, context)]
    parts += [
        _partial(f"#{name.replace('_', '-')}", "outerMorph", _render(source, name, context))
        for name in partials
    ]
    parts.append(_toasts(take_toasts()))
    return Markup("").join(parts)


def _render(source: Template, block: str, context: dict[str, Any]) -> Markup:
    if block not in source.blocks:
        known = ", ".join(sorted(source.blocks))
        raise LookupError(f"No block {block!r} in {source.name}. Known: {known}.")
    # The pieces of a block are escaped already; joining them must not escape them again.
    return Markup("".join(source.blocks[block](source.new_context(context))).strip())  # noqa: S704


def _toasts(shown: list[Toast]) -> Markup:
    if not shown:
        return Markup("")
    components = cast(Components, current_app.jinja_env.globals["ui"])
    draw = components.toast
    return _partial("#toasts", "beforeend", Markup("").join(draw(each) for each in shown))


def _partial(target: str, swap: str, content: Markup) -> Markup:
    return Markup('<hx-partial hx-target="{}" hx-swap="{}">{}</hx-partial>').format(
        target, swap, content
    )


def _vary(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.vary.update(["HX-Request", "Cookie", "Accept-Language"])
    return response


def _plain_addresses(response: Response) -> Response:
    """Write addresses as browsers do: headers hold no Chinese, which the keys of tables may."""
    for name in _ADDRESSES:
        if name in response.headers:
            response.headers[name] = iri_to_uri(response.headers[name])
    return response
