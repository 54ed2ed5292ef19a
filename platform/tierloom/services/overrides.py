"""Tiers given by hand: who may change records puts one into a tier, with a reason and perhaps a last day.

Nothing of it is ever removed: what was given stays listed with who gave it, who ended it, and when. The reason is told
to those who may see the record, and to nobody else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tierloom.domain.fields import FieldKind, FieldType
from tierloom.domain.people import Actor, Grant
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import DefaultTier, Tier, TierModel
from tierloom.errors import Conflict, NotFound, Problem, raise_if
from tierloom.rules.dates import date_add, start_of_day
from tierloom.schemas.parsing import BadText, parse_text
from tierloom.services import authorize
from tierloom.services.model_versions import tier_that_was
from tierloom.services.platform import Platform
from tierloom.services.runs import retiering
from tierloom.services.workbench import Workbench, writing
from tierloom.store.overrides import Override
from tierloom.text import T

LONGEST_REASON = 500
MOST_YEARS = 10
_REASON = FieldType(FieldKind.LONG_TEXT)


@dataclass(frozen=True, slots=True)
class Given:
    """A tier that somebody gave a record by hand.

    `tier` is as it is called now, or was called when the model still had it; None where nobody knows any more. What the
    published version does not have is `ignored`. `last_day` is the last local day on which it holds and `ends_at` the
    instant at which that is over, None for good; `ended` is when it was over, by itself or by `ended_by`; None while it
    `holds`.
    """

    id: int
    model: TierModel
    key: str
    tier: Tier | DefaultTier | None
    ignored: bool
    reason: str
    who: str
    since: datetime
    last_day: date | None
    ends_at: datetime | None
    ended: datetime | None
    ended_by: str

    @property
    def holds(self) -> bool:
        """Whether it is not over yet."""
        return self.ended is None


def give(
    platform: Platform,
    actor: Actor,
    model_key: str,
    record_id: int,
    tier: str,
    reason: str,
    last_day: date | None,
) -> int:
    """Put a record into a tier until the end of a local day (None: for good); return the number of it.

    What was given before in the same tier model ends.

    Raises:
        Invalid: the tier, the reason or the day will not do; each problem names its place.
        NotFound: there is no such tier model, or no such record for the actor.
        Forbidden: the actor may not change records.
    """
    authorize.require(actor, Grant.WRITE_RECORDS)
    with writing(platform, actor) as bench:
        model = bench.published.tier_model(model_key)
        _require_record(bench, model.record_type, record_id)
        return _give(bench, model, record_id, tier, reason, last_day)


def give_again(platform: Platform, actor: Actor, number: int, instead_of: int | None = None) -> int:
    """Give a record once more what it had by hand until somebody ended it; return the number of what it has now.

    `instead_of` is the number of what it may have by hand meanwhile, and that ends.

    Raises:
        NotFound: there is nothing of this number, or it is not for the actor to see.
        Conflict: it still holds, or the record has another tier by hand meanwhile.
        Invalid: its last day is over, or the published version has no such tier.
        Forbidden: the actor may not change records.
    """
    authorize.require(actor, Grant.WRITE_RECORDS)
    with writing(platform, actor) as bench:
        found, model = _known(bench, number)
        holding = {
            one.id
            for one in bench.uow.overrides.of_object(found.object_id, _now(bench), [found.record])
            if one.holds(_now(bench))
        }
        if holding - {instead_of}:
            raise Conflict(T("The record has a tier by hand again. Look at it first."))
        last_day = last_day_of(bench, found.until_at)
        return _give(bench, model, found.record, found.tier, found.reason, last_day)


def end(platform: Platform, actor: Actor, number: int) -> None:
    """End what was given by hand: from now on the rules decide.

    Raises:
        NotFound: there is nothing of this number, it is over, or it is not for the actor to see.
        Forbidden: the actor may not change records.
    """
    authorize.require(actor, Grant.WRITE_RECORDS)
    with writing(platform, actor) as bench:
        found, model = _known(bench, number)
        with retiering.overriding(bench, model, [found.record]):
            bench.uow.overrides.end(number, actor.account)


def of_record(bench: Workbench, table: RecordType, record_id: int) -> list[Given]:
    """Return everything that a record was ever given in the tier models of its table, the newest first.

    Raises:
        Forbidden: the actor may not see records.
        NotFound: there is no such record for the actor.
    """
    authorize.require(bench.actor, Grant.READ)
    _require_record(bench, table.key, record_id)
    models = {number: one for number, one in _models(bench).items() if one.record_type == table.key}
    found = bench.uow.overrides.of_record(bench.actor.workspace, record_id)
    return [_given(bench, models[one.object_id], one) for one in found if one.object_id in models][
        ::-1
    ]


def holding(bench: Workbench, model: TierModel) -> dict[int, int | None]:
    """Return the records that have a tier of the model by hand, with the instant (milliseconds) at which it ends."""
    at = _now(bench)
    document = bench.published.documents["tier_model", model.key].id
    keys = {one.key for one in model.all_tiers}
    found = bench.uow.overrides.of_object(document, at)
    return {one.record: one.end for one in found if one.holds(at) and one.tier in keys}


def last_day_of(bench: Workbench, until: int | None) -> date | None:
    """Return the last local day before an instant (milliseconds), None for none."""
    if until is None:
        return None
    return moment(until - 1).astimezone(bench.zone).date()


def moment(milliseconds: int) -> datetime:
    """Return the instant that a stored number of milliseconds stands for."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def person(bench: Workbench, account: int | None) -> str:
    """Return what somebody is called; empty for nobody, and for who is not there any more."""
    found = (
        bench.once(("account", account), lambda: bench.uow.accounts.get(account))
        if account
        else None
    )
    return found.name if found else ""


def _given(bench: Workbench, model: TierModel, one: Override) -> Given:
    over = one.end is not None and one.end <= _now(bench)
    return Given(
        one.id,
        model,
        one.tier,
        tier_that_was(bench, model, one.tier),
        one.tier not in {each.key for each in model.all_tiers},
        one.reason,
        person(bench, one.actor),
        moment(one.from_at),
        last_day_of(bench, one.until_at),
        moment(one.until_at) if one.until_at is not None else None,
        moment(one.end) if over and one.end is not None else None,
        person(bench, one.ended_by) if over else "",
    )


def _problems(
    bench: Workbench, model: TierModel, tier: str, reason: str, last_day: date | None
) -> Iterator[Problem]:
    known = [one.key for one in model.all_tiers]
    if tier not in known:
        yield Problem("unknown-tier", "/tier", T("Choose one of the tiers."))
    try:
        words = _words(bench, reason)
    except BadText as error:
        yield error.at("/reason")
    else:
        if not words:
            yield Problem("no-reason", "/reason", T("Say why, so that others understand it later."))
        if len(words) > LONGEST_REASON:
            message = T("A reason has at most %(n)s characters.", n=LONGEST_REASON)
            yield Problem("long-reason", "/reason", message)
    today = bench.context.today
    latest = date_add(today, MOST_YEARS, "year")
    if last_day is not None and last_day < today:
        yield Problem("past-day", "/until", T("The last day is over already. Choose a later one."))
    if last_day is not None and latest is not None and last_day > latest:
        message = T("Choose a day within the next %(n)s years, or none.", n=MOST_YEARS)
        yield Problem("far-day", "/until", message)


def _words(bench: Workbench, reason: str) -> str:
    """Return a reason as it is stored.

    Raises:
        BadText: it holds characters that no database holds.
    """
    return str(parse_text(_REASON, reason, bench.zone) or "")


def _end_of(bench: Workbench, day: date) -> int:
    """Return the instant at which a local day is over."""
    return round(start_of_day(day + timedelta(days=1), bench.zone).timestamp() * 1000)


def _give(
    bench: Workbench,
    model: TierModel,
    record_id: int,
    tier: str,
    reason: str,
    last_day: date | None,
) -> int:
    raise_if(_problems(bench, model, tier, reason, last_day))
    with retiering.overriding(bench, model, [record_id]):
        return bench.uow.overrides.add(
            bench.actor.workspace,
            bench.published.documents["tier_model", model.key].id,
            record_id,
            tier,
            _words(bench, reason),
            bench.actor.account,
            _end_of(bench, last_day) if last_day else None,
        )


def _known(bench: Workbench, number: int) -> tuple[Override, TierModel]:
    """Return what was given, and in which tier model.

    Raises:
        NotFound: there is nothing of this number, or it is not for the actor to see.
    """
    found = bench.uow.overrides.get(number)
    model = _models(bench).get(found.object_id) if found else None
    if found is None or model is None or found.workspace != bench.actor.workspace:
        raise NotFound(T("There is no tier given by hand with this number."))
    _require_record(bench, model.record_type, found.record)
    return found, model


def _require_record(bench: Workbench, table: str, record_id: int) -> None:
    found = bench.uow.records(bench.published.table(table)).fetch([record_id]).get(record_id)
    there = found is not None and found.deleted_at is None
    if not there or record_id not in bench.seen(table, [record_id]):
        raise NotFound(T("There is no record %(id)s here.", id=record_id))


def _models(bench: Workbench) -> dict[int, TierModel]:
    documents = bench.published.documents
    return {documents["tier_model", one.key].id: one for one in bench.published.tier_models()}


def _now(bench: Workbench) -> int:
    return round(bench.context.as_of.timestamp() * 1000)
