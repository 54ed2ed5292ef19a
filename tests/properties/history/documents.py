"""The tables of the histories, and tier models, as the documents that a user would load."""

from typing import Any

from tests.properties.history.conditions import CALL_WINDOW, SUM_WINDOW, WINDOW
from tests.properties.history.expected import DEFAULT, Model, Policy

CUSTOMER = "customer"
NUMBER = {"key": "number", "label": "Number", "type": "integer", "required": True, "unique": True}
MONEY = {"type": "money", "currency": "CNY", "scale": 2}


def _roll_up(key: str, kind: dict[str, Any], aggregate: str, relation: str, **more: Any) -> Any:
    calculation = {"kind": "roll_up", "aggregate": aggregate, "relation": relation, **more}
    return {"key": key, "label": key, **kind, "calculation": calculation}


INTEGER, DATE = {"type": "integer"}, {"type": "date"}
CUSTOMERS = {
    "format": 1, "kind": "record_type", "key": "customers", "label": "Customers", "key_field": "number",
    "fields": [
        NUMBER,
        {"key": "points", "label": "Points", "type": "integer"},
        {"key": "city", "label": "City", "type": "choice",
         "options": [{"key": one, "label": one} for one in ("bj", "sh")]},
        {"key": "joined", "label": "Joined", "type": "date"},
        _roll_up("recent", INTEGER, "count", "orders", window_days=WINDOW),
        _roll_up("spent", MONEY, "sum", "orders", operand="amount", window_days=SUM_WINDOW),
        _roll_up("total", MONEY, "sum", "orders", operand="amount"),
        _roll_up("newest", DATE, "max_of", "orders", operand="day"),
        _roll_up("called", INTEGER, "count", "calls", window_days=CALL_WINDOW),
        {"key": "idle", "label": "Idle", "type": "integer",
         "calculation": {"kind": "time_since", "source": "newest", "unit": "day"}},
    ],
}  # fmt: skip
LINK = {"key": CUSTOMER, "label": "Customer", "type": "reference", "target": "customers"}
ORDERS = {
    "format": 1, "kind": "record_type", "key": "orders", "label": "Orders", "key_field": "number", "date_field": "day",
    "fields": [
        NUMBER, LINK, {"key": "day", "label": "Day", "type": "date"}, {"key": "amount", "label": "Amount", **MONEY},
    ],
}  # fmt: skip
CALLS = {
    "format": 1, "kind": "record_type", "key": "calls", "label": "Calls", "key_field": "number", "date_field": "at",
    "fields": [NUMBER, LINK, {"key": "at", "label": "At", "type": "datetime"}],
}  # fmt: skip
TABLE_DOCUMENTS = (CUSTOMERS, ORDERS, CALLS)
_ICONS = {"gold": ("crown", "gold"), "silver": ("medal", "slate"), "bronze": ("star", "copper")}


def document_of(model: Model) -> Any:
    """A tier model as it is loaded."""
    found: dict[str, Any] = {
        "format": 1, "kind": "tier_model", "key": model.key, "label": model.key, "record_type": model.table,
        "on_missing": "hold" if model.hold else "skip",
        "tiers": [
            {"key": key, "label": key, "icon": _ICONS[key][0], "slot": _ICONS[key][1], "rule": rule.json()}
            for key, rule in model.tiers
        ],
        "default": {"key": DEFAULT, "label": DEFAULT},
    }  # fmt: skip
    if model.stay:
        found["stay"] = _stay(model.stay)
    return found


def _stay(policy: Policy) -> dict[str, Any]:
    told = {
        "days": policy.days, "renews": policy.renews, "grace_days": policy.grace_days,
        "one_level": policy.one_level,
    }  # fmt: skip
    return {key: one for key, one in told.items() if one}
