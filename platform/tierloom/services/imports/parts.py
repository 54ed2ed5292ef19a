"""The parts of a creation: which rows of which file go into which table, and how they are made of the file's rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self, cast

from tierloom.domain.fields import FieldKind, FieldType
from tierloom.domain.rules import Json
from tierloom.domain.tables import RecordType
from tierloom.services.imports.batches import Import
from tierloom.services.imports.deriving import Derived, Source, Sums, add_up, one_for_each, stage
from tierloom.services.imports.plan import ImportPlan, UnknownParents, parent_key
from tierloom.services.imports.proposing.columns import load
from tierloom.services.imports.proposing.documents import Planned
from tierloom.services.imports.proposing.layouts import ROWS
from tierloom.services.imports.proposing.proposal import AMOUNT, LINES, Proposal
from tierloom.services.workbench import Workbench

_MADE = {AMOUNT: "amount", LINES: "lines"}


@dataclass(frozen=True, slots=True)
class Part:
    """A table's share of a file. `file` is the import of the file; `batch` that of the share, 0 until it is begun."""

    file: int
    role: str
    batch: int


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A made table: its key, and its field keys by column, links to parents included. `key` is the column it is
    known by, -99 for none.
    """

    role: str
    table: str
    key: int
    fields: Mapping[int, str]

    @property
    def is_rows(self) -> bool:
        """Whether it holds the file's own rows, or what they add up to."""
        return self.role == ROWS


@dataclass(frozen=True, slots=True)
class Spec:
    """What a creation makes of its files, kept from the day it was asked for. `sums` where lines are added up.

    `date` is the column by which the latest value is found, -99 for none; `names` are the columns' names.
    """

    names: tuple[str, ...]
    date: int
    tables: tuple[TableSpec, ...]
    sums: Sums | None

    def table(self, role: str) -> TableSpec:
        """Return the table with a role."""
        return next(one for one in self.tables if one.role == role)

    def to_json(self) -> Json:
        """Return it as JSON."""
        return {
            "names": list(self.names),
            "date": self.date,
            "tables": [
                {"role": one.role, "table": one.table, "key": one.key,
                 "fields": {str(place): key for place, key in one.fields.items()}}
                for one in self.tables
            ],
            "sums": asdict(self.sums) if self.sums else None,
        }  # fmt: skip

    @classmethod
    def from_json(cls, source: Json) -> Self:
        """Return the spec that `to_json` was asked of."""
        body = cast(Mapping[str, object], source)
        tables = [
            TableSpec(
                str(one["role"]), str(one["table"]), int(str(one["key"])),
                {int(place): key for place, key in cast(dict[str, str], one["fields"]).items()},
            )
            for one in cast(list[Mapping[str, object]], body["tables"])
        ]  # fmt: skip
        sums = cast("dict[str, object] | None", body["sums"])
        return cls(
            tuple(cast(list[str], body["names"])), int(str(body["date"])), tuple(tables),
            Sums(**sums) if sums else None,  # type: ignore[arg-type]
        )  # fmt: skip


def spec_of(proposed: Proposal, planned: Sequence[Planned], names: Sequence[str]) -> Spec:
    """Return what a creation keeps of its proposal."""
    tables = tuple(
        TableSpec(
            one.proposed.role, one.table.key, _place(one.proposed.key_place), dict(one.fields)
        )
        for one in planned
    )
    date = proposed.table(ROWS).date_place
    return Spec(tuple(names), _place(date), tables, _sums(proposed, names))


def _place(place: int | None) -> int:
    return -99 if place is None else place


def _sums(proposed: Proposal, names: Sequence[str]) -> Sums | None:
    totals = proposed.totals
    if totals is None:
        return None
    used = {one.place: one for one in proposed.used(ROWS)}
    amount = used.get(AMOUNT)
    return Sums(
        totals.order,
        totals.amount if totals.amount in used else None,
        totals.quantity if totals.quantity in used or amount else None,
        totals.price if amount else None,
        _unlike(_MADE[AMOUNT], names) if amount else "",
        _unlike(_MADE[LINES], names) if LINES in used else "",
        amount.type.scale if amount else 0,
    )


def _unlike(name: str, names: Sequence[str]) -> str:
    """Name a made column unlike those of the file."""
    return f"{name} *" if name in names else name


def derive(
    bench: Workbench, spec: Spec, role: str, file: Import, order: tuple[int, ...], folder: Path
) -> tuple[ImportPlan, bool]:
    """Stage a part's rows in `folder` and return how they go in; False where the file's own rows serve."""
    one = spec.table(role)
    table = bench.published.table(one.table)
    names = dict(enumerate(spec.names))
    if one.is_rows and spec.sums is None:
        own = {place: file.shape.column_names[order[place]] for place in names}
        return _plan(table, {own[place]: key for place, key in one.fields.items()}), False
    source = Source(
        load([file.folder], [order], spec.names), _types(bench, spec), bench.zone,
        spec.date if spec.date >= 0 else None,
    )  # fmt: skip
    if spec.sums is not None and one.is_rows:
        made = _added_up(source, spec, one)
        names |= {AMOUNT: spec.sums.amount_name, LINES: spec.sums.lines_name}
    else:
        made = one_for_each(source, one.key, list(one.fields))
    stage(made, folder, file.shape)
    columns = {names[place]: key for place, key in one.fields.items()}
    return _plan(table, {name: key for name, key in columns.items() if name in made.columns}), True


def _plan(table: RecordType, matches: Mapping[str, str]) -> ImportPlan:
    return ImportPlan(table.key, matches, table.key_field, UnknownParents.LEAVE)


def _added_up(source: Source, spec: Spec, one: TableSpec) -> Derived:
    assert spec.sums is not None
    summed = {spec.sums.order, spec.sums.amount, spec.sums.quantity}
    kept = [place for place in one.fields if place >= 0 and place not in summed]
    return add_up(source, spec.sums, kept)


def _types(bench: Workbench, spec: Spec) -> dict[int, FieldType]:
    """Return the type that each column is read as; a link is read as the key it names."""
    types: dict[int, FieldType] = {}
    for one in spec.tables:
        table = bench.published.table(one.table)
        for place, key in one.fields.items():
            field = table.field(key)
            named = parent_key(bench.catalogue, field) if field.type.target else None
            types[place] = named.type if named else field.type
    if spec.sums and spec.sums.price is not None and spec.sums.price not in types:
        amount = bench.published.table(spec.table(ROWS).table).field(
            spec.table(ROWS).fields[AMOUNT]
        )
        types[spec.sums.price] = FieldType(FieldKind.MONEY, 6, amount.type.currency)
    if spec.sums and spec.sums.quantity is not None:
        types.setdefault(spec.sums.quantity, FieldType(FieldKind.DECIMAL, 6))
    return types
