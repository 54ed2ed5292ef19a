"""Arrays in files: written one after the other, then memory-mapped."""

import mmap
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from tierloom.store.columns.manifest import Part
from tierloom.store.columns.narrow import Array
from tierloom.store.columns.splice import frozen

_ALIGNMENT = 64


class ArrayWriter:
    """Appends arrays to a new file; `parts` say where they lie."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._name = path.name
        self._stream = stream

    def add(self, array: Array) -> Part:
        """Append one array, at a place where a processor likes it."""
        self._stream.write(bytes(-self._stream.tell() % _ALIGNMENT))
        offset = self._stream.tell()
        if len(array):
            self._stream.write(np.ascontiguousarray(array).data)
        return Part(self._name, offset, array.dtype.str, len(array))

    def add_all(self, arrays: Mapping[str, Array]) -> dict[str, Part]:
        """Append named arrays."""
        return {name: self.add(array) for name, array in arrays.items()}


class ArrayFiles:
    """The mapped files of one generation."""

    def __init__(self, folder: Path, sizes: Mapping[str, int]) -> None:
        """Map the files; a ValueError says that one has another size than it must.

        The mappings live as long as arrays made of them, also after the files are removed.
        """
        self._mapped = {name: _map(folder / name, size) for name, size in sizes.items()}

    def array(self, part: Part) -> Array:
        """Return one array, read-only.

        Raises:
            ValueError: it does not lie within its file.
            KeyError: the generation has no such file.
        """
        mapped, kind = self._mapped[part.file], np.dtype(part.dtype)
        if part.offset < 0 or part.length < 0:
            raise ValueError(f"{part} cannot be.")
        if not part.length:
            return frozen(np.empty(0, kind))
        return np.frombuffer(mapped, kind, part.length, part.offset)


def _map(path: Path, size: int) -> mmap.mmap | bytes:
    with path.open("rb") as stream:
        actual = os.fstat(stream.fileno()).st_size
        if actual != size:
            raise ValueError(f"{path} has {actual} bytes, not {size}.")
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) if size else b""


def link(source: Path, target: Path) -> None:
    """Give a file that nobody writes any more a second name (a copy, where links cannot be)."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)
        with target.open("rb+") as stream:
            sync(stream)


def sync(stream: BinaryIO) -> None:
    """Have what was written on the disk, before anything relies on it."""
    stream.flush()
    os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system knows such a thing."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
