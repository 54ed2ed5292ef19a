"""/tiers and /segments: lists, the builder, publishing."""

from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Blueprint, Response, request

from tierloom.domain.fields import Field
from tierloom.domain.people import Grant
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import OnMissing, Segment, Tier, TierModel
from tierloom.errors import Conflict, Invalid, NotFound, Problem
from tierloom.jobs.worker import hurry
from tierloom.rules.builder import Group
from tierloom.rules.sentence import sentence
from tierloom.services import authorize, drafts, recalculation
from tierloom.services.drafts import RULE, Draft, Ruled
from tierloom.services.preview import flows, preview
from tierloom.services.shown import views_at
from tierloom.services.workbench import Workbench, reading
from tierloom.text import T
from tierloom.web import hx
from tierloom.web.builder.describe import Drawing, faults_by_node
from tierloom.web.builder.form import carry_out, read_values
from tierloom.web.i18n import locale
from tierloom.web.session import actor, platform
from tierloom.web.tiers import inputs
from tierloom.web.tiers.drawing import (
    Beside,
    Listed,
    figures_of,
    rule_address,
    tier_address,
)

blueprint = Blueprint("tiers", __name__)
KINDS = {"tiers": "tier_model", "segments": "segment"}
PARTIALS = ("draft_state", "strip", "headline", "sentence", "preview", "said")


@blueprint.get("/<any(tiers, segments):place>/")
def listing(place: str) -> Response:
    """List the tier models or the segments."""
    with reading(platform(), actor()) as bench:
        found = [_listed(bench, draft) for draft in drafts.all_drafts(bench, KINDS[place])]
        return hx.page(
            "tiers/list.html",
            place=place,
            drafts=found,
            tables=len(bench.catalogue.tables),
            may_draft=actor().has(Grant.DRAFT_RULES),
        )


def _listed(bench: Workbench, draft: Draft) -> Listed:
    thing = draft.thing
    found = preview(bench, draft, "")
    table = bench.published.table(thing.record_type)
    if isinstance(thing, TierModel):
        chart = Beside(draft, found, ()).distribution()
        href = tier_address(bench, thing, "") if draft.published else ""
        return Listed(draft, found, table, href, chart)
    objects = bench.published.objects
    said = sentence(thing.rule, table.key, bench.catalogue, objects, locale(), zone=bench.zone)
    return Listed(draft, found, table, rule_address(table.key, thing.rule), (), said)


@blueprint.get("/<any(tiers, segments):place>/new")
def new(place: str) -> Response:
    """Ask for a name and a table."""
    return _new_page(place, ())


@blueprint.post("/<any(tiers, segments):place>/new")
def create(place: str) -> Response:
    """Create a tier model or segment as a draft."""
    with reading(platform(), actor()) as bench:
        documents = bench.uow.documents
        known = [
            one.key
            for gone in (False, True)
            for one in documents.all(actor().workspace, KINDS[place], gone)
        ]
    try:
        make = inputs.new_model if place == "tiers" else inputs.new_segment
        made = drafts.create(platform(), actor(), make(request.form, known))
    except Invalid as error:
        return _new_page(place, error.problems, 422)
    return hx.redirect(f"/{place}/{made.thing.key}")


def _new_page(place: str, problems: tuple[Problem, ...], status: int = 200) -> Response:
    authorize.require(actor(), Grant.DRAFT_RULES)
    with reading(platform(), actor()) as bench:
        tables = [(one.key, one.label) for one in bench.catalogue]
    return hx.page(
        "tiers/new.html",
        status=status,
        place=place,
        tables=tables,
        typed=request.form,
        wrong={one.pointer.lstrip("/"): one.message for one in problems},
    )


# ── the builder ─────────────────────────────────────────────────────────────────────────────────────────────────────


@blueprint.get("/<any(tiers, segments):place>/<key>")
def editor(place: str, key: str) -> Response:
    """Show the builder."""
    with reading(platform(), actor()) as bench:
        return _editor(
            bench, place, drafts.opened(bench, KINDS[place], key), request.args.get("tier", "")
        )


@blueprint.post("/<any(tiers, segments):place>/<key>")
def edit(place: str, key: str) -> Response:
    """Take the form's values, carry out one operation, save a revision, and answer with what changed."""
    op = request.form.get("op", "noop")
    chosen = request.form.get("tier", "")
    try:
        draft = _undone(place, key, op) or _edited(place, key, op, chosen)
    except Conflict as error:
        hx.toast(error.text, "warn")
        with reading(platform(), actor()) as bench:
            draft = drafts.opened(bench, KINDS[place], key)
    else:
        if op == "noop" and hx.wants_fragment() and _is_as_sent(draft):
            return Response(status=204)
    if op.startswith("tier:"):
        return hx.redirect(_address(place, draft, chosen, op))
    if not hx.wants_fragment():
        return hx.redirect(f"/{place}/{key}" + (f"?tier={chosen}" if chosen else ""))
    with reading(platform(), actor()) as bench:
        return _editor(bench, place, draft, chosen)


def _is_as_sent(draft: Draft) -> bool:
    """Tell whether the form said nothing new: a select sends both `change` and `input`."""
    return str(draft.document.version) == request.form.get("version")


def _version() -> int:
    sent = request.form.get("version", "")
    return int(sent) if sent.isdecimal() and len(sent) < 10 else 0


def _undone(place: str, key: str, op: str) -> Draft | None:
    step = {"undo": drafts.undo, "redo": drafts.redo}.get(op)
    return step(platform(), actor(), KINDS[place], key) if step else None


def _edited(place: str, key: str, op: str, chosen: str) -> Draft:
    def change(thing: Ruled, trees: Mapping[str, Group]) -> tuple[Ruled, Mapping[str, Group]]:
        changed = dict(trees)
        if chosen in changed:
            changed[chosen] = carry_out(read_values(changed[chosen], request.form), op)
        if isinstance(thing, TierModel) and op.startswith("tier:"):
            thing, changed = _change_tiers(thing, changed, op.removeprefix("tier:"))
        return thing, changed

    return drafts.edit(platform(), actor(), KINDS[place], key, _version(), change)


def _change_tiers(
    model: TierModel, trees: dict[str, Group], op: str
) -> tuple[TierModel, dict[str, Group]]:
    name, _, key = op.partition(":")
    match name:
        case "add":
            tier = inputs.next_tier(model)
            return drafts.add_tier(model, tier), {**trees, tier.key: Group("n1")}
        case "up" | "down":
            return drafts.move_tier(model, key, -1 if name == "up" else 1), trees
        case "delete":
            return drafts.remove_tier(model, key), {
                one: tree for one, tree in trees.items() if one != key
            }
        case "copy":
            tier = inputs.next_tier(model)
            return drafts.add_tier(model, tier), {**trees, tier.key: trees[key]}
    return model, trees


def _address(place: str, draft: Draft, chosen: str, op: str) -> str:
    keys = list(draft.trees)
    if op.startswith(("tier:add", "tier:copy")):
        chosen = keys[-1]
    return f"/{place}/{draft.thing.key}?tier={chosen if chosen in keys else keys[0]}"


def _editor(bench: Workbench, place: str, draft: Draft, chosen: str) -> Response:
    thing = draft.thing
    keys = [tier.key for tier in thing.all_tiers] if isinstance(thing, TierModel) else [RULE]
    shown = chosen if chosen in keys else keys[0]
    problems = drafts.problems(bench, draft)
    found = preview(bench, draft, shown)
    table = bench.published.table(thing.record_type)
    tree = draft.trees.get(shown)
    faults = faults_by_node(problems, shown)
    unfinished = (
        frozenset(drafts.written(bench, thing, tree).unfinished) if tree else frozenset[str]()
    )
    drawing = Drawing(bench, found.nodes, unfinished, faults)
    rule = drafts.rules_of(thing).get(shown)
    figures = figures_of(bench, table, tree)
    beside = Beside(draft, found, figures)
    return hx.page(
        "tiers/editor.html",
        block="builder",
        partials=PARTIALS,
        place=place,
        draft=draft,
        thing=thing,
        is_model=isinstance(thing, TierModel),
        shown=shown,
        tier=next((one for one in thing.all_tiers if one.key == shown), None)
        if isinstance(thing, TierModel)
        else None,
        table=table,
        shape=drawing.shape(tree, table.key) if tree else None,
        words=sentence(
            rule, table.key, bench.catalogue, bench.published.objects, locale(), zone=bench.zone
        )
        if rule
        else None,
        preview=found,
        beside=beside,
        samples=views_at(bench, table, found.samples, _shown_of_samples(bench, table, figures)),
        list_href=_list_of(bench, draft, shown),
        problems=problems,
        saved_at=datetime.fromtimestamp(draft.document.updated_at / 1000, UTC),
        may_draft=actor().has(Grant.DRAFT_RULES),
        may_publish=actor().has(Grant.PUBLISH),
        may_design=actor().has(Grant.DESIGN),
        icons=list(inputs.ICON_NAMES.items()),
        slots=[(slot.value, name) for slot, name in inputs.SLOT_NAMES.items()],
        missing=[
            (OnMissing.SKIP.value, T("Treat as not met")),
            (OnMissing.HOLD.value, T("Hold: “Not enough data”")),
        ],
    )


def _shown_of_samples(
    bench: Workbench, table: RecordType, figures: tuple[Field, ...]
) -> tuple[Field, ...]:
    name = table.name_field
    seen = authorize.shown_fields(bench.actor, table)
    return (name, *figures) if name in seen and name is not None else figures


def _list_of(bench: Workbench, draft: Draft, shown: str) -> str:
    """Return where those of a segment, or of a published tier, are listed; nothing for a tier's draft."""
    thing = draft.thing
    if isinstance(thing, Segment):
        return rule_address(thing.record_type, thing.rule)
    if draft.has_changes or draft.published is None:
        return ""
    return tier_address(bench, thing, shown)


@blueprint.post("/<any(tiers, segments):place>/<key>/settings")
def settings(place: str, key: str) -> Response:
    """Change names, icons, colours and how missing data are treated."""
    tier = request.form.get("tier", "")
    form = request.form

    def change(thing: Ruled, trees: Mapping[str, Group]) -> tuple[Ruled, Mapping[str, Group]]:
        if isinstance(thing, TierModel) and tier:
            return inputs.changed_tier(thing, tier, form), trees
        return inputs.changed_settings(thing, form), trees

    try:
        drafts.edit(platform(), actor(), KINDS[place], key, _version(), change)
        hx.toast(T("Saved."))
    except Invalid as error:
        hx.toast(error.text, "bad")
    except Conflict as error:
        hx.toast(error.text, "warn")
    return hx.redirect(f"/{place}/{key}" + (f"?tier={tier}" if tier else ""))


# ── publishing ──────────────────────────────────────────────────────────────────────────────────────────────────────


@blueprint.get("/<any(tiers, segments):place>/<key>/publish")
def publish_preview(place: str, key: str) -> Response:
    """Show what publishing changes."""
    authorize.require(actor(), Grant.PUBLISH)
    with reading(platform(), actor()) as bench:
        draft = drafts.opened(bench, KINDS[place], key)
        first = next(iter(draft.trees))
        return hx.page(
            "tiers/publish.html",
            place=place,
            draft=draft,
            thing=draft.thing,
            is_model=isinstance(draft.thing, TierModel),
            preview=preview(bench, draft, first),
            published=draft.published,
            flows=sorted(
                (one for one in flows(bench, draft) if not one.stays), key=lambda one: -one.count
            ),
            gone=_gone(draft),
            problems=drafts.problems(bench, draft),
        )


def _gone(draft: Draft) -> list[Tier]:
    """Return the published tiers that the draft has no more."""
    before, after = draft.published, draft.thing
    if not isinstance(before, TierModel) or not isinstance(after, TierModel):
        return []
    kept = {one.key for one in after.all_tiers}
    return [one for one in before.tiers if one.key not in kept]


@blueprint.post("/<any(tiers, segments):place>/<key>/publish")
def publish(place: str, key: str) -> Response:
    """Publish a draft."""
    note = request.form.get("note", "").strip()[:500]
    try:
        made = drafts.publish(platform(), actor(), KINDS[place], key, _version(), note)
    except (Conflict, Invalid) as error:
        hx.toast(error.text, "warn")
        return hx.redirect(f"/{place}/{key}/publish")
    _hurry_runs()
    hx.toast(T("Published. This is only inside Tierloom; nothing is sent to customers."))
    if isinstance(made.thing, Segment):
        return hx.redirect(f"/segments/{key}")
    return hx.redirect(f"/views/{_view_of(key)}")


def _view_of(model: str) -> str:
    with reading(platform(), actor()) as bench:
        for view in bench.published.views():
            if view.tier_model == model:
                return view.key
    raise NotFound(T("The tier view is gone."))


def _hurry_runs() -> None:
    job = recalculation.waiting(platform(), actor().workspace)
    if job is not None:
        hurry(platform(), job)


@blueprint.post("/<any(tiers, segments):place>/<key>/delete")
def delete(place: str, key: str) -> Response:
    """Put a tier model or segment into the bin."""
    drafts.delete(platform(), actor(), KINDS[place], key)
    hx.toast(T("Moved to the bin."), undo=f"/{place}/{key}/restore")
    return hx.redirect(f"/{place}/")


@blueprint.post("/<any(tiers, segments):place>/<key>/restore")
def restore(place: str, key: str) -> Response:
    """Take a tier model or segment out of the bin."""
    drafts.restore(platform(), actor(), KINDS[place], key)
    hx.toast(T("Restored."))
    return hx.redirect(f"/{place}/{key}")
