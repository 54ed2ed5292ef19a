"""/tiers/<key>/check: the rule check of a draft, and who is almost there. The builder loads it beside the preview."""

from dataclasses import dataclass

from flask import Response, request

from tierloom.domain.fields import Link, Value
from tierloom.domain.tiers import TierModel
from tierloom.errors import Invalid
from tierloom.rules.explain.sources import Source
from tierloom.rules.lint.findings import Finding
from tierloom.rules.lint.texts import ELSE
from tierloom.rules.lint.things import Ruled
from tierloom.rules.roll_ups import NONE
from tierloom.rules.sentence import Sentence, sentence_of
from tierloom.services import drafts
from tierloom.services.explaining import almost_there
from tierloom.services.rule_check import rule_check
from tierloom.services.workbench import Workbench, reading
from tierloom.web import hx
from tierloom.web.i18n import locale
from tierloom.web.session import actor, platform
from tierloom.web.tiers.almost import Line, lines
from tierloom.web.tiers.places import PLACES
from tierloom.web.tiers.views import blueprint

FEW = 5
ICONS = {"error": "circle-alert", "warning": "triangle-alert", "info": "info"}


LEFT_OUT = frozenset({"unfinished", "no-rule"})
"""Problems of a draft with which its other rules can be checked."""


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest of those who are almost in a tier, and how many there are."""

    total: int
    lines: list[Line]


@blueprint.get("/<any(tiers, segments, labels, scores):place>/<key>/check")
def check(place: str, key: str) -> Response:
    """Check a draft's rules; of a tier that is named, show who is almost there."""
    with reading(platform(), actor()) as bench:
        draft = drafts.opened(bench, PLACES[place].kind, key)
        thing = draft.thing
        shown = request.args.get("tier", "")
        found = rule_check(bench, thing)
        codes = {one.code for one in drafts.problems(bench, draft)}
        return hx.page(
            "tiers/check.html",
            block="checks",
            place=place,
            place_words=PLACES[place],
            thing=thing,
            table=bench.published.table(thing.record_type),
            findings=[(one, _part(bench, thing, one), _example(one)) for one in found],
            broken=bool(codes - LEFT_OUT),
            faults=sum(one.severity != "info" for one in found),
            icons=ICONS,
            near=_near(bench, thing, shown) if isinstance(thing, TierModel) else None,
            shown=shown,
            within=hx.wants_fragment(),
        )


def _part(bench: Workbench, thing: Ruled, finding: Finding) -> Sentence | None:
    """Say the condition that a finding is about."""
    if finding.part is None:
        return None
    objects, zone = bench.published.objects, bench.zone
    return sentence_of(
        finding.part, thing.record_type, bench.catalogue, objects, locale(), zone=zone
    )


def _example(finding: Finding) -> list[tuple[Source, Value]]:
    """Return the values of a made record, those that are known; none where a stored record is shown instead."""
    known: list[tuple[Source, Value]] = [
        (one, value)
        for one, value in finding.example
        if value is not NONE and value is not None and value not in (ELSE, Link(-1, ELSE))
    ]
    if finding.record is not None:
        # Only which value is the hole is still to be told.
        hole = finding.about if finding.code == "boundary-hole" else None
        return [(one, value) for one, value in known if one == hole]
    return known


def _near(bench: Workbench, model: TierModel, shown: str) -> Near | None:
    if shown not in {one.key for one in model.tiers}:
        return None
    try:
        found = almost_there(bench, model, shown)
    except Invalid:
        return None
    table = bench.published.table(model.record_type)
    return Near(int(found.found.positions.size), list(lines(bench, model, table, found, FEW)))
