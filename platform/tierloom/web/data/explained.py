"""Explanations as a record's page shows them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask import g
from flask.sansio.app import App
from markupsafe import Markup, escape

from tierloom.domain.fields import Field, FieldKind, FieldType, Value
from tierloom.domain.tiers import TIER, TierModel
from tierloom.errors import Invalid
from tierloom.rules import ir
from tierloom.rules.explain.lift import Change
from tierloom.rules.explain.sources import Source
from tierloom.rules.ir import Family
from tierloom.services.explaining import WayUp, Why, next_look, ways_up, why
from tierloom.services.standing import Standing
from tierloom.services.workbench import Workbench
from tierloom.text import Label, T
from tierloom.web import formats
from tierloom.web.i18n import locale, read
from tierloom.web.values import show, unit_beside

_MODELS = "explained_tier_models"
_KINDS = {
    Family.DATE: FieldKind.DATE,
    Family.DATETIME: FieldKind.DATETIME,
    Family.BOOLEAN: FieldKind.BOOLEAN,
    Family.NUMBER: FieldKind.DECIMAL,
}


@dataclass(frozen=True, slots=True)
class Explained:
    """One tier model: where a record is, what the rules say of it and why, and how it gets higher by them.

    `looks_at` is when time alone may move it next, None for never.
    """

    standing: Standing
    why: Why
    ways: list[WayUp]
    looks_at: datetime | None = None

    @property
    def differs(self) -> bool:
        """Whether the rules say something else than the tier that the record has."""
        return self.standing.known and self.standing.tier != self.why.tier


def attach(app: App) -> None:
    """Give templates `source_name`, `source_value` and `difference`."""
    app.jinja_env.globals.update(
        source_name=source_name, source_value=source_value, difference=difference
    )


def explained(bench: Workbench, record_id: int, standings: Iterable[Standing]) -> list[Explained]:
    """Explain where a record stands; a model whose rules have errors is left out."""
    g.setdefault(_MODELS, bench.published.objects.tier_models)
    found = []
    for standing in standings:
        model = standing.model
        try:
            reason = why(bench, model, record_id, locale())
            place = next(
                (code for code, one in enumerate(model.all_tiers) if one == reason.tier), 0
            )
            ways = ways_up(bench, model, record_id, place)
            found.append(Explained(standing, reason, ways, _looks_at(bench, standing, record_id)))
        except Invalid:
            continue
    return found


def _looks_at(bench: Workbench, standing: Standing, record_id: int) -> datetime | None:
    """Return when a record may move though nobody writes anything, None for never: who is there by hand stays."""
    if standing.by_hand and standing.given:
        return standing.given.ends_at
    kept = standing.stay.looks_at if standing.stay else None
    instants = (next_look(bench, standing.model, record_id), kept)
    return min((one for one in instants if one), default=None)


def source_name(source: Source) -> str:
    """Return what a value that a rule reads is called."""
    if source.field is not None:
        return source.field.label.read(locale())
    if source.name.startswith(TIER):
        model = _model(source)
        return model.label.read(locale()) if model else read(T("Tier"))
    return read(T("Score") if isinstance(source.node, ir.Scored) else T("Related records"))


def source_value(source: Source, value: Value) -> Markup:
    """Return a value as markup."""
    model = _model(source)
    tiers = model.all_tiers if model else ()
    placed = next((one.label for one in tiers if one.key == value), None)
    return escape(placed.read(locale())) if placed else show(_field(source), value)


def _model(source: Source) -> TierModel | None:
    """Return the tier model whose result a source is, None for every other source."""
    models: Mapping[str, TierModel] = g.get(_MODELS, {})
    return models.get(source.name.removeprefix(TIER)) if source.name.startswith(TIER) else None


def difference(change: Change) -> str:
    """Return how much more or less a change asks for; empty where there is no such number."""
    before, after = change.before, change.after
    match before, after:
        case (bool(), _) | (_, bool()):
            return ""
        case (int() | float(), int() | float()):
            said = amount(change.source, abs(after - before))
            more = after > before
        case (datetime(), datetime()):
            return ""
        case (date(), date()):
            days = abs((after - before).days)
            later = after > before
            return read(T("%(n)s days later", n=days) if later else T("%(n)s days earlier", n=days))
        case _:
            return ""
    return read(T("%(amount)s more", amount=said) if more else T("%(amount)s less", amount=said))


def amount(source: Source, number: float) -> str:
    """Return a size in the unit of a source's numbers."""
    field = _field(source)
    match field.type.kind:
        case FieldKind.MONEY:
            return formats.money(number, field.type.currency)
        case FieldKind.PERCENT:
            return formats.percent(number, max(0, field.type.scale - 2))
        case _:
            return f"{formats.number(number)} {unit_beside(field, number)}".rstrip()


def _field(source: Source) -> Field:
    """Return the field that says how a value is written; a total of a rule's own gets a plain one."""
    if source.field is not None:
        return source.field
    kind = _KINDS.get(source.type.family, FieldKind.TEXT)
    currency = source.type.currency
    if currency:
        declared = FieldType(FieldKind.MONEY, scale=source.type.scale or 2, currency=currency)
    elif kind is FieldKind.DECIMAL and source.type.scale == 0:
        declared = FieldType(FieldKind.INTEGER)
    else:
        declared = FieldType(kind)
    return Field("value", Label.of("value"), declared)
