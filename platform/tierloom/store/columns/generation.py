"""Bases: a table's rows at a moment of the past, kept as generations of files.

A generation is written beside, synced and renamed into place; from then on it is only ever mapped.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import numpy as np

from tierloom.engine.columns import Positions
from tierloom.fail_points import fail_point
from tierloom.store.columns.encoding import Encoding
from tierloom.store.columns.files import ArrayFiles, ArrayWriter, link, sync, sync_folder
from tierloom.store.columns.links import Groups
from tierloom.store.columns.manifest import (
    FILE_NAME,
    FieldParts,
    GroupKey,
    Manifest,
    Mark,
    Part,
    Point,
)
from tierloom.store.columns.narrow import Array
from tierloom.store.columns.stored import Stored, from_parts, parts_of

_TEMPORARY = ".new-"
_TRIES = 5
_GROUP_PARTS = ("targets", "rows", "starts")
_BROKEN = (OSError, ValueError, KeyError, TypeError, AttributeError)
"""What reading files raises that are cut off, of another format, or gone."""


@dataclass(frozen=True, slots=True)
class Base:
    """Rows by ascending record id, and columns by field id.

    What changed after `since` has to be read from the database, by a transaction that has seen at
    least what the base has `seen`: columns may be younger than the rows (a field that came later).
    `mark` tells whether it is a base of this database. `generation` names the files that the
    columns lie in; 0 stands for none. `groups` are the rows by what references point at, where
    somebody has grouped them.
    """

    ids: Positions
    columns: Mapping[int, Stored]
    encodings: Mapping[int, Encoding]
    since: Point
    seen: Point
    mark: Mark
    generation: int = 0
    groups: Mapping[GroupKey, Groups] = field(default_factory=dict)


def newest_of(folder: Path) -> int:
    """Return the number of the newest generation in a table's folder, 0 where there is none."""
    return max(_generations(folder), default=0)


def open_newest(folder: Path, record_type: int) -> Base | None:
    """Map the newest generation in a table's folder; None where there is none that is whole."""
    failed = 0
    for _ in range(_TRIES):
        newest = newest_of(folder)
        if newest == failed:
            return None
        try:
            return _open(folder / str(newest), record_type)
        except _BROKEN:
            # Broken, or just removed by a process that has a newer one: a second look tells.
            failed = newest
    return None


def publish(folder: Path, record_type: int, base: Base) -> Base:
    """Write `base` as the newest generation and return it mapped.

    The caller holds the table's lock. Columns that lie in the newest generation already are not
    written again. Older generations are removed, though whoever has mapped one keeps it.
    """
    newest = newest_of(folder)
    kept = _kept(folder, base) if base.generation == newest else None
    new = folder / f"{_TEMPORARY}{uuid4().hex}"
    try:
        # The files hold what the database holds: nobody else may read them.
        new.mkdir(mode=0o700, parents=True)
        manifest = _write(new, record_type, newest + 1, base, kept)
        fail_point("columns-written")
        _write_manifest(new, manifest)
        fail_point("columns-synced")
        new.rename(folder / str(manifest.generation))
        sync_folder(folder)
    except OSError:
        shutil.rmtree(new, ignore_errors=True)
        raise
    fail_point("columns-renamed")
    _clean(folder, manifest.generation)
    fail_point("columns-cleaned")
    return _open(folder / str(manifest.generation), record_type)


def _kept(folder: Path, base: Base) -> Manifest | None:
    if not base.generation:
        return None
    try:
        return Manifest.read((folder / str(base.generation) / FILE_NAME).read_text())
    except _BROKEN:
        return None


def _write(
    new: Path, record_type: int, generation: int, base: Base, kept: Manifest | None
) -> Manifest:
    files: dict[str, int] = {}
    fields: dict[int, FieldParts] = {}
    groups: dict[GroupKey, Mapping[str, Part]] = {}
    ids: Part | None = None
    if kept:
        for name, size in kept.files.items():
            link(new.parent / str(kept.generation) / name, new / name)
            files[name] = size
        ids = kept.ids
        fields |= _same_fields(kept, base)
        groups |= {
            key: parts
            for key, parts in kept.groups.items()
            if key in base.groups and fields.keys() >= {*key} - {0}
        }
    path = new / f"{generation}.columns"
    with path.open("xb") as stream:
        writer = ArrayWriter(path, stream)
        ids = ids or writer.add(base.ids)
        for number, column in base.columns.items():
            if number not in fields:
                encoding = str(base.encodings[number])
                fields[number] = FieldParts(encoding, writer.add_all(parts_of(column)))
        for key, one in base.groups.items():
            if key not in groups:
                groups[key] = writer.add_all({name: getattr(one, name) for name in _GROUP_PARTS})
        files[path.name] = stream.tell()
        sync(stream)
    return Manifest(
        record_type=record_type,
        generation=generation,
        rows=len(base.ids),
        since=base.since,
        seen=base.seen,
        mark=base.mark,
        files=files,
        ids=ids,
        fields=fields,
        groups=groups,
    )


def _same_fields(kept: Manifest, base: Base) -> dict[int, FieldParts]:
    return {
        number: one
        for number, one in kept.fields.items()
        if number in base.encodings and str(base.encodings[number]) == one.encoding
    }


def _write_manifest(new: Path, manifest: Manifest) -> None:
    with (new / FILE_NAME).open("xb") as stream:
        stream.write(manifest.to_json().encode())
        sync(stream)
    sync_folder(new)


def _open(folder: Path, record_type: int) -> Base:
    manifest = Manifest.read((folder / FILE_NAME).read_text())
    if manifest.record_type != record_type or manifest.generation != int(folder.name):
        raise ValueError(f"{folder} holds generation {manifest.generation} of another table.")
    files = ArrayFiles(folder, manifest.files)
    ids = files.array(manifest.ids)
    if len(ids) != manifest.rows or ids.dtype != np.int64:
        raise ValueError(f"{folder} has {len(ids)} ids of {ids.dtype} for {manifest.rows} rows.")
    columns: dict[int, Stored] = {}
    encodings: dict[int, Encoding] = {}
    for number, one in manifest.fields.items():
        encodings[number] = Encoding.read(one.encoding)
        arrays = {name: files.array(part) for name, part in one.parts.items()}
        columns[number] = from_parts(encodings[number].shape, manifest.rows, arrays)
    groups = {
        key: _groups({name: files.array(part) for name, part in parts.items()}, manifest.rows)
        for key, parts in manifest.groups.items()
    }
    return Base(
        ids=ids,
        columns=columns,
        encodings=encodings,
        since=manifest.since,
        seen=manifest.seen,
        mark=manifest.mark,
        generation=manifest.generation,
        groups=groups,
    )


def _groups(arrays: Mapping[str, Array], rows: int) -> Groups:
    found = Groups(**arrays)
    fit = len(found.starts) == len(found.targets) + 1 and len(found.rows) <= rows
    if not fit or any(array.dtype != np.int64 for array in arrays.values()):
        raise ValueError(f"These cannot be groups of {rows} rows: {arrays}.")
    return found


def _generations(folder: Path) -> Iterator[int]:
    if folder.is_dir():
        yield from (int(one.name) for one in folder.iterdir() if one.name.isdecimal())


def _clean(folder: Path, generation: int) -> None:
    """Remove older generations, and what a killed process left unfinished."""
    for one in folder.iterdir():
        older = one.name.isdecimal() and int(one.name) < generation
        if older or one.name.startswith(_TEMPORARY):
            shutil.rmtree(one, ignore_errors=True)
