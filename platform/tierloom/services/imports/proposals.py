"""Proposals for received files: several files with the same columns are looked over as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

from tierloom.domain.fields import Field
from tierloom.domain.people import Grant
from tierloom.domain.rules import Json
from tierloom.domain.tables import RecordType
from tierloom.errors import Invalid, NotFound, Problem
from tierloom.services import authorize
from tierloom.services.imports import batches
from tierloom.services.imports.batches import Import
from tierloom.services.imports.proposing.choices import Choices
from tierloom.services.imports.proposing.columns import load
from tierloom.services.imports.proposing.concepts import concept_of
from tierloom.services.imports.proposing.inferring import Reading
from tierloom.services.imports.proposing.proposal import Proposal, propose
from tierloom.services.imports.proposing.survey import Column, Survey, survey
from tierloom.services.imports.words import fold
from tierloom.services.workbench import Workbench
from tierloom.text import T

OPTION = "start"
"""Where an import keeps what is asked of it here."""
_SAMPLE = 2_000
_LEAST_FOUND = 0.5


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one proposal. `orders` gives for each the places of the first one's columns."""

    imports: tuple[Import, ...]
    orders: tuple[tuple[int, ...], ...]

    @property
    def first(self) -> Import:
        """The file that gives the columns their names."""
        return self.imports[0]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self.first.shape.column_names

    @property
    def asked(self) -> Mapping[str, Json]:
        """What the first import keeps for us."""
        return asked_of(self.first)


def asked_of(found: Import) -> Mapping[str, Json]:
    """Return what an import keeps for us; nothing for one that was not received here."""
    options = cast(Mapping[str, Json], found.batch.options)
    return cast(Mapping[str, Json], options.get(OPTION) or {})


def files(bench: Workbench, number: int) -> Files:
    """Return an import with the files that were received together with it.

    Raises:
        NotFound: there is no such import, or its file is no longer kept.
    """
    first = batches.get(bench, number)
    more = cast(list[int], asked_of(first).get("more") or [])
    found = (first, *(batches.get(bench, one) for one in more))
    return Files(found, column_orders([one.shape.column_names for one in found]))


def column_orders(headers: Sequence[Sequence[str]]) -> tuple[tuple[int, ...], ...]:
    """Return for each header the places of the first one's columns; order and spelling may differ.

    Raises:
        Invalid: a file has other columns.
    """
    wanted = [fold(name) for name in headers[0]]
    orders = []
    for header in headers:
        places = {fold(name): place for place, name in enumerate(header)}
        lacking = [name for name in headers[0] if fold(name) not in places]
        if lacking:
            message = T(
                "The files do not have the same columns. One lacks: %(columns)s.", columns=lacking
            )
            hint = T("Start with files of one kind; the others can be imported afterwards.")
            raise Invalid([Problem("other-columns", "/file", message, hint)])
        orders.append(tuple(places[name] for name in wanted))
    return tuple(orders)


def proposal(bench: Workbench, found: Files, choices: Choices | None = None) -> Proposal:
    """Propose tables for received files.

    Raises:
        Forbidden: the actor may not design tables.
    """
    authorize.require(bench.actor, Grant.DESIGN)
    looked = surveyed(bench, found)
    documents = bench.uow.documents.all(bench.actor.workspace, "record_type")
    forms = bench.uow.documents.all(bench.actor.workspace, "form")
    taken = [one.key for one in (*documents, *forms)]
    return propose(looked, found.first.shape.name, taken, links(bench, looked), choices)


def surveyed(bench: Workbench, found: Files) -> Survey:
    """Look received files over, once."""
    how = Reading(bench.zone, bench.workspace.currency)
    return _surveyed(tuple(one.folder for one in found.imports), found.orders, found.names, how)


@lru_cache(maxsize=2)
def _surveyed(
    folders: tuple[Path, ...],
    orders: tuple[tuple[int, ...], ...],
    names: tuple[str, ...],
    how: Reading,
) -> Survey:
    return survey(load(folders, orders, names), how)


def links(bench: Workbench, looked: Survey) -> dict[int, str]:
    """Return the columns that name records of tables which exist, as place → table."""
    found: dict[int, str] = {}
    for table in bench.catalogue:
        key = table.find(table.key_field) if table.key_field else None
        for column in looked.columns if key else ():
            if key is None or column.place in found or not _same_thing(column, key):
                continue
            if _share_found(bench, looked, column, table, key) >= _LEAST_FOUND:
                found[column.place] = table.key
    return found


def _same_thing(column: Column, key: Field) -> bool:
    """Whether a column's name is that of the table's key."""
    if fold(column.header) in {fold(one) for one in (key.key, *key.label.words.values())}:
        return True
    known = {found.key for word in key.label.words.values() if (found := concept_of(word))}
    return column.about != "" and column.about in known


def _share_found(
    bench: Workbench, looked: Survey, column: Column, table: RecordType, key: Field
) -> float:
    cells = column.texts.read(key.type, looked.how.zone).cells.to_pylist()[:_SAMPLE]
    known = [one for one in cells if one is not None]
    if not known:
        return 0.0
    return len(bench.uow.records(table).ids_by_key(known)) / len(known)


def kept_choices(found: Files) -> Choices:
    """Return what somebody has chosen about these files before."""
    return Choices.from_json(found.asked.get("choices") or {})


def require_fresh(found: Files) -> None:
    """Refuse files whose rows are in, or on their way.

    Raises:
        NotFound: they are.
    """
    if found.first.batch.state != "uploaded":
        raise NotFound(T("This file was imported already."))
