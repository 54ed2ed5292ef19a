"""Drafts of tier models, segments, label sets and scores: the stored thing beside the builder's trees.

A draft's body is `{"format": 1, "thing": <the document>, "trees": {<tree key>: <tree>}}`. The thing's rules
never contain an unfinished condition; the trees do, so that what is half typed survives.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from tierloom.domain.label_sets import LabelRule, LabelSet
from tierloom.domain.people import Actor, Grant
from tierloom.domain.rules import NOBODY, RuleDocument
from tierloom.domain.scores import Score
from tierloom.domain.tiers import Badge, Segment, Tier, TierModel
from tierloom.domain.views import View
from tierloom.errors import Conflict, InUse, Invalid, NotFound, Problem, raise_if
from tierloom.rules.builder import (
    Group,
    Written,
    read_tree,
    settle,
    tree_from_json,
    tree_to_json,
    write_tree,
)
from tierloom.rules.compile import Objects, check_rule
from tierloom.rules.scores import check_score
from tierloom.schemas import documents
from tierloom.services import authorize, consistency
from tierloom.services.platform import Platform
from tierloom.services.published import KINDS, Published
from tierloom.services.runs import recalculation
from tierloom.services.score_parts import criterion_at, rules_of_score, with_rule_of_score
from tierloom.services.workbench import Workbench, writing
from tierloom.store.documents import Document
from tierloom.text import Label, T, Text

FORMAT = 1
RULE = "rule"
Ruled = TierModel | Segment | LabelSet | Score
Parted = TierModel | LabelSet
"""What consists of parts that have a rule each."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A thing with rules as it is being designed.

    `trees` are by the key of a tier or label; a segment's is under "rule", those of a score as in `score_parts`.
    """

    document: Document
    thing: Ruled
    trees: Mapping[str, Group]

    @property
    def published(self) -> Ruled | None:
        """The published version, None before the first."""
        return (
            None
            if self.document.published is None
            else _ruled(self.document.published, self.document.kind)
        )

    @property
    def has_changes(self) -> bool:
        """Whether the draft differs from what is published."""
        return self.document.draft is not None and self.thing != self.published


def kind_of(thing: Ruled) -> str:
    """Return the kind of document that holds a thing."""
    return documents.kind_of(thing)


def rules_of(thing: Ruled) -> dict[str, RuleDocument]:
    """Return a thing's rules by tree key."""
    match thing:
        case Segment():
            return {RULE: thing.rule}
        case LabelSet():
            return {one.key: one.rule for one in thing.labels}
        case TierModel():
            return {tier.key: tier.rule for tier in thing.tiers}
        case Score():
            return rules_of_score(thing)


def with_rule(thing: Ruled, key: str, rule: RuleDocument) -> Ruled:
    """Return the thing with one rule replaced."""
    match thing:
        case Segment():
            return replace(thing, rule=rule)
        case LabelSet():
            labels = (replace(one, rule=rule) if one.key == key else one for one in thing.labels)
            return replace(thing, labels=tuple(labels))
        case TierModel():
            tiers = (replace(one, rule=rule) if one.key == key else one for one in thing.tiers)
            return replace(thing, tiers=tuple(tiers))
        case Score():
            return with_rule_of_score(thing, key, rule)


def part_name(thing: Ruled, key: str) -> Label:
    """Return what the part with a rule is called: a tier, a label, a criterion; a segment is one part."""
    match thing:
        case Segment():
            return thing.label
        case LabelSet():
            return next(one.label for one in thing.labels if one.key == key)
        case TierModel():
            return next(one.label for one in thing.tiers if one.key == key)
        case Score():
            return criterion_at(thing, key).label


@lru_cache(maxsize=64)  # every edit asks for the published version, which stays the same
def _ruled(body: str, kind: str) -> Ruled:
    found = documents.load(body, kind)
    if not isinstance(found, TierModel | Segment | LabelSet | Score):
        raise TypeError(f"A {type(found).__name__} where rules should be.")
    return found


def _body(thing: Ruled, trees: Mapping[str, Group]) -> str:
    """Write a draft down.

    Raises:
        Invalid: it could not be read again: a name is too long, or there are too many parts.
    """
    document = documents.dump(thing)
    documents.load(document, kind_of(thing))
    return json.dumps(
        {
            "format": FORMAT,
            "thing": json.loads(document),
            "trees": {key: tree_to_json(tree) for key, tree in trees.items()},
        },
        ensure_ascii=False,
    )


def _opened(bench: Workbench, document: Document) -> Draft:
    """Read a document. What was published, or applied from a file, has no trees yet: they are made from its rules."""
    body = json.loads(document.body)
    if "trees" not in body:
        thing = _ruled(document.body, document.kind)
        return Draft(document, thing, _trees(bench, thing))
    thing = _ruled(json.dumps(body["thing"], ensure_ascii=False), document.kind)
    return Draft(
        document, thing, {key: tree_from_json(tree) for key, tree in body["trees"].items()}
    )


def _trees(bench: Workbench, thing: Ruled) -> dict[str, Group]:
    table, catalogue = thing.record_type, bench.catalogue
    return {
        key: read_tree(rule, table, catalogue, zone=bench.zone)
        for key, rule in rules_of(thing).items()
    }


def written(bench: Workbench, thing: Ruled, tree: Group) -> Written:
    """Write a tree of a thing as a rule."""
    return write_tree(tree, thing.record_type, bench.catalogue, zone=bench.zone)


def opened(bench: Workbench, kind: str, key: str) -> Draft:
    """Return a thing as it is being designed.

    Raises:
        NotFound: the workspace has none with this key.
    """
    document = bench.uow.documents.find(bench.actor.workspace, kind, key)
    if document is None:
        raise NotFound(T("There is no %(kind)s “%(key)s”.", kind=KINDS[kind], key=key))
    return _opened(bench, document)


def all_drafts(bench: Workbench, kind: str) -> list[Draft]:
    """Return all things of a kind, published or not, in their order."""
    authorize.require(bench.actor, Grant.READ)
    return [_opened(bench, one) for one in bench.uow.documents.all(bench.actor.workspace, kind)]


def create(platform: Platform, actor: Actor, thing: Ruled) -> Draft:
    """Create a thing as a draft.

    Raises:
        Invalid: the key is taken, or a rule that it begins with has errors.
    """
    authorize.require(actor, Grant.DRAFT_RULES)
    kind = kind_of(thing)
    with writing(platform, actor) as bench:
        bench.published.table(thing.record_type)
        _require_readable(bench, thing)
        trees = _trees(bench, thing)
        if bench.uow.documents.find(actor.workspace, kind, thing.key):
            raise Invalid(
                [
                    Problem(
                        "key-taken",
                        "/key",
                        T(
                            "There is already a %(kind)s “%(key)s”.",
                            kind=KINDS[kind],
                            key=thing.key,
                        ),
                    )
                ]
            )
        document = bench.uow.documents.create(
            actor.workspace, kind, thing.key, _body(thing, trees), actor.account
        )
        return Draft(document, thing, trees)


Change = Callable[[Ruled, Mapping[str, Group]], tuple[Ruled, Mapping[str, Group]]]


def edit(
    platform: Platform, actor: Actor, kind: str, key: str, version: int, change: Change
) -> Draft:
    """Change a draft; every change is a revision that can be undone.

    Raises:
        Conflict: somebody changed it since `version`.
        Invalid: the change makes no valid thing.
    """
    authorize.require(actor, Grant.DRAFT_RULES)
    with writing(platform, actor) as bench:
        before = opened(bench, kind, key)
        if before.document.version != version:
            raise Conflict(
                T("Somebody else changed this meanwhile. The page now shows the latest state.")
            )
        try:
            thing, trees = change(before.thing, before.trees)
            trees = {
                name: settle(tree, thing.record_type, bench.catalogue)
                for name, tree in trees.items()
            }
            for name, tree in trees.items():
                if tree != before.trees.get(
                    name
                ):  # A rule that nobody touched stays as it was written.
                    thing = with_rule(thing, name, written(bench, thing, tree).document)
        except ValueError as error:
            raise Invalid([Problem("bad-draft", "", T("%(why)s", why=str(error)))]) from error
        if (thing, dict(trees)) == (before.thing, dict(before.trees)):
            return before
        document = bench.uow.documents.save_draft(
            before.document.id, _body(thing, trees), version, actor.account
        )
        return Draft(document, thing, trees)


def undo(platform: Platform, actor: Actor, kind: str, key: str) -> Draft:
    """Take back the last change of a draft."""
    authorize.require(actor, Grant.DRAFT_RULES)
    with writing(platform, actor) as bench:
        return _opened(
            bench, bench.uow.documents.undo(opened(bench, kind, key).document.id, actor.account)
        )


def redo(platform: Platform, actor: Actor, kind: str, key: str) -> Draft:
    """Make again what was taken back."""
    authorize.require(actor, Grant.DRAFT_RULES)
    with writing(platform, actor) as bench:
        return _opened(
            bench, bench.uow.documents.redo(opened(bench, kind, key).document.id, actor.account)
        )


def problems(bench: Workbench, draft: Draft) -> tuple[Problem, ...]:
    """Return everything that keeps a draft from being published."""
    return tuple(_problems(bench, draft))


def _problems(bench: Workbench, draft: Draft) -> Iterable[Problem]:
    objects = _with(bench.published.objects, draft.thing)
    if isinstance(draft.thing, Score):
        yield from _about_bands(bench, draft.thing, objects)
    for key, rule in rules_of(draft.thing).items():
        tree = written(bench, draft.thing, draft.trees[key])
        for node in tree.unfinished:
            yield Problem("unfinished", f"/{key}/{node}", T("A condition is not finished."))
        _, found = check_rule(
            rule, draft.thing.record_type, bench.catalogue, objects, zone=bench.zone
        )
        for problem in found:
            if problem.severity == "error":
                yield replace(problem, pointer=f"/{key}/{_node_at(tree, problem.pointer)}")
        if rule == NOBODY and not tree.unfinished:
            where = part_name(draft.thing, key)
            yield Problem("no-rule", f"/{key}", T("“%(name)s” has no condition yet.", name=where))


def _with(objects: Objects, thing: Ruled) -> Objects:
    """Put a draft in its own place: so a circle through segments, scores and other tier models shows."""
    match thing:
        case Segment():
            return replace(objects, segments={**objects.segments, thing.key: thing})
        case Score():
            return replace(objects, scores={**objects.scores, thing.key: thing})
        case TierModel():
            return replace(objects, tier_models={**objects.tier_models, thing.key: thing})
        case _:
            return objects


def _about_bands(bench: Workbench, score: Score, objects: Objects) -> Iterable[Problem]:
    """Yield the problems of criteria by bands; those of rules have a node of their own."""
    _, found = check_score(score, bench.catalogue, objects, zone=bench.zone)
    for problem in found:
        place = problem.pointer.split("/")
        if place[-1] == "field":
            yield replace(problem, pointer=f"/{place[2]}-{place[4]}/field")


def _node_at(tree: Written, pointer: str) -> str:
    """Return the innermost builder node whose part of the document the pointer is in."""
    holding = [
        (len(place), node)
        for node, place in tree.places.items()
        if pointer == place or pointer.startswith(place + "/")
    ]
    return max(holding)[1] if holding else ""


def publish(
    platform: Platform, actor: Actor, kind: str, key: str, version: int, note: str = ""
) -> Draft:
    """Publish a draft, make its tier view where there is none, and ask for a recalculation.

    Raises:
        Invalid: the draft has errors or unfinished conditions.
        Conflict: somebody changed it since `version`.
    """
    authorize.require(actor, Grant.PUBLISH)
    recalculation.catch_up(platform, actor.workspace)
    with writing(platform, actor) as bench:
        found = opened(bench, kind, key)
        raise_if(problems(bench, found))
        _require_readable(bench, found.thing)
        thing = _as_main(bench.published, found.thing)
        # Published are the plain document and its rules; the trees stay with the draft.
        saved = bench.uow.documents.save_draft(
            found.document.id, documents.dump(thing), version, actor.account
        )
        document = bench.uow.documents.publish(saved.id, saved.version, actor.account, note)
        if isinstance(thing, TierModel):
            ensure_view(bench, thing, bench.published.views())
        consistency.require(bench)
        recalculation.enqueue(bench, recalculation.RULES)
        return Draft(document, thing, _trees(bench, thing))


def _require_readable(bench: Workbench, thing: Ruled) -> None:
    for rule in rules_of(thing).values():
        bench.compile(rule, thing.record_type)
    if isinstance(thing, Score):
        bench.require_reads(bench.compiled_score(thing).reads, thing.record_type)


def _as_main(published: Published, thing: Ruled) -> Ruled:
    if isinstance(thing, TierModel) and not published.tier_models(thing.record_type):
        return replace(thing, main=True)
    return thing


def ensure_view(bench: Workbench, model: TierModel, known: Iterable[View]) -> None:
    """Make a tier model's view where none of the known ones is its."""
    workspace, by = bench.actor.workspace, bench.actor.account
    if any(one.tier_model == model.key for one in known):
        return
    view = View(model.key, model.label, model.record_type, tier_model=model.key)
    if bench.uow.documents.find(workspace, "view", view.key):
        view = replace(view, key=f"{model.key}-tiers")
    made = bench.uow.documents.create(workspace, "view", view.key, documents.dump(view), by)
    bench.uow.documents.publish(made.id, made.version, by)


def delete(platform: Platform, actor: Actor, kind: str, key: str) -> None:
    """Put a thing into the bin.

    Raises:
        InUse: other rules read the segment, score or tier model's result; they are named.
        Invalid: a calculated field reads it.
    """
    authorize.require(actor, Grant.DESIGN)
    with writing(platform, actor) as bench:
        document = opened(bench, kind, key).document
        users = tuple(_users(bench, kind, key)) if kind in _NAMED_IN_RULES else ()
        if users:
            raise InUse(_NAMED_IN_RULES[kind], users)
        bench.uow.documents.delete(document.id)
        if kind == "tier_model":
            for view in bench.published.views():
                if view.tier_model == key:
                    bench.uow.documents.delete(bench.published.documents["view", view.key].id)
        if kind in _NAMED_IN_RULES:
            consistency.require(bench)


def restore(platform: Platform, actor: Actor, kind: str, key: str) -> None:
    """Take a thing out of the bin."""
    authorize.require(actor, Grant.DESIGN)
    recalculation.catch_up(platform, actor.workspace)
    with writing(platform, actor) as bench:
        binned = bench.uow.documents.all(actor.workspace, kind, deleted=True)
        document = next((one for one in binned if one.key == key), None)
        if document is None:
            raise NotFound(
                T("There is no %(kind)s “%(key)s” in the bin.", kind=KINDS[kind], key=key)
            )
        bench.uow.documents.restore(document.id)
        if kind == "tier_model":
            for view in bench.uow.documents.all(actor.workspace, "view", deleted=True):
                if (
                    view.published
                    and getattr(documents.load(view.published, "view"), "tier_model", None) == key
                ):
                    bench.uow.documents.restore(view.id)
        recalculation.enqueue(bench, recalculation.RULES)


_NAMED_IN_RULES = {
    "segment": T("This segment is in use and cannot be deleted."),
    "score": T("This score is in use and cannot be deleted."),
    "tier_model": T("Rules read the result of this tier model: it cannot be deleted."),
}


def _users(bench: Workbench, kind: str, key: str) -> Iterable[Text]:
    published = bench.published
    ruled: list[Ruled] = [
        *published.segments(),
        *published.tier_models(),
        *published.label_sets(),
        *published.scores(),
    ]
    for thing in ruled:
        rules = rules_of(thing).values()
        if any(_names(bench, rule, thing.record_type, kind, key) for rule in rules):
            yield T("%(kind)s “%(name)s”", kind=KINDS[kind_of(thing)], name=thing.label)
    for view in published.views():
        if kind == "tier_model" and view.tier_model == key:
            continue  # It goes with its tier model.
        sorted_by = any(one.column == f"{kind}:{key}" for one in view.sort)
        if sorted_by or _names(bench, view.filter, view.record_type, kind, key):
            yield T("View “%(name)s”", name=view.label)


def _names(bench: Workbench, rule: RuleDocument, table: str, kind: str, key: str) -> bool:
    """Tell whether a rule reads a segment, score or tier model, itself or through others."""
    objects = bench.published.objects
    compiled, _ = check_rule(rule, table, bench.catalogue, objects, zone=bench.zone)
    if compiled is None:
        return False
    read = {"score": compiled.scores, "segment": compiled.segments, "tier_model": compiled.tiers}
    return key in read[kind]


# ── the parts of a tier model or a label set ────────────────────────────────────────────────────────────────────────


def add_part(thing: Parted, part: Badge) -> Parted:
    """Return the thing with one tier (before the default tier) or label more, the last one."""
    return _with_parts(thing, [*_parts(thing), part])


def remove_part(thing: Parted, key: str) -> Parted:
    """Return the thing without a tier or label.

    Raises:
        ValueError: it is the only one.
    """
    return _with_parts(thing, [one for one in _parts(thing) if one.key != key])


def move_part(thing: Parted, key: str, by: int) -> Parted:
    """Return the thing with a tier or label moved up (negative) or down the order."""
    parts = _parts(thing)
    at = [one.key for one in parts].index(key)
    parts.insert(max(0, min(len(parts) - 1, at + by)), parts.pop(at))
    return _with_parts(thing, parts)


def _parts(thing: Parted) -> list[Badge]:
    return list(thing.tiers if isinstance(thing, TierModel) else thing.labels)


def _with_parts(thing: Parted, parts: Iterable[Badge]) -> Parted:
    if isinstance(thing, TierModel):
        return replace(thing, tiers=tuple(one for one in parts if isinstance(one, Tier)))
    return replace(thing, labels=tuple(one for one in parts if isinstance(one, LabelRule)))
