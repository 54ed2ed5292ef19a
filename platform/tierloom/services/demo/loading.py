"""Loading samples into workspaces of their own, each once."""

from collections.abc import Callable, Iterable
from datetime import date

from tierloom.domain.fields import FieldKind
from tierloom.domain.people import Actor, Role
from tierloom.domain.tables import RecordType
from tierloom.rules import packs as rule_packs
from tierloom.schemas import packs as schema_packs
from tierloom.schemas.field_types import to_cell
from tierloom.services import configuration, workspaces
from tierloom.services.access import accounts
from tierloom.services.demo.abroad import PLACES, Place, rows_at, things_at
from tierloom.services.demo.names import Lang
from tierloom.services.demo.rows import Row
from tierloom.services.demo.trades import KEYS, TRADES, Trade, TradeKey
from tierloom.services.platform import Platform
from tierloom.services.published import Thing
from tierloom.services.runs import recalculation
from tierloom.services.workbench import Workbench, reading, writing
from tierloom.services.workspaces import SAMPLE
from tierloom.store.cells import Cell
from tierloom.store.changes import Cause
from tierloom.store.uow import UnitOfWork
from tierloom.store.workspaces import Workspace

Progress = Callable[[int, int], None]
_DESIGNED, _DRAWN, _INSERTED = 10, 25, 50
"""How many of a hundred parts of the time have passed once that is done."""


def load_all(
    platform: Platform, lang: Lang, only: Iterable[TradeKey] = KEYS, today: date | None = None
) -> list[Actor]:
    """Make sure that there are the workspaces of the samples, with one owner for all of them.

    Returns the owner as an actor of each, in the order of `only`.
    """
    found: list[Actor] = []
    for key in only:
        trade = TRADES[key]
        if found:
            with platform.database.writing() as uow:
                _ensure(uow, trade, lang, PLACES[lang], found[0].account)
        found.append(load(platform, trade.workspace, lang, today, trade=key))
    return found


def load(
    platform: Platform,
    workspace_key: str,
    lang: Lang,
    today: date | None = None,
    *,
    trade: TradeKey = "shop",
    place: Place | None = None,
) -> Actor:
    """Make sure that there is a workspace with a sample, and return its owner.

    Records are dated backwards from `today`, which is the workspace's local date if it is not
    given. A workspace that has customers already is left as it is.
    """
    what, where = TRADES[trade], place or PLACES[lang]
    workspace, _ = workspaces.ensure(
        platform, workspace_key, what.name.read(lang), where.locale, where.zone, where.currency
    )
    actor = accounts.actor_named(platform, workspace_key, None)
    if not is_loaded(platform, actor):
        with platform.database.writing() as uow:
            _mark(uow, workspace, what)
        fill(platform, actor, what, lang, place=where, today=today)
    return actor


def _ensure(uow: UnitOfWork, trade: Trade, lang: Lang, place: Place, owner: int) -> None:
    if all(one.key != trade.workspace for one in uow.workspaces.all()):
        create(uow, trade.workspace, trade, lang, owner, place)


def create(
    uow: UnitOfWork, key: str, trade: Trade, lang: Lang, owner: int, place: Place | None = None
) -> Workspace:
    """Make an empty workspace for a sample, which `owner` owns.

    Raises:
        Conflict: there is a workspace with this key.
    """
    where = place or PLACES[lang]
    made = uow.workspaces.create(
        key, trade.name.read(lang), where.locale, where.zone, where.currency
    )
    uow.accounts.join(made.id, owner, Role.OWNER)
    _mark(uow, made, trade)
    return made


def _mark(uow: UnitOfWork, workspace: Workspace, trade: Trade) -> None:
    for word in (SAMPLE, trade.mark):
        uow.workspaces.mark(workspace.id, word)


def is_loaded(platform: Platform, actor: Actor) -> bool:
    """Tell whether the actor's workspace has customers."""
    with reading(platform, actor) as bench:
        table = bench.catalogue.tables.get("customers")
        return table is not None and bench.uow.records(table).count() > 0


def fill(
    platform: Platform,
    actor: Actor,
    trade: Trade,
    lang: Lang,
    *,
    place: Place,
    today: date | None = None,
    progress: Progress = lambda *_: None,
) -> None:
    """Make the tables, rules and records of a sample in the actor's workspace, and place them.

    Doing it again after it was broken off is harmless: the records come all at once, or not at all.
    """
    progress(0, 100)
    configuration.apply(platform, actor, things_of(trade, place))
    progress(_DESIGNED, 100)
    with writing(platform, actor) as bench:
        if not bench.uow.records(bench.published.table("customers")).count():
            _insert(bench, trade, lang, place, today or bench.context.today, progress)
            recalculation.enqueue(bench, "import")
    progress(_INSERTED, 100)
    recalculation.recalculate(
        platform,
        actor.workspace,
        "import",
        progress=lambda done, of: progress(_share(_INSERTED, 100, done, of), 100),
    )


def _share(low: int, high: int, done: int, total: int) -> int:
    return low + (high - low) * done // max(total, 1)


def things_of(trade: Trade, place: Place) -> list[Thing]:
    """Return the tables, forms and rules of a sample as they are in `place`, customers first."""
    tables = schema_packs.read_pack(trade.key, place.currency)
    rules = [one.thing for one in rule_packs.read_pack(trade.key)]
    found = things_at(place, [*tables, *rules])
    return sorted(found, key=lambda one: one.key != "customers")


def _insert(
    bench: Workbench, trade: Trade, lang: Lang, place: Place, today: date, progress: Progress
) -> None:
    """Add the records of all tables: in one transaction, so that they are never half there."""
    sample = trade.draw(lang, today)
    cause, at = Cause("import", bench.actor.account, trade.key), bench.platform.now_ms()
    total, ids = sum(len(one.rows) for one in sample), dict[str, list[int]]()
    for one in sample:
        progress(_share(_DRAWN, _INSERTED, sum(map(len, ids.values())), total), 100)
        table = bench.published.table(one.table)
        columns = _columns(table, rows_at(place, table, one.rows))
        for name, (target, positions) in one.links.items():
            columns[name] = [None if to is None else ids[target][to] for to in positions]
        ids[one.table] = bench.uow.records(table).insert_many(columns, at, cause)


def _columns(table: RecordType, rows: list[Row]) -> dict[str, list[Cell]]:
    return {
        field.key: [to_cell(field.type, row[field.key]) for row in rows]
        for field in table.stored_fields
        if field.type.kind is not FieldKind.REFERENCE
    }
