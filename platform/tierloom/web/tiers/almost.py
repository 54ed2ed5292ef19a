"""/tiers/<key>/almost: who misses a tier by one condition, and by little."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Response, request
from markupsafe import Markup

from tierloom.domain.fields import Field
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import DefaultTier, Tier, TierModel
from tierloom.rules.explain.sources import Source
from tierloom.rules.ir import Family
from tierloom.services.explaining import Almost, almost_there
from tierloom.services.runs.recalculation import codes_of
from tierloom.services.shown import RecordView, views_at
from tierloom.services.workbench import Workbench, reading
from tierloom.text import T
from tierloom.web import hx
from tierloom.web.data.explained import amount, source_name
from tierloom.web.i18n import read
from tierloom.web.session import actor, platform
from tierloom.web.tiers.views import blueprint

SHOWN = 100
_DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Line:
    """One record that is almost there: what its missing condition is about, the value now, and how much is lacking."""

    record: RecordView
    tier: Tier | DefaultTier | None
    about: str
    gap: str
    field: Field | None


@blueprint.get("/tiers/<key>/almost")
def almost(key: str) -> Response:
    """List who almost reaches a tier of a published model, the nearest first; the first tier if none is named."""
    with reading(platform(), actor()) as bench:
        model = bench.published.tier_model(key)
        table = bench.published.table(model.record_type)
        wanted = request.args.get("tier") or model.tiers[0].key
        found = almost_there(bench, model, wanted)
        return hx.page(
            "tiers/almost.html",
            model=model,
            table=table,
            tier=found.tier,
            total=found.found.positions.size,
            lines=list(lines(bench, model, table, found, SHOWN)),
        )


def lines(
    bench: Workbench, model: TierModel, table: RecordType, almost: Almost, limit: int
) -> Iterator[Line]:
    """Yield the nearest records as they are shown."""
    positions = almost.found.positions[:limit]
    named = {one.key: one for one in (table.name_field, *_fields(almost.sources)) if one}
    codes = codes_of(bench, model)[positions]
    places = dict(zip(bench.columns(table.key).ids[positions].tolist(), range(limit), strict=False))
    for view in views_at(bench, table, positions, tuple(named.values())):
        at = places[view.id]
        code = int(codes[at])
        source = almost.sources[int(almost.found.conditions[at])]
        yield Line(
            view,
            model.all_tiers[code] if 0 <= code < len(model.all_tiers) else None,
            source_name(source) if source else "",
            _gap(source, float(almost.found.gaps[at])),
            source.field if source and source.field and source.field.key in named else None,
        )


def _fields(sources: tuple[Source | None, ...]) -> Iterator[Field]:
    for one in sources:
        if one is not None and one.is_own and one.field is not None:
            yield one.field


def _gap(source: Source | None, gap: float) -> str | Markup:
    """Write how much is lacking; next to nothing where the value is the threshold itself."""
    if source is None:
        return ""
    match source.type.family:
        case Family.DATE:
            return read(T("%(n)s days", n=int(gap)))
        case Family.DATETIME:
            return read(T("%(n)s days", n=round(gap / _DAY, 1)))
        case _:
            return amount(source, gap)
