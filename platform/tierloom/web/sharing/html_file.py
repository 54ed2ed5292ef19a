"""One HTML file of a view: it needs nothing else, runs nothing, and prints well."""

import re
from io import BytesIO
from pathlib import Path

from flask import Response, current_app, render_template, send_file
from markupsafe import Markup

from tierloom.services.access.shared_list import SharedList
from tierloom.services.exports.naming import export_file_name
from tierloom.web.i18n import preferences, read
from tierloom.web.sharing.columns import columns

_FONT = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)


def html_file(shown: SharedList, who: str) -> Response:
    """Answer with the file of a list, as a download."""
    body = render_template(
        "sharing/file.html",
        shown=shown,
        columns=columns(shown),
        who=who,
        css=Markup(_styles()),  # noqa: S704  our own files
        icons=Markup(_icons(shown)),  # noqa: S704
    )
    day = shown.as_of.astimezone(preferences().zone).date()
    name = export_file_name([read(shown.view)], day, "html")
    answer = send_file(
        BytesIO(body.encode()), mimetype="text/html", as_attachment=True, download_name=name
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _static(path: str) -> str:
    file = Path(current_app.static_folder or "") / path
    return file.read_text("utf-8") if file.is_file() else ""


def _styles() -> str:
    """The product's colours and the file's own rules; the typeface would be another file."""
    return _FONT.sub("", _static("css/tokens.css")) + _static("css/file.css")


def _icons(shown: SharedList) -> str:
    """Return the drawings of the icons of tiers and labels."""
    wanted = {tier.icon for model in shown.models for tier in model.all_tiers} | {"circle-help"}
    wanted |= {one.icon for found in shown.marks.label_sets for one in found.labels}
    sprite = _static("vendor/lucide.svg")
    found = (
        re.search(rf'<symbol id="{re.escape(name)}".*?</symbol>', sprite, re.DOTALL)
        for name in sorted(wanted)
    )
    return "".join(one.group(0) for one in found if one)
