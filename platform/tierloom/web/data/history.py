"""What happened to a record, as its page shows it."""

from typing import Any

from flask import request

from tierloom.domain.people import Grant
from tierloom.domain.tables import RecordType
from tierloom.services.exports.move_lists import cause_name
from tierloom.services.history.record_history import KINDS, MOST, PAGE, history
from tierloom.services.shown import RecordView
from tierloom.services.workbench import Workbench
from tierloom.web.i18n import locale
from tierloom.web.session import actor


def told(bench: Workbench, table: RecordType, view: RecordView) -> dict[str, Any]:
    """Return what the template of a history needs, of the kind and length that the address asks for."""
    shown = request.args.get("shown", "")
    limit = min(int(shown), MOST) if shown.isdecimal() and len(shown) < 6 else PAGE
    found = history(bench, table, view.id, request.args.get("kind", ""), max(limit, 1), locale())
    address = f"/data/{table.key}/{view.id}/history"
    more = f"{address}?kind={found.kind}&shown={limit + PAGE}"
    return {
        "table": table,
        "record": view,
        "history": found,
        "history_kinds": [
            {
                "label": label,
                "href": f"{address}?kind={kind}",
                "current": kind == found.kind,
                "attrs": {
                    "id": f"history-{kind or 'all'}",
                    "hx-get": f"{address}?kind={kind}",
                    "hx-target": "#history",
                    "hx-swap": "outerMorph",
                },
            }
            for kind, label in KINDS.items()
        ],
        "more_history": more if found.has_more and limit < MOST else "",
        "may_import": actor().has(Grant.IMPORT),
        "cause_name": cause_name,
    }
