"""What the page says about figures and thresholds."""

from collections.abc import Mapping

from tierloom.domain.label_sets import LabelSet
from tierloom.rules.templates.values import Asks, Measure, Template
from tierloom.services.grid import HELD
from tierloom.services.templates.plans import ADD, CENTRES, Held, Plan
from tierloom.services.templates.thresholds import Threshold
from tierloom.text import T, Text
from tierloom.web import formats
from tierloom.web.tiers.drawing import distribution

CENTRE_NAMES: Mapping[str, Text] = {"median": T("At the median"), "mean": T("At the mean")}


def options(held: Held) -> list[tuple[str, object]]:
    """Return what can hold a figure: a calculated field that is made, fields whose type suits, or nothing."""
    made = [(ADD, T("New calculated field: %(name)s", name=held.made.label))] if held.made else []
    return [*made, *((one.key, one.label) for one in held.offered)]


def chosen(held: Held) -> str:
    """Return which of the options is chosen."""
    return ADD if held.adds else held.field.key if held.field else ""


def measure(one: Threshold, plan: Plan) -> Text:
    """Say how a threshold was proposed."""
    share = one.parameter.share
    if not one.measured:
        return T("Usual value; the data do not tell yet")
    match one.parameter.measure:
        case Measure.QUANTILE if one.parameter.asks is Asks.AT_LEAST:
            return T("Top %(share)s of those above 0", share=formats.percent(1 - share, 0))
        case Measure.QUANTILE:
            return T("%(share)s of all are below", share=formats.percent(share, 0))
        case Measure.GAP_QUANTILE if one.behind:
            return T(
                "%(share)s of customers' gaps between two purchases are shorter; and your data end"
                " %(days)s days ago",
                share=formats.percent(share, 0),
                days=formats.number(one.behind),
            )
        case Measure.GAP_QUANTILE:
            return T(
                "%(share)s of customers' gaps between two purchases are shorter",
                share=formats.percent(share, 0),
            )
        case Measure.PARETO:
            return T("Those above bring %(share)s of the sum", share=formats.percent(share, 0))
        case Measure.CENTRE:
            return T("Median") if plan.centre == CENTRES[0] else T("Mean")
        case Measure.FIXED:
            return T("Usual value")


def unit(one: Threshold, template: Template) -> object:
    """Return what stands behind a threshold's number: a currency's sign, days, the field's unit; else nothing."""
    if one.parameter.figure and template.figure(one.parameter.figure).is_date:
        return T("days")
    if one.type.currency:
        return formats.currency_word(one.type.currency)
    return one.field.unit if one.field and one.field.unit else ""


def chart(plan: Plan) -> list[dict[str, object]]:
    """Return the sizes as a chart takes them: of tiers with those of whom too little is known, or of labels."""
    thing = plan.thing
    if thing is None:
        return []
    if isinstance(thing, LabelSet):
        return [_part(one.slot, one.label, plan.sizes[one.key], plan.total) for one in thing.labels]
    return distribution(thing, {**plan.sizes, HELD: plan.not_enough_data}, plan.total)


def _part(slot: str, label: object, count: int, total: int) -> dict[str, object]:
    return {"slot": slot, "label": label, "count": count, "share": count / total if total else 0}


def centres(plan: Plan) -> list[tuple[str, Text, list[dict[str, object]]]]:
    """Return the sizes at the median and at the mean: either can double or halve a class."""
    thing = plan.thing
    if thing is None or isinstance(thing, LabelSet):
        return []
    return [
        (
            key,
            CENTRE_NAMES[key],
            distribution(thing, {**sizes, HELD: plan.not_enough_data}, plan.total),
        )
        for key, sizes in plan.centres.items()
    ]


def fitting(percent: int) -> tuple[Text, str]:
    """Say how far the workspace's tables go for a template, with the tone of a status."""
    if percent == 100:
        return T("Fits your data"), "ok"
    if percent == 0:
        return T("No matching fields yet"), ""
    return T("Some fields to choose"), "warn"
