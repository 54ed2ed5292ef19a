"""/tiers/<key>/json: a rule as JSON Logic, to read, to paste, and to take to other rule builders."""

import json

from flask import Response, request

from tierloom.domain.people import Grant
from tierloom.domain.rules import RuleDocument
from tierloom.errors import Conflict, Invalid, NotFound, Problem
from tierloom.rules.builder import read_tree
from tierloom.rules.convert import export_rule, import_rule
from tierloom.rules.dialects.targets import TARGETS
from tierloom.services import authorize, drafts
from tierloom.services.drafts import Draft
from tierloom.services.workbench import Workbench, reading
from tierloom.text import T
from tierloom.web import hx
from tierloom.web.session import actor, platform
from tierloom.web.tiers.places import PLACES
from tierloom.web.tiers.views import blueprint


@blueprint.get("/<any(tiers, segments, labels):place>/<key>/json")
def show_json(place: str, key: str) -> Response:
    """Show the rule of one part of a draft, in our spelling or in that of another builder."""
    with reading(platform(), actor()) as bench:
        draft = drafts.opened(bench, PLACES[place].kind, key)
        shown = _part(draft, request.args.get("tier", ""))
        dialect = request.args.get("as", "")
        try:
            text = _written(bench, draft, shown, dialect if dialect in TARGETS else "")
        except Invalid as error:
            return _page(bench, place, draft, shown, "", dialect, error.problems)
        return _page(bench, place, draft, shown, text, dialect)


@blueprint.post("/<any(tiers, segments, labels):place>/<key>/json")
def take_json(place: str, key: str) -> Response:
    """Read a rule in any builder's spelling and put it into the draft."""
    authorize.require(actor(), Grant.DRAFT_RULES)
    text, sent = request.form.get("rule", ""), request.form.get("version", "")
    with reading(platform(), actor()) as bench:
        draft = drafts.opened(bench, PLACES[place].kind, key)
        shown = _part(draft, request.form.get("tier", ""))
        try:
            rule = _read(bench, draft, text)
        except Invalid as error:
            return _page(bench, place, draft, shown, text, "", error.problems, status=422)
        tree = read_tree(rule, draft.thing.record_type, bench.catalogue, zone=bench.zone)
    version = int(sent) if sent.isdecimal() and len(sent) < 10 else 0
    try:
        drafts.edit(
            platform(),
            actor(),
            PLACES[place].kind,
            key,
            version,
            lambda thing, trees: (drafts.with_rule(thing, shown, rule), {**trees, shown: tree}),
        )
    except Conflict as error:
        problem = Problem("conflict", "", error.text)
        with reading(platform(), actor()) as bench:
            draft = drafts.opened(bench, PLACES[place].kind, key)
            return _page(bench, place, draft, shown, text, "", (problem,), status=409)
    hx.toast(T("The rule is in the draft."))
    return hx.redirect(f"/{place}/{key}?tier={shown}")


def _part(draft: Draft, wanted: str) -> str:
    keys = list(drafts.rules_of(draft.thing))
    if wanted and wanted not in keys:
        raise NotFound(T("There is no tier “%(key)s”.", key=wanted))
    return wanted or keys[0]


def _read(bench: Workbench, draft: Draft, text: str) -> RuleDocument:
    """Read a pasted rule as this actor: one that reads what the actor may not read is refused."""
    table = draft.thing.record_type
    objects = bench.published.objects
    rule = import_rule(RuleDocument(text), table, bench.catalogue, objects, zone=bench.zone)
    bench.compile(rule, table)
    return rule


def _written(bench: Workbench, draft: Draft, shown: str, dialect: str) -> str:
    rule = drafts.rules_of(draft.thing)[shown]
    found = json.loads(rule.json)
    if dialect:
        table, objects = draft.thing.record_type, bench.published.objects
        found = export_rule(rule, dialect, table, bench.catalogue, objects, zone=bench.zone)
    return _laid_out(found)


def _laid_out(value: object, room: int = 76, indent: str = "") -> str:
    """Write JSON with each part on one line as long as it fits there."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) <= room - len(indent):
        return line
    inner = f"{indent}  "
    match value:
        case list():
            parts, ends = [_laid_out(one, room, inner) for one in value], "[]"
        case dict():
            pairs = ((json.dumps(key, ensure_ascii=False), one) for key, one in value.items())
            parts, ends = [f"{key}: {_laid_out(one, room, inner)}" for key, one in pairs], "{}"
        case _:
            return line
    body = ",\n".join(f"{inner}{one}" for one in parts)
    return f"{ends[0]}\n{body}\n{indent}{ends[1]}"


def _page(
    bench: Workbench,
    place: str,
    draft: Draft,
    shown: str,
    text: str,
    dialect: str,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> Response:
    thing = draft.thing
    return hx.page(
        "tiers/json.html",
        status=status,
        place=place,
        place_words=PLACES[place],
        draft=draft,
        thing=thing,
        table=bench.published.table(thing.record_type),
        shown=shown,
        parts=[(key, drafts.part_name(thing, key)) for key in drafts.rules_of(thing)],
        text=text,
        dialect=dialect if dialect in TARGETS else "",
        dialects=[(one.key, one.label) for one in TARGETS.values()],
        problems=problems,
    )
