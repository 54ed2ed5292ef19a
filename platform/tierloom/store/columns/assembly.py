"""Snapshots, made of the tables' rows: what did not change is shared with the former one, what it kept is handed on."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from tierloom.domain.tables import Catalogue, RecordType
from tierloom.engine.steps import Heir
from tierloom.store.columns.snapshot import Snapshot, TableColumns
from tierloom.store.columns.steps import TableStep
from tierloom.store.columns.table import Changes, TableData


def assemble(
    catalogue: Catalogue, data: Mapping[int, TableData], former: Snapshot | None
) -> Snapshot:
    """Make a snapshot; families without changes come from the `former` one, with their caches."""
    known = {table.record_type.key: table for table in former or ()}
    tables: dict[str, TableColumns] = {}
    for keys in _families(catalogue):
        record_types = [catalogue.table(key) for key in keys]
        if all(_unchanged(one, data[one.id], known.get(one.key), keys) for one in record_types):
            tables |= {key: known[key] for key in keys}
            continue
        family: dict[str, TableColumns] = {}
        for one in record_types:
            family[one.key] = TableColumns(one, data[one.id], family)
        tables |= family
        _hand_down(known, family)
    return Snapshot(tables)


def _hand_down(known: Mapping[str, TableColumns], family: Mapping[str, TableColumns]) -> None:
    """Give a family of tables what was worked out over a former version of it, if that is known."""
    changes: dict[str, Changes] = {}
    for key, columns in family.items():
        former = known.get(key)
        if former is None or not _alike(columns.record_type, former, family.keys()):
            return
        found = columns.data.changes_since(former.data)
        if found is None:
            return
        changes[key] = found
    for key, columns in family.items():
        step = TableStep(columns, known[key].data.plan, changes)
        for name, entry in known[key].cache.copy().items():
            if isinstance(entry, Heir):
                columns.cache[name] = entry.heir(step)


def _unchanged(
    record_type: RecordType, data: TableData, known: TableColumns | None, family: AbstractSet[str]
) -> bool:
    return known is not None and known.data is data and _alike(record_type, known, family)


def _alike(record_type: RecordType, known: TableColumns, family: AbstractSet[str]) -> bool:
    return known.record_type == record_type and known.family.keys() == family


def _families(catalogue: Catalogue) -> list[frozenset[str]]:
    """Group tables so that no reference leads out of a group."""
    families = {record_type.key: frozenset({record_type.key}) for record_type in catalogue}
    for record_type in catalogue:
        for field in record_type.stored_fields:
            target = field.type.target
            if target in families and target not in families[record_type.key]:
                joined = families[record_type.key] | families[target]
                families |= dict.fromkeys(joined, joined)
    return list(dict.fromkeys(families.values()))
