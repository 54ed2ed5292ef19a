"""Rules of the yardstick as a programmer would write them in Python. `get` returns a field's value, None if unknown."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

Get = Callable[[str], Any]
_LARGE = frozenset(["北京", "上海", "广州", "深圳", "杭州"])
_DIRECT = frozenset(["门店", "官网", "电话"])
_SOCIAL = frozenset(["抖音", "微信"])
_MAY, _MARCH = date(2026, 5, 1), date(2026, 3, 1)
_APRIL, _APRIL_BEFORE = date(2026, 4, 1), date(2025, 4, 1)


def _high_value(get: Get) -> bool:
    if (amount := get("total_amount")) is None or amount < 5000:
        return False
    if (orders := get("order_count")) is None or orders < 10:
        return False
    if (last := get("last_order_date")) is None or last < _MAY:
        return False
    return get("is_member") is True


def _city_mothers(get: Get) -> bool:
    if get("city") not in _LARGE:
        return False
    if (tags := get("tags")) is None or "母婴" not in tags:
        return False
    if (age := get("age")) is None or not 22 <= age <= 40:
        return False
    gender: str | None = get("gender")
    return gender != "男"


def _sleeping(get: Get) -> bool:
    if get("is_member") is not True:
        return False
    if (visit := get("last_visit_date")) is None or visit >= _MARCH:
        return False
    if (points := get("points")) is None or points <= 10_000:
        return False
    return (balance := get("balance")) is not None and balance > 100


def _complaining(get: Get) -> bool:
    if (complaints := get("complaints")) is not None and complaints >= 2:
        return True
    if (refunds := get("refunds")) is not None and refunds >= 3:
        return True
    return (remark := get("remark")) is not None and "投诉" in remark


def _incomplete(get: Get) -> bool:
    return (
        get("phone") is None
        or get("gender") is None
        or get("birthday") is None
        or get("city") is None
    )


def _companies(get: Get) -> bool:
    if (remark := get("remark")) is None or "企业采购" not in remark:
        return False
    last, total = get("last_amount"), get("total_amount")
    if not ((last is not None and last >= 300) or (total is not None and total >= 8000)):
        return False
    return get("channel") in _DIRECT


def _nested(get: Get) -> bool:
    if (orders := get("order_count")) is not None and orders >= 5:
        if get("channel") in _SOCIAL:
            return True
        if get("gender") == "女" and (age := get("age")) is not None and age < 35:
            return True
    if get("is_member") is True:
        return False
    if (total := get("total_amount")) is None or total <= 10_000:
        return False
    if (refunds := get("refunds")) is None or refunds >= 2:
        return False
    return (tags := get("tags")) is not None and "旅行" in tags


def _high_ticket(get: Get) -> bool:
    if (orders := get("order_count")) is None or orders <= 0:
        return False
    if (total := get("total_amount")) is None or total / orders <= 300:
        return False
    return (average := get("avg_amount")) is not None and average > 150


def _well_scored(get: Get) -> bool:
    engagement, points, total = get("engagement"), get("points"), get("total_amount")
    if engagement is None or points is None or total is None:
        return False
    if engagement * 0.4 + points * 0.001 + total * 0.005 <= 70:
        return False
    return (orders := get("order_count")) is not None and orders >= 3


def _win_back(get: Get) -> bool:
    total, balance = get("total_amount"), get("balance")
    if total is None or balance is None or total + balance * 2 <= 3000:
        return False
    if (last := get("last_order_date")) is None or not _APRIL_BEFORE <= last < _APRIL:
        return False
    if get("phone") is None:
        return False
    if (complaints := get("complaints")) is not None and complaints >= 3:
        return False
    return (discount := get("discount_rate")) is not None and discount > 0.1


PLAIN: Mapping[str, Callable[[Get], bool]] = {
    "高价值": _high_value,
    "一线母婴": _city_mothers,
    "沉睡会员": _sleeping,
    "投诉客户": _complaining,
    "信息不全": _incomplete,
    "企业客户": _companies,
    "复杂嵌套": _nested,
}
ARITHMETIC: Mapping[str, Callable[[Get], bool]] = {
    "高客单": _high_ticket,
    "综合得分高": _well_scored,
    "挽回优先": _win_back,
}
