"""/tiers, /segments, /labels and /scores: lists, the builder, publishing."""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from tierloom.domain.label_sets import LabelRule, LabelSet
from tierloom.domain.people import Grant
from tierloom.domain.scores import Score
from tierloom.domain.tiers import Tier, TierModel
from tierloom.errors import Conflict, Invalid, NotFound, Problem
from tierloom.jobs.worker import hurry
from tierloom.rules.builder import Group
from tierloom.services import authorize, drafts
from tierloom.services.drafts import Draft, Ruled
from tierloom.services.preview import flows, preview
from tierloom.services.runs import recalculation
from tierloom.services.score_preview import score_preview, suggested_cuts
from tierloom.services.stay_policies import set_stay, stay_in_words
from tierloom.services.workbench import reading
from tierloom.text import T, Text
from tierloom.web import hx
from tierloom.web.session import actor, platform
from tierloom.web.tiers import inputs, score_inputs
from tierloom.web.tiers.changing import changed
from tierloom.web.tiers.editor import editor_page
from tierloom.web.tiers.lists import listed
from tierloom.web.tiers.places import PLACES
from tierloom.web.tiers.staying import Refused, policy_of

blueprint = Blueprint("tiers", __name__)
NEW: Mapping[str, Callable[[Mapping[str, str], list[str]], Ruled]] = {
    "tiers": inputs.new_model,
    "segments": inputs.new_segment,
    "labels": inputs.new_label_set,
    "scores": score_inputs.new_score,
}


@blueprint.get("/<any(tiers, segments, labels, scores):place>/")
def listing(place: str) -> Response:
    """List what a tab has."""
    with reading(platform(), actor()) as bench:
        found = [listed(bench, draft) for draft in drafts.all_drafts(bench, PLACES[place].kind)]
        return hx.page(
            "tiers/list.html",
            place=place,
            words=PLACES[place],
            places=PLACES.values(),
            drafts=found,
            tables=len(bench.catalogue.tables),
            may_draft=actor().has(Grant.DRAFT_RULES),
        )


@blueprint.get("/<any(tiers, segments, labels, scores):place>/new")
def new(place: str) -> Response:
    """Ask for a name and a table."""
    return _new_page(place, ())


@blueprint.post("/<any(tiers, segments, labels, scores):place>/new")
def create(place: str) -> Response:
    """Create a thing as a draft."""
    with reading(platform(), actor()) as bench:
        documents = bench.uow.documents
        known = [
            one.key
            for gone in (False, True)
            for one in documents.all(actor().workspace, PLACES[place].kind, gone)
        ]
    try:
        made = drafts.create(platform(), actor(), NEW[place](request.form, known))
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
        words=PLACES[place],
        tables=tables,
        typed=request.form,
        wrong={one.pointer.lstrip("/"): one.message for one in problems},
    )


# ── the builder ─────────────────────────────────────────────────────────────────────────────────────────────────────


@blueprint.get("/<any(tiers, segments, labels, scores):place>/<key>")
def editor(place: str, key: str) -> Response:
    """Show the builder."""
    with reading(platform(), actor()) as bench:
        return editor_page(
            bench,
            place,
            drafts.opened(bench, PLACES[place].kind, key),
            request.args.get("tier", ""),
        )


@blueprint.post("/<any(tiers, segments, labels, scores):place>/<key>")
def edit(place: str, key: str) -> Response:
    """Take the form's values, carry out one operation, save a revision, and answer with what changed."""
    op = request.form.get("op", "noop")
    chosen = request.form.get("tier", "")
    try:
        undone = _undone(place, key, op)
        draft, chosen = (undone, chosen) if undone else _edited(place, key, op, chosen)
    except Invalid as error:
        return hx.toast_only(error.text, "warn", 200)
    except Conflict as error:
        hx.toast(error.text, "warn")
        with reading(platform(), actor()) as bench:
            draft = drafts.opened(bench, PLACES[place].kind, key)
    else:
        if op == "noop" and hx.wants_fragment() and _is_as_sent(draft) and place != "scores":
            return Response(status=204)
    if op.startswith("tier:"):
        return hx.redirect(_address(place, draft, chosen, op))
    if not hx.wants_fragment():
        return hx.redirect(f"/{place}/{key}" + (f"?tier={chosen}" if chosen else ""))
    with reading(platform(), actor()) as bench:
        return editor_page(bench, place, draft, chosen, undone=op in ("undo", "redo"))


def _is_as_sent(draft: Draft) -> bool:
    """Tell whether the form said nothing new: a select sends both `change` and `input`.

    A score's page is sent all the same: a number that could not be read goes back to what it was.
    """
    return str(draft.document.version) == request.form.get("version")


def _version() -> int:
    sent = request.form.get("version", "")
    return int(sent) if sent.isdecimal() and len(sent) < 10 else 0


def _undone(place: str, key: str, op: str) -> Draft | None:
    step = {"undo": drafts.undo, "redo": drafts.redo}.get(op)
    return step(platform(), actor(), PLACES[place].kind, key) if step else None


def _edited(place: str, key: str, op: str, chosen: str) -> tuple[Draft, str]:
    """Return the draft after the form, and which part of it the editor is to show."""
    shown, cuts = [chosen], _cuts(place, key, op)

    def change(thing: Ruled, trees: Mapping[str, Group]) -> tuple[Ruled, Mapping[str, Group]]:
        after, changed_trees = changed(thing, trees, chosen, op, request.form, cuts.__getitem__)
        if isinstance(thing, Score) and isinstance(after, Score):
            shown[0] = score_inputs.chosen_after(thing, after, chosen, op)
        return after, changed_trees

    made = drafts.edit(platform(), actor(), PLACES[place].kind, key, _version(), change)
    return made, shown[0]


def _cuts(place: str, key: str, op: str) -> dict[str, tuple[float, ...]]:
    """Propose cut points for every field that the form names for bands."""
    if place != "scores":
        return {}
    named = {value for name, value in request.form.items() if name.endswith(".field")}
    with reading(platform(), actor()) as bench:
        table = bench.published.table(
            drafts.opened(bench, PLACES[place].kind, key).thing.record_type
        )
        wanted = {*named, op.rpartition(":")[2]}
        return {one: suggested_cuts(bench, table, one) for one in wanted}


def _address(place: str, draft: Draft, chosen: str, op: str) -> str:
    keys = list(draft.trees)
    if op.startswith(("tier:add", "tier:copy")):
        chosen = keys[-1]
    return f"/{place}/{draft.thing.key}?tier={chosen if chosen in keys else keys[0]}"


@blueprint.post("/<any(tiers, segments, labels, scores):place>/<key>/settings")
def settings(place: str, key: str) -> Response:
    """Change names, icons, colours and how missing data are treated."""
    tier = request.form.get("tier", "")
    form = request.form

    def change(thing: Ruled, trees: Mapping[str, Group]) -> tuple[Ruled, Mapping[str, Group]]:
        if isinstance(thing, TierModel) and tier:
            return inputs.changed_tier(thing, tier, form), trees
        if isinstance(thing, LabelSet) and tier:
            return inputs.changed_label(thing, tier, form), trees
        return inputs.changed_settings(thing, form), trees

    try:
        drafts.edit(platform(), actor(), PLACES[place].kind, key, _version(), change)
        hx.toast(T("Saved."))
    except Invalid as error:
        hx.toast(error.text, "bad")
    except Conflict as error:
        hx.toast(error.text, "warn")
    return hx.redirect(f"/{place}/{key}" + (f"?tier={tier}" if tier else ""))


@blueprint.post("/tiers/<key>/stay")
def stay(key: str) -> Response:
    """Change how long records keep a tier that the rules no longer give them."""
    chosen = request.form.get("tier", "")
    try:
        policy = policy_of(request.form)
    except Invalid as error:
        authorize.require(actor(), Grant.DRAFT_RULES)
        refused = Refused(request.form, error.problems)
        with reading(platform(), actor()) as bench:
            draft = drafts.opened(bench, "tier_model", key)
            return editor_page(bench, "tiers", draft, chosen, refused=refused)
    try:
        set_stay(platform(), actor(), key, _version(), policy)
        hx.toast(T("Saved."))
    except Conflict as error:
        hx.toast(error.text, "warn")
    return hx.redirect(f"/tiers/{key}" + (f"?{urlencode({'tier': chosen})}" if chosen else ""))


# ── publishing ──────────────────────────────────────────────────────────────────────────────────────────────────────


@blueprint.get("/<any(tiers, segments, labels, scores):place>/<key>/publish")
def publish_preview(place: str, key: str) -> Response:
    """Show what publishing changes."""
    authorize.require(actor(), Grant.PUBLISH)
    with reading(platform(), actor()) as bench:
        draft = drafts.opened(bench, PLACES[place].kind, key)
        return hx.page(
            "tiers/publish.html",
            place=place,
            words=PLACES[place],
            draft=draft,
            thing=draft.thing,
            is_model=isinstance(draft.thing, TierModel),
            preview=preview(bench, draft, ""),
            score=score_preview(bench, draft) if isinstance(draft.thing, Score) else None,
            published=draft.published,
            stays=_stays(draft),
            flows=sorted(
                (one for one in flows(bench, draft) if not one.stays), key=lambda one: -one.count
            ),
            gone=_gone(draft),
            problems=drafts.problems(bench, draft),
        )


def _stays(draft: Draft) -> tuple[Text, Text | None] | None:
    """Return what the stay policy says, and what the published one said if it is another; None where there is none."""
    match draft.thing, draft.published:
        case TierModel(stay=after), TierModel(stay=before) if before != after:
            return stay_in_words(after), stay_in_words(before)
        case TierModel(stay=after), _ if after is not None:
            return stay_in_words(after), None
    return None


def _gone(draft: Draft) -> Sequence[Tier | LabelRule]:
    """Return the published tiers or labels that the draft has no more."""
    match draft.published, draft.thing:
        case TierModel() as before, TierModel() as after:
            kept = {one.key for one in after.all_tiers}
            return [one for one in before.tiers if one.key not in kept]
        case LabelSet() as before, LabelSet() as after:
            kept = {one.key for one in after.labels}
            return [one for one in before.labels if one.key not in kept]
    return []


@blueprint.post("/<any(tiers, segments, labels, scores):place>/<key>/publish")
def publish(place: str, key: str) -> Response:
    """Publish a draft."""
    note = request.form.get("note", "").strip()[:500]
    try:
        made = drafts.publish(platform(), actor(), PLACES[place].kind, key, _version(), note)
    except (Conflict, Invalid) as error:
        hx.toast(error.text, "warn")
        return hx.redirect(f"/{place}/{key}/publish")
    _hurry_runs()
    hx.toast(T("Published. This is only inside Tierloom; nothing is sent to customers."))
    if not isinstance(made.thing, TierModel):
        return hx.redirect(f"/{place}/{key}")
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


@blueprint.post("/<any(tiers, segments, labels, scores):place>/<key>/delete")
def delete(place: str, key: str) -> Response:
    """Put a thing into the bin."""
    drafts.delete(platform(), actor(), PLACES[place].kind, key)
    hx.toast(T("Moved to the bin."), undo=f"/{place}/{key}/restore")
    return hx.redirect(f"/{place}/")


@blueprint.post("/<any(tiers, segments, labels, scores):place>/<key>/restore")
def restore(place: str, key: str) -> Response:
    """Take a thing out of the bin."""
    drafts.restore(platform(), actor(), PLACES[place].kind, key)
    hx.toast(T("Restored."))
    return hx.redirect(f"/{place}/{key}")
