"""What a meta-schema cannot say about a document: keys, doubles, and what goes with what."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain, pairwise
from math import inf
from typing import Any

from tierloom.domain.fields import STARS, USUAL_STARS, WITHOUT_OPERAND, Aggregate, FieldKind
from tierloom.domain.keys import MAX_KEY, RESERVED, is_key
from tierloom.errors import Problem
from tierloom.schemas.field_types import kind_record
from tierloom.schemas.free_text import normal_text
from tierloom.schemas.patterns import compile_pattern
from tierloom.schemas.problems import shown
from tierloom.text import T

Document = dict[str, Any]
_TYPE_FACTS = (
    "scale", "currency", "options", "ranked", "target",
    "minimum", "maximum", "max_length", "pattern",
)  # fmt: skip
_LABELS = frozenset({"label", "noun", "help", "wording", "unit", "purpose"})
_DATED = ("date", "datetime")


def check_record_type(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with a table beyond its shape."""
    fields: list[Document] = document["fields"]
    yield from _check_head(document, "")
    yield from _doubles(((f"/fields/{i}/key", one["key"]) for i, one in enumerate(fields)))
    types = {one["key"]: one["type"] for one in fields}
    for role in ("key_field", "title_field", "date_field"):
        if role in document and document[role] not in types:
            yield _no_field(f"/{role}", document[role])
    if document.get("date_field") in types and types[document["date_field"]] not in _DATED:
        yield _not_dated("/date_field", document["date_field"])
    for i, one in enumerate(fields):
        yield from _check_field(one, f"/fields/{i}", types)


def check_form(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with a form beyond its shape."""
    yield from _check_head(document, "")
    for i, section in enumerate(document["sections"]):
        yield from _check_label(section, "label", f"/sections/{i}")
    yield from _doubles(
        (f"/sections/{i}/items/{j}/field", item["field"])
        for i, section in enumerate(document["sections"])
        for j, item in enumerate(section["items"])
    )


def check_keyed(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with a segment or a view beyond its shape."""
    yield from _check_head(document, "")


def check_tier_model(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with a tier model beyond its shape."""
    yield from _check_head(document, "")
    places = [(f"/tiers/{i}", tier) for i, tier in enumerate(document["tiers"])]
    places.append(("/default", document["default"]))
    for place, tier in places:
        yield from _check_head(tier, place)
    yield from _doubles((f"{place}/key", tier["key"]) for place, tier in places)


def check_label_set(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with a label set beyond its shape."""
    yield from _check_head(document, "")
    for i, one in enumerate(document["labels"]):
        yield from _check_head(one, f"/labels/{i}")
    yield from _doubles(
        (f"/labels/{i}/key", one["key"]) for i, one in enumerate(document["labels"])
    )


def check_score(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with a score beyond its shape."""
    yield from _check_head(document, "")
    scale = document.get("scale", 0)
    for i, group in enumerate(document["groups"]):
        place = f"/groups/{i}"
        yield from _check_label(group, "label", place)
        for name in ("cap", "floor"):
            yield from _check_points(group.get(name, 0), scale, f"{place}/{name}")
        if group.get("floor", -inf) > group.get("cap", inf):
            message = T("The smallest value is larger than the largest.")
            yield Problem("bad-limit", f"{place}/floor", message)
        for j, one in enumerate(group["criteria"]):
            yield from _check_criterion(one, scale, f"{place}/criteria/{j}")


def _check_criterion(one: Document, scale: int, place: str) -> Iterator[Problem]:
    yield from _check_label(one, "label", place)
    listed = isinstance(one["points"], list)
    if listed != ("field" in one):
        message = T("A rule has one number of points; bands have one for each class.")
        yield Problem("bad-points", f"{place}/points", message)
        return
    for points in one["points"] if listed else [one["points"]]:
        yield from _check_points(points, scale, f"{place}/points")
    if any(low >= high for low, high in pairwise(one.get("cuts", ()))):
        message = T("Each cut point is larger than the one before.")
        yield Problem("bad-cuts", f"{place}/cuts", message)
    if listed and len(one["points"]) != len(one["cuts"]) + 1:
        message = T("Bands have points for one class more than they have cut points.")
        yield Problem("bad-points", f"{place}/points", message)


def _check_points(points: float, scale: int, place: str) -> Iterator[Problem]:
    if round(points, scale) != points:
        message = T("%(points)s has more decimals than the score, which has %(scale)s.",
                    points=points, scale=scale)  # fmt: skip
        yield Problem("too-many-decimals", place, message)


def _check_head(document: Document, pointer: str) -> Iterator[Problem]:
    key = document["key"]
    if key in RESERVED:
        message = T("%(key)s is reserved; take another key.", key=key)
        yield Problem("reserved-key", f"{pointer}/key", message)
    elif not is_key(key):
        yield Problem(
            "bad-key",
            f"{pointer}/key",
            T("%(key)s cannot be a key.", key=shown(key)),
            T(
                "Use letters, digits, _ and -, beginning with a letter; at most %(n)s characters.",
                n=MAX_KEY,
            ),
        )
    for name in _LABELS & document.keys():
        yield from _check_label(document, name, pointer)


def _check_label(document: Document, name: str, pointer: str) -> Iterator[Problem]:
    label = document[name]
    words = [label] if isinstance(label, str) else label.values()
    if not any(word.strip() for word in words):
        message = T("A name needs a word in at least one language.")
        yield Problem("empty-label", f"{pointer}/{name}", message)


def _doubles(places: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for pointer, key in places:
        if key in seen:
            yield Problem("duplicate-key", pointer, T("%(key)s stands twice.", key=shown(key)))
        seen.add(key)


def _no_field(pointer: str, key: str) -> Problem:
    message = T("There is no field %(key)s in this table.", key=shown(key))
    return Problem("unknown-field", pointer, message)


def _not_dated(pointer: str, key: str) -> Problem:
    return Problem("not-dated", pointer, T("The field %(key)s holds no date.", key=shown(key)))


def _check_field(one: Document, pointer: str, types: dict[str, str]) -> Iterator[Problem]:
    yield from _check_head(one, pointer)
    yield from chain(
        _check_facts(one, pointer),
        _check_options(one, pointer),
        _check_limits(one, pointer),
        _check_pattern(one, pointer),
    )
    if "calculation" in one:
        yield from _check_calculation(one, pointer, types)


def _check_facts(one: Document, pointer: str) -> Iterator[Problem]:
    """Yield facts that do not belong to the kind, and those that it lacks."""
    kind = kind_record(FieldKind(one["type"]))
    for fact in _TYPE_FACTS:
        given = fact in one and one[fact] is not False
        if given and fact not in kind.sets:
            message = T("%(fact)s does not belong to a field of the kind %(kind)s.",
                        fact=fact, kind=kind.label)  # fmt: skip
            yield Problem("not-for-kind", f"{pointer}/{fact}", message)
        if not given and fact in kind.needs:
            message = T("A field of the kind %(kind)s needs %(fact)s.",
                        fact=fact, kind=kind.label)  # fmt: skip
            yield Problem("missing-fact", pointer, message)


def _check_options(one: Document, pointer: str) -> Iterator[Problem]:
    options = one.get("options", ())
    yield from _doubles(
        (f"{pointer}/options/{i}/key", option["key"]) for i, option in enumerate(options)
    )
    for i, option in enumerate(options):
        if option["key"] != normal_text(option["key"]):
            message = T("%(key)s cannot be an option's key.", key=shown(option["key"]))
            hint = T("A key has no spaces at its ends and no line breaks.")
            yield Problem("bad-key", f"{pointer}/options/{i}/key", message, hint)
        if "label" in option:
            yield from _check_label(option, "label", f"{pointer}/options/{i}")


def _check_limits(one: Document, pointer: str) -> Iterator[Problem]:
    if one["type"] == FieldKind.RATING:
        yield from _check_stars(one, pointer)
        return
    dated = one["type"] == FieldKind.DATE
    limits = {name: one[name] for name in ("minimum", "maximum") if name in one}
    for name, limit in limits.items():
        if isinstance(limit, str) != dated or (dated and not _is_date(limit)):
            message = T("%(limit)s is no limit for this kind of field.", limit=shown(str(limit)))
            yield Problem("bad-limit", f"{pointer}/{name}", message)
            return
    if len(limits) == 2 and limits["minimum"] > limits["maximum"]:
        message = T("The smallest value is larger than the largest.")
        yield Problem("bad-limit", f"{pointer}/minimum", message)


def _check_stars(one: Document, pointer: str) -> Iterator[Problem]:
    least, most = one.get("minimum", 1), one.get("maximum", USUAL_STARS)
    if least != 1 or most not in STARS:
        message = T("A rating has %(least)s to %(most)s stars, and begins at one.",
                    least=STARS[0], most=STARS[-1])  # fmt: skip
        yield Problem("bad-limit", f"{pointer}/{'maximum' if least == 1 else 'minimum'}", message)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _check_pattern(one: Document, pointer: str) -> Iterator[Problem]:
    try:
        compile_pattern(one.get("pattern", ""))
    except ValueError as error:
        message = T("This pattern cannot be used: %(reason)s.", reason=str(error).rstrip("."))
        yield Problem("bad-pattern", f"{pointer}/pattern", message)


def _check_calculation(one: Document, pointer: str, types: dict[str, str]) -> Iterator[Problem]:
    calculation = one["calculation"]
    place = f"{pointer}/calculation"
    for fact in ("required", "unique"):
        if one.get(fact):
            message = T("A calculated field cannot be required or unique.")
            yield Problem("not-for-kind", f"{pointer}/{fact}", message)
    match calculation["kind"]:
        case "time_since" | "time_until":
            yield from _check_time(calculation, place, types)
        case "roll_up":
            yield from _check_roll_up(calculation, place)
        case "bands":
            yield from _check_bands(one, place, types)


def _check_time(calculation: Document, place: str, types: dict[str, str]) -> Iterator[Problem]:
    source = calculation["source"]
    if source not in types:
        yield _no_field(f"{place}/source", source)
    elif types[source] not in _DATED:
        yield _not_dated(f"{place}/source", source)
    if calculation.get("yearly") and calculation.get("unit", "day") != "day":
        message = T("The time to an anniversary is counted in days.")
        yield Problem("bad-unit", f"{place}/unit", message)


def _check_roll_up(calculation: Document, place: str) -> Iterator[Problem]:
    aggregate = Aggregate(calculation["aggregate"])
    if (aggregate in WITHOUT_OPERAND) == ("operand" in calculation):
        message = T("A count has no field to work on; every other total has one.")
        if aggregate in (Aggregate.SHARE, Aggregate.GAP):
            message = T("A share and a gap have no field to work on.")
        yield Problem("bad-operand", f"{place}/aggregate", message)
    if (aggregate is Aggregate.SHARE) != ("matching" in calculation):
        message = T("A share needs a rule that its records match; nothing else has one.")
        yield Problem("bad-matching", f"{place}/aggregate", message)


def _check_bands(one: Document, place: str, types: dict[str, str]) -> Iterator[Problem]:
    bands = one["calculation"]
    if bands["source"] not in types:
        yield _no_field(f"{place}/source", bands["source"])
    cuts, classes = bands["cuts"], bands["classes"]
    if any(low >= high for low, high in pairwise(cuts)):
        message = T("Each cut point is larger than the one before.")
        yield Problem("bad-cuts", f"{place}/cuts", message)
    if len(classes) != len(cuts) + 1 or len(set(classes)) != len(classes):
        message = T("Bands have one class more than cut points, each another one.")
        yield Problem("bad-classes", f"{place}/classes", message)
    options = {option["key"] for option in one.get("options", ())}
    if one["type"] != FieldKind.CHOICE or not set(classes) <= options:
        message = T("A field of bands is a single choice, with its classes as options.")
        yield Problem("bad-classes", f"{place}/classes", message)
