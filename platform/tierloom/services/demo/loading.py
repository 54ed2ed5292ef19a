"""Loading the sample shop into a workspace, once."""

from collections.abc import Mapping, Sequence
from datetime import date

from tierloom.domain.fields import FieldKind, Value
from tierloom.domain.people import Actor
from tierloom.domain.tables import RecordType
from tierloom.rules import packs as rule_packs
from tierloom.schemas import packs as schema_packs
from tierloom.schemas.field_types import to_cell
from tierloom.services import accounts, configuration, recalculation, workspaces
from tierloom.services.demo.names import Lang
from tierloom.services.demo.sample import draw_sample
from tierloom.services.platform import Platform
from tierloom.services.workbench import Workbench, reading, writing
from tierloom.store.cells import Cell
from tierloom.store.changes import Cause

PACK = "shop"
_NAMES = {"zh": "示例商城", "en": "Sample shop"}
_LOCALES = {"zh": "zh_Hans_CN", "en": "en"}


def load(platform: Platform, workspace_key: str, lang: Lang, today: date | None = None) -> Actor:
    """Make sure that there is a workspace with the sample shop, and return its owner.

    Customers and orders are dated backwards from `today`, which is the workspace's local date if it
    is not given. A workspace that has customers already is left as it is.
    """
    workspace, _ = workspaces.ensure(platform, workspace_key, _NAMES[lang], _LOCALES[lang])
    actor = accounts.actor_named(platform, workspace_key, None)
    if _is_loaded(platform, actor):
        return actor
    tables = schema_packs.read_pack(PACK, workspace.currency)
    rules = [one.thing for one in rule_packs.read_pack(PACK)]
    configuration.apply(platform, actor, [*tables, *rules])
    with writing(platform, actor) as bench:
        _insert(bench, lang, today or bench.context.today)
        recalculation.enqueue(bench, "import")
    recalculation.recalculate(platform, workspace.id, "import")
    return actor


def _is_loaded(platform: Platform, actor: Actor) -> bool:
    with reading(platform, actor) as bench:
        table = bench.catalogue.tables.get("customers")
        return table is not None and bench.uow.records(table).count() > 0


def _insert(bench: Workbench, lang: Lang, today: date) -> None:
    """Add customers and orders: in one transaction, so that they are never half there."""
    sample = draw_sample(lang, today)
    cause, at = Cause("import", bench.actor.account, PACK), bench.platform.now_ms()
    customers, orders = bench.published.table("customers"), bench.published.table("orders")
    ids = bench.uow.records(customers).insert_many(_columns(customers, sample.customers), at, cause)
    columns = _columns(orders, [one.values for one in sample.orders])
    columns["customer"] = [ids[one.customer] for one in sample.orders]
    bench.uow.records(orders).insert_many(columns, at, cause)


def _columns(table: RecordType, rows: Sequence[Mapping[str, Value]]) -> dict[str, list[Cell]]:
    return {
        field.key: [to_cell(field.type, row[field.key]) for row in rows]
        for field in table.stored_fields
        if field.type.kind is not FieldKind.REFERENCE
    }
