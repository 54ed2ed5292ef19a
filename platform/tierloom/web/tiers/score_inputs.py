"""Scores as the editor's form sends them.

A criterion's controls are named `c<group>-<criterion>.label`, `.points`, and of bands `.field` and `.cut`; a group's
`g<group>.label`, `.cap`, `.floor`. What cannot be read as a number, or gives cut points out of order, changes nothing:
somebody is in the middle of typing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise

from werkzeug.datastructures import MultiDict

from tierloom.domain.fields import FieldKind, FieldType
from tierloom.domain.rules import NOBODY
from tierloom.domain.scores import BandsCriterion, Criterion, RuleCriterion, Score, ScoreGroup
from tierloom.domain.tiers import OnMissing
from tierloom.rules.builder import Group
from tierloom.schemas.number_text import read_number
from tierloom.schemas.parsing import BadText
from tierloom.services import score_parts
from tierloom.services.score_parts import Parts, Trees, key_of, places
from tierloom.services.tables import suggest_key
from tierloom.text import Label
from tierloom.web.i18n import locale
from tierloom.web.tiers.inputs import MAX_NAME, label_of

Form = MultiDict[str, str]
CutsOf = Callable[[str], tuple[float, ...]]
LIMIT = 1_000_000
MAX_PARTS = 50
MAX_GROUPS = 20
_ANY_SCALE = FieldType(FieldKind.DECIMAL, scale=6)
FIRST_GROUP = Label({"zh": "第 1 组", "en": "Group 1"})
FIRST_CRITERION = Label({"zh": "评分项 1", "en": "Criterion 1"})


def new_score(form: Mapping[str, str], known: list[str]) -> Score:
    """Return a new score with one criterion to begin with."""
    label = label_of(form)
    key = suggest_key(label.words.get("en") or label.read("zh"), known, "score")
    first = RuleCriterion(FIRST_CRITERION, NOBODY, 10)
    group = ScoreGroup(FIRST_GROUP, (first,))
    return Score(key, label, form.get("table", ""), (group,), on_missing=OnMissing.HOLD)


def changed(score: Score, trees: Trees, op: str, form: Form, cuts_of: CutsOf) -> Parts:
    """Return a score after the form's values and one operation; `cuts_of` proposes cut points of a field.

    Raises:
        ValueError: the operation would leave no criterion.
    """
    return _carried_out(_typed(score, form, cuts_of), trees, op, cuts_of)


# ── values ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _typed(score: Score, form: Form, cuts_of: CutsOf) -> Score:
    groups = []
    for g, group in enumerate(score.groups):
        criteria = tuple(
            _criterion(one, f"c{key_of(g, c)}", form, score.scale, cuts_of)
            for c, one in enumerate(group.criteria)
        )
        changed_group = _group(group, f"g{g}", form, score.scale)
        groups.append(replace(changed_group, criteria=criteria))
    return replace(score, groups=tuple(groups))


def _criterion(one: Criterion, name: str, form: Form, scale: int, cuts_of: CutsOf) -> Criterion:
    label = _label(one.label, form.get(f"{name}.label"))
    match one:
        case RuleCriterion():
            points = _number(form.get(f"{name}.points"), one.points, scale)
            return replace(one, label=label, points=points)
        case BandsCriterion():
            source = form.get(f"{name}.field") or one.source
            if source != one.source:
                return by_bands(label, source, cuts_of)
            return _bands(replace(one, label=label), name, form, scale)


def _bands(one: BandsCriterion, name: str, form: Form, scale: int) -> BandsCriterion:
    cuts = _numbers(form.getlist(f"{name}.cut"), one.cuts, None)
    if any(low >= high for low, high in pairwise(cuts)):
        cuts = one.cuts
    points = _numbers(form.getlist(f"{name}.points"), one.points, scale)
    return replace(one, cuts=cuts, points=points)


def _group(one: ScoreGroup, name: str, form: Form, scale: int) -> ScoreGroup:
    cap, floor = one.cap, one.floor
    if f"{name}.cap" in form:
        cap = _optional(form[f"{name}.cap"], cap, scale)
    if f"{name}.floor" in form:
        floor = _optional(form[f"{name}.floor"], floor, scale)
    if cap is not None and floor is not None and floor > cap:
        cap, floor = one.cap, one.floor
    return replace(one, label=_label(one.label, form.get(f"{name}.label")), cap=cap, floor=floor)


def _label(label: Label, typed: str | None) -> Label:
    """Return the label with what was typed as its word in the reader's language."""
    words = (typed or "").strip()[:MAX_NAME]
    language = "zh" if locale().startswith("zh") else "en"
    if not words or words == label.read(locale()):
        return label
    return Label({**label.words, language: words})


def _numbers(typed: list[str], before: tuple[float, ...], scale: int | None) -> tuple[float, ...]:
    if len(typed) != len(before):
        return before
    pairs = zip(typed, before, strict=True)
    if scale is None:
        return tuple(_number(text, old, _ANY_SCALE.scale, 1e15) for text, old in pairs)
    return tuple(_number(text, old, scale) for text, old in pairs)


def _optional(typed: str, before: float | None, scale: int) -> float | None:
    if not typed.strip():
        return None
    found = _read(typed)
    if found is None or round(found, scale) != found or abs(found) > LIMIT:
        return before
    return found


def _number(typed: str | None, before: float, scale: int, limit: float = LIMIT) -> float:
    found = _read(typed or "")
    if found is None or round(found, scale) != found or abs(found) > limit:
        return before
    return found


def _read(typed: str) -> float | None:
    try:
        found = read_number(_ANY_SCALE, typed)
    except BadText:
        return None
    return None if found is None else float(found)


# ── operations ──────────────────────────────────────────────────────────────────────────────────────────────────────


def by_bands(label: Label, source: str, cuts_of: CutsOf) -> BandsCriterion:
    """Return a criterion that gives ten points more for each class of a field."""
    cuts = cuts_of(source)
    return BandsCriterion(label, source, cuts, tuple(10.0 * n for n in range(len(cuts) + 1)))


def _carried_out(score: Score, trees: Trees, op: str, cuts_of: CutsOf) -> Parts:
    what, _, rest = op.partition(":")
    name, _, key = rest.partition(":")
    match what:
        case "crit":
            return _on_criterion(score, trees, name, key, cuts_of)
        case "cut":
            return _on_cut(score, name, key), trees
        case "part":
            return _on_group(score, trees, name, key)
    return score, trees


def _on_criterion(score: Score, trees: Trees, name: str, key: str, cuts_of: CutsOf) -> Parts:
    match name:
        case "rule" | "bands":
            group, _, source = key.partition(":")
            if not _room(score, group):
                return score, trees
            made = _next(score, int(group), source if name == "bands" else "", cuts_of)
            return score_parts.add(score, trees, int(group), made)
        case "delete":
            return score_parts.remove(score, trees, key)
        case "up" | "down":
            return score_parts.move(score, trees, key, -1 if name == "up" else 1)[0]
        case "copy":
            return score_parts.copy(score, trees, key)
    return score, trees


def _room(score: Score, group: str) -> bool:
    return _is_group(score, group) and len(score.groups[int(group)].criteria) < MAX_PARTS


def _is_group(score: Score, place: str) -> bool:
    return place.isdecimal() and int(place) < len(score.groups)


def _next(score: Score, group: int, source: str, cuts_of: CutsOf) -> Criterion:
    number = len(score.groups[group].criteria) + 1
    label = Label({"zh": f"评分项 {number}", "en": f"Criterion {number}"})
    if source:
        return by_bands(label, source, cuts_of)
    return RuleCriterion(label, NOBODY, 10)


def _on_cut(score: Score, name: str, rest: str) -> Score:
    key, _, place = rest.partition(":")

    def change(one: Criterion) -> Criterion:
        if not isinstance(one, BandsCriterion):
            return one
        if name == "add" and len(one.cuts) < MAX_PARTS:
            return score_parts.add_cut(one)
        if name == "delete" and place.isdecimal() and int(place) < len(one.cuts) > 1:
            return score_parts.remove_cut(one, int(place))
        return one

    return score_parts.changed(score, key, change)


def _on_group(score: Score, trees: Mapping[str, Group], name: str, key: str) -> Parts:
    if name == "add" and len(score.groups) < MAX_GROUPS:
        number = len(score.groups) + 1
        label = Label({"zh": f"第 {number} 组", "en": f"Group {number}"})
        return score_parts.add_group(
            score, trees, label, RuleCriterion(FIRST_CRITERION, NOBODY, 10)
        )
    if not _is_group(score, key):
        return score, trees
    match name:
        case "delete":
            return score_parts.remove_group(score, trees, int(key))
        case "up" | "down":
            return score_parts.move_group(score, trees, int(key), -1 if name == "up" else 1)
    return score, trees


def chosen_after(score: Score, after: Score, chosen: str, op: str) -> str:
    """Return which criterion the editor shows after an operation: the new one, or the one that moved."""
    what, _, rest = op.partition(":")
    name, _, key = rest.partition(":")
    group = key.partition(":")[0]
    if what == "crit" and name in ("rule", "bands") and _is_group(after, group):
        return score_parts.key_of(int(group), len(after.groups[int(group)].criteria) - 1)
    if what == "crit" and name == "open" and key in dict(places(after)):
        return key
    if what == "crit" and name in ("up", "down"):
        return score_parts.move(score, {}, key, -1 if name == "up" else 1)[1]
    if what == "part" and name == "add":
        return score_parts.key_of(len(after.groups) - 1, 0)
    return chosen if chosen in dict(places(after)) else score_parts.FIRST
