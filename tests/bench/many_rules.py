"""Five hundred rules out of twenty: repetition k multiplies the numbers that fields are compared with by 1 + k/100."""

import re
from typing import Any

REPETITIONS = 25
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_IN_SQL = re.compile(r"([\w.]+)(>=|<=|>|<|=)([\d.]+)")
_OTHER_SCALE = 2
"""Decimals of what is compared with a calculation."""


def many(segments: list[Any], scales: dict[str, int]) -> list[tuple[Any, str]]:
    """Return all rules, each as JSON Logic and as SQL; `scales` are the fields' decimals."""
    return [
        (_logic(one["rule"], k, scales), _sql(one["duckdb"], k, scales))
        for k in range(REPETITIONS)
        for one in segments
    ]


def _scaled(number: float, k: int, scale: int) -> float:
    if number <= 1:
        return number
    found = round(number * (100 + k) / 100, scale)
    return int(found) if found == int(found) else found


def _logic(node: Any, k: int, scales: dict[str, int]) -> Any:
    if isinstance(node, list):
        return [_logic(one, k, scales) for one in node]
    if not isinstance(node, dict):
        return node
    ((key, args),) = node.items()
    if key in _COMPARISONS and type(args[1]) in (int, float):
        left = args[0].get("var")
        scale = scales[left] if left else _OTHER_SCALE
        return {key: [args[0], _scaled(args[1], k, scale)]}
    return {key: _logic(args, k, scales)}


def _sql(text: str, k: int, scales: dict[str, int]) -> str:
    def changed(found: re.Match[str]) -> str:
        left, sign, number = found.groups()
        # `total_amount/order_count>300` compares a calculation, whatever its last word is.
        alone = found.start() == 0 or text[found.start() - 1] not in "*/+-"
        scale = scales.get(left, _OTHER_SCALE) if alone else _OTHER_SCALE
        return f"{left}{sign}{_scaled(float(number), k, scale)}"

    return _IN_SQL.sub(changed, text)
