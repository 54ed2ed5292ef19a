"""The standard figures of whoever purchases are linked to: how recently, how often, how much."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tierloom.domain.fields import Aggregate, Field, FieldKind, FieldType, RollUp, TimeSince
from tierloom.schemas.naming import make_key
from tierloom.text import Label

YEAR_DAYS = 365
_LAST = "last_purchase"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over related records: `of` is the field it is about: "date", "amount" or nothing (a count)."""

    key: str
    label: Label
    wording: Label
    aggregate: Aggregate | None
    of: str = ""
    window_days: int | None = None
    unit: Label | None = None


def _words(zh: str, en: str) -> Label:
    return Label({"zh": zh, "en": en})


_TIMES = _words("次", "times")
FIGURES = (
    Figure("first_purchase", _words("首次购买", "First purchase"),
           _words("首次购买{value}", "first bought {value}"), Aggregate.FIRST, "date"),
    Figure(_LAST, _words("最近购买", "Last purchase"),
           _words("最近一次购买{value}", "last bought {value}"), Aggregate.LAST, "date"),
    Figure("days_since_purchase", _words("距上次购买天数", "Days since last purchase"),
           _words("距上次购买{value}", "bought nothing for {value}"), None, "date",
           unit=_words("天", "days")),
    Figure("purchase_count", _words("购买次数", "Purchases"),
           _words("累计购买{value}", "bought {value}"), Aggregate.COUNT, unit=_TIMES),
    Figure("total_spend", _words("累计消费", "Total spend"),
           _words("累计消费{value}", "spent {value} in all"), Aggregate.SUM, "amount"),
    Figure("average_spend", _words("平均每次消费", "Average purchase"),
           _words("平均每次消费{value}", "spends {value} at a time"), Aggregate.AVERAGE, "amount"),
    Figure("spend_12m", _words("近 12 个月消费", "Spend, last 12 months"),
           _words("近 12 个月消费{value}", "spent {value} in the last 12 months"),
           Aggregate.SUM, "amount", YEAR_DAYS),
    Figure("purchase_count_12m", _words("近 12 个月购买次数", "Purchases, last 12 months"),
           _words("近 12 个月购买{value}", "bought {value} in the last 12 months"),
           Aggregate.COUNT, "", YEAR_DAYS, _TIMES),
)  # fmt: skip


def standard_figures(
    relation: str, date: Field | None, amount: Field | None, taken: Collection[str] = ()
) -> Iterator[Field]:
    """Yield calculated fields over related records; what lacks its date or amount is left out."""
    fields = {"date": date, "amount": amount}
    used = {*taken}
    last = ""
    for one in FIGURES:
        operand = fields.get(one.of)
        if (one.of and operand is None) or (one.window_days and date is None):
            continue
        key = make_key(one.key, used)
        used.add(key)
        last = key if one.key == _LAST else last
        calculation: RollUp | TimeSince = TimeSince(last)
        if one.aggregate is not None:
            about = operand.key if operand else None
            calculation = RollUp(one.aggregate, relation, about, one.window_days)
        kind = _type(one, operand)
        yield Field(
            key, one.label, kind, calculation=calculation, wording=one.wording, unit=one.unit
        )


def _type(one: Figure, operand: Field | None) -> FieldType:
    if operand is None or one.aggregate is None:
        return FieldType(FieldKind.INTEGER)
    kind = operand.type
    if one.aggregate is Aggregate.AVERAGE and kind.kind is FieldKind.INTEGER:
        return FieldType(FieldKind.DECIMAL, scale=2)
    return FieldType(kind.kind, kind.scale, kind.currency)
