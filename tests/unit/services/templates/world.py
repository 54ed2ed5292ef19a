"""The same customers under other column names, and what templates make of them, worked out by hand."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from random import Random
from statistics import fmean, median, quantiles

from tests.unit.services.shop import TODAY, Row, Shop, insert
from tierloom.domain.rules import Json
from tierloom.services.workbench import writing

NAMES = {
    "chinese": {
        "last_purchase": ("zjxf", "最近消费日期"), "purchase_count": ("dds", "累计订单数（单）"),
        "total_spend": ("xfze", "消费总额（元）"), "spend_12m": ("ynxf", "近一年消费金额"),
        "purchase_count_12m": ("ncs", "近十二个月消费次数"), "points": ("dq", "会员积分"),
    },
    "pinyin": {
        "last_purchase": ("zuijin_xiaofei_riqi", "zuijin xiaofei riqi"),
        "purchase_count": ("goumai_cishu", "GouMaiCiShu"),
        "total_spend": ("leiji_xiaofei", "leiji_xiaofei"), "spend_12m": ("nianxiaofei", "nianxiaofei"),
        "purchase_count_12m": ("nian_goumai_cishu", "nian goumai cishu"),
        "points": ("huiyuan_jifen", "huiyuan jifen"),
    },
    "english": {
        "last_purchase": ("c1", "Last Order Date"), "purchase_count": ("c2", "Number of orders"),
        "total_spend": ("c3", "TotalSpent"), "spend_12m": ("c4", "Spend in last 12 months"),
        "purchase_count_12m": ("c5", "orders_last_12_months"), "points": ("c6", "Loyalty points"),
    },
}  # fmt: skip
"""How three companies call the same figures: key and label by figure."""
_TYPES = {"last_purchase": "date", "total_spend": "money", "spend_12m": "money"}


def customers(count: int = 300, seed: int = 5) -> list[Row]:
    """Draw customers by figure: some never bought, of some a figure is unknown."""
    random = Random(seed)
    rows: list[Row] = []
    for number in range(count):
        bought = random.choice([0, *range(1, 12)])
        lately = random.randint(0, bought)
        spent = round(random.lognormvariate(6, 1) * bought, 2)
        rows.append({
            "number": number,
            "last_purchase": TODAY - timedelta(random.randrange(700)) if bought else None,
            "purchase_count": bought,
            "total_spend": spent if random.random() < 0.95 else None,
            "spend_12m": round(spent * lately / max(1, bought), 2) if random.random() < 0.95 else None,
            "purchase_count_12m": lately,
            "points": random.choice([None, random.randrange(9_000)]),
        })  # fmt: skip
    return rows


def add_table(shop: Shop, style: str, rows: list[Row]) -> None:
    """Make a table of these customers under a company's own names."""
    names = NAMES[style]
    fields: list[Json] = [
        {"key": "number", "label": "No", "type": "integer", "required": True, "unique": True}
    ]
    for figure, (key, label) in names.items():
        kind = _TYPES.get(figure, "integer")
        more: dict[str, Json] = {"currency": "CNY", "scale": 2} if kind == "money" else {}
        fields.append({"key": key, "label": label, "type": kind, **more})
    shop.apply({
        "format": 1, "kind": "record_type", "key": style, "label": style.title(),
        "key_field": "number", "fields": fields,
    })  # fmt: skip
    called = {figure: key for figure, (key, _) in names.items()} | {"number": "number"}
    with writing(shop.platform, shop.owner) as bench:
        insert(bench, style, [{called[one]: value for one, value in row.items()} for row in rows])


# ── thresholds by other formulas ────────────────────────────────────────────────────────────────────────────────────


def two_digits(number: float) -> Decimal:
    """Round to two significant digits."""
    exact = Decimal(number)
    return exact.quantize(Decimal(1).scaleb(exact.adjusted() - 1), ROUND_HALF_EVEN)


def whole_up(number: float) -> int:
    return max(1, int(two_digits(number).to_integral_value(ROUND_CEILING)))


def whole_down(number: float) -> int:
    return max(1, int(two_digits(number).to_integral_value(ROUND_FLOOR)))


def percentile(values: Iterable[float], percent: int) -> float:
    """Return a type-7 quantile."""
    return quantiles(sorted(values), n=100, method="inclusive")[percent - 1]


def above_zero(rows: list[Row], figure: str) -> list[float]:
    found = (row[figure] for row in rows)
    return [float(one) for one in found if isinstance(one, int | float) and one > 0]


def days_ago(row: Row) -> int | None:
    last = row["last_purchase"]
    return (TODAY - last).days if isinstance(last, date) else None


def eight_types(rows: list[Row], centre: str) -> dict[str, int]:
    """Count the RFM types with thresholds at the median or the mean."""
    middle: Callable[[list[float]], float] = median if centre == "median" else fmean
    near = whole_down(middle([float(one) for row in rows if (one := days_ago(row)) is not None]))
    often = whole_up(middle(above_zero(rows, "purchase_count")))
    much = float(two_digits(middle(above_zero(rows, "total_spend"))))
    sizes: dict[str, int] = {}
    for row in rows:
        key = _type(row, near, often, much)
        sizes[key] = sizes.get(key, 0) + 1
    return sizes


def _type(row: Row, near: int, often: int, much: float) -> str:
    days, count, spent = days_ago(row), row["purchase_count"], row["total_spend"]
    assert isinstance(count, int)
    if not isinstance(spent, float):
        return "held"
    if count == 0 or days is None:
        return "no_purchase"
    names = {
        (True, True): "value", (False, True): "keep", (True, False): "develop", (False, False): "win_back",
    }  # fmt: skip
    return f"{'key' if spent >= much else 'plain'}_{names[days <= near, count >= often]}"
