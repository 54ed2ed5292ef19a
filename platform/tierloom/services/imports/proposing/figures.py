"""The standard figures of whoever purchases are linked to: how recently, how often, how much."""

from collections.abc import Collection, Iterator

from tierloom.domain.fields import Aggregate, Field, FieldKind, FieldType, RollUp, TimeSince
from tierloom.schemas.naming import make_key
from tierloom.text import Label

YEAR_DAYS = 365


def standard_figures(
    relation: str, date: Field | None, amount: Field | None, taken: Collection[str]
) -> Iterator[Field]:
    """Yield calculated fields over related records; `date` and `amount` are fields of theirs, if they have them."""
    used = {*taken}

    def named(key: str, label: tuple[str, str], kind: FieldType, calculation: RollUp | TimeSince,
              wording: tuple[str, str], unit: tuple[str, str] | None = None) -> Field:  # fmt: skip
        free = make_key(key, used)
        used.add(free)
        return Field(
            free, _label(label), kind, calculation=calculation, wording=_label(wording),
            unit=_label(unit) if unit else None,
        )  # fmt: skip

    whole = FieldType(FieldKind.INTEGER)
    times = ("次", "")
    if date is not None:
        plain = FieldType(date.type.kind)
        yield named("first_purchase", ("首次购买", "First purchase"), plain,
                    RollUp(Aggregate.FIRST, relation, date.key),
                    ("首次购买在{value}", "bought first on {value}"))  # fmt: skip
        last = named("last_purchase", ("最近购买", "Last purchase"), plain,
                     RollUp(Aggregate.LAST, relation, date.key),
                     ("最近购买在{value}", "bought last on {value}"))  # fmt: skip
        yield last
        yield named("days_since_purchase", ("距上次购买天数", "Days since last purchase"), whole,
                    TimeSince(last.key), ("距上次购买{value}", "last bought {value} days ago"),
                    ("天", "days"))  # fmt: skip
    yield named("purchase_count", ("购买次数", "Purchases"), whole, RollUp(Aggregate.COUNT, relation),
                ("共购买{value}", "bought {value} times"), times)  # fmt: skip
    if amount is not None:
        yield from _sums(named, relation, amount, dated=date is not None)
    if date is not None:
        yield named("purchase_count_12m", ("近 12 个月购买次数", "Purchases in the last 12 months"), whole,
                    RollUp(Aggregate.COUNT, relation, window_days=YEAR_DAYS),
                    ("近 12 个月购买{value}", "bought {value} times in the last 12 months"), times)  # fmt: skip


def _sums(named, relation: str, amount: Field, *, dated: bool) -> Iterator[Field]:  # type: ignore[no-untyped-def]
    kind = FieldType(amount.type.kind, amount.type.scale, amount.type.currency)
    average = kind
    if kind.kind is FieldKind.INTEGER:
        average = FieldType(FieldKind.DECIMAL, 2)
    yield named("total_spend", ("累计消费", "Total spend"), kind,
                RollUp(Aggregate.SUM, relation, amount.key),
                ("累计消费{value}", "spent {value} in all"))  # fmt: skip
    yield named("average_spend", ("平均每次消费", "Average purchase"), average,
                RollUp(Aggregate.AVERAGE, relation, amount.key),
                ("平均每次消费{value}", "spends {value} at a time"))  # fmt: skip
    if dated:
        yield named("spend_12m", ("近 12 个月消费", "Spend in the last 12 months"), kind,
                    RollUp(Aggregate.SUM, relation, amount.key, window_days=YEAR_DAYS),
                    ("近 12 个月消费{value}", "spent {value} in the last 12 months"))  # fmt: skip


def _label(words: tuple[str, str]) -> Label:
    return Label({"zh": words[0], "en": words[1]})
