"""Reverting: taking a write back, field by field, without touching what was changed since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tierloom.store.cells import Cell
from tierloom.store.changes import Action, Cause, Change
from tierloom.store.images import FieldImage, Ids
from tierloom.store.records import Records


@dataclass(frozen=True, slots=True)
class Reverted:
    """`records` were brought back to what they were (new ones went to the bin). `kept` were changed
    since: by record id, the keys of the fields that stayed as they are now; none for a new record
    that was edited since and stayed.
    """

    records: tuple[int, ...]
    kept: Mapping[int, tuple[str, ...]]


def revert(records: Records, change: Change, at: int, cause: Cause) -> Reverted:
    """Take one change back. Take those of an import back from the newest to the oldest, under a
    cause with the same `ref`.

    Raises:
        Conflict: another record by now has a unique value that one of these would get back.
    """
    match change.action:
        case Action.INSERT:
            return _delete_untouched(records, change, at, cause)
        case Action.UPDATE:
            return _restore_cells(records, change, at, cause)
        case Action.DELETE:
            return Reverted(tuple(records.restore(change.ids.tolist(), at, cause)), {})
        case Action.RESTORE:
            return Reverted(tuple(records.delete(change.ids.tolist(), at, cause)), {})


def _delete_untouched(records: Records, change: Change, at: int, cause: Cause) -> Reverted:
    """Put new records in the bin, except those that others have edited since."""
    edited = np.intersect1d(change.ids, _edited(records.changes.after(change), change.cause))
    deleted = records.delete(np.setdiff1d(change.ids, edited).tolist(), at, cause)
    live = records.scan_ids(edited.tolist(), ()).ids
    return Reverted(tuple(deleted), dict.fromkeys(live, ()))


def _edited(later: Sequence[Change], own: Cause) -> Ids:
    """Collect the records that others updated; an import and its own undoing share their `ref`."""
    others = [
        one.ids
        for one in later
        if one.action is Action.UPDATE and not (own.ref and one.cause.ref == own.ref)
    ]
    return np.concatenate(others) if others else np.empty(0, np.int64)


def _restore_cells(records: Records, change: Change, at: int, cause: Cause) -> Reverted:
    """Give each changed cell its former value where it still holds what the change wrote."""
    keys = records.layout.by_field()
    images = {keys[number]: image for number, image in change.image.items() if number in keys}
    present = records.scan_ids(change.ids.tolist(), tuple(images))
    places = {record: place for place, record in enumerate(present.ids)}
    columns: dict[str, Sequence[Cell]] = {}
    kept: dict[int, tuple[str, ...]] = {}
    for key, image in images.items():
        columns[key], left = _former(present.cells(key), places, change.ids, image)
        for record in left:
            kept[record] = (*kept.get(record, ()), key)
    return Reverted(tuple(records.update_many(present.ids, columns, at, cause)), kept)


def _former(
    now: Sequence[Cell], places: Mapping[int, int], ids: Ids, image: FieldImage
) -> tuple[Sequence[Cell], list[int]]:
    """Return a field's cells with the former ones put back, and the records where that is not
    right.
    """
    cells = list(now)
    left: list[int] = []
    changed = ids[np.asarray(image.places, np.int64)].tolist()
    for record, before, after in zip(changed, image.before, image.after, strict=True):
        place = places.get(record)
        if place is None:
            continue
        if cells[place] == after:
            cells[place] = before
        elif cells[place] != before:
            left.append(record)
    return cells, left
