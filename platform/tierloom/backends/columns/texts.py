"""Functions of texts: worked out once for every distinct combination of arguments."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tierloom.backends.columns.dictionaries import TextList
from tierloom.backends.columns.vectors import Coded, Numbers, Vector, none_of
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Value
from tierloom.engine.values import reader
from tierloom.rules.functions import FUNCTIONS
from tierloom.rules.ir import Call, ValueType


def call(node: Call, args: Sequence[Vector], context: RunContext) -> Coded:
    """Return a text made of the arguments; unknown if one of them is, or if it would be empty."""
    work = FUNCTIONS[node.function]
    blank = np.asarray(args[0].blank)
    for arg in args[1:]:
        blank = blank | arg.blank
    which, rows = _distinct(np.broadcast_arrays(*map(_keys, args)))
    readers = [_reader(arg, one.type) for arg, one in zip(args, node.args, strict=True)]
    texts: list[str] = []
    for row in rows:
        values = [read(key) for read, key in zip(readers, row, strict=True)]
        texts.append("" if None in values else str(work(values, node.unit, context) or ""))
    dictionary = TextList(text for text in texts if text)
    table = np.asarray([dictionary.code(text) for text in texts], np.int32)
    return Coded(np.where(blank, np.int32(-1), table[which]), dictionary, none_of(*args))


def _keys(vector: Vector) -> NDArray[Any]:
    """Return numbers that are equal where the arguments are."""
    return vector.codes if isinstance(vector, Coded) else np.nan_to_num(vector.values)


def _reader(vector: Vector, kind: ValueType) -> Callable[[float], Value]:
    if isinstance(vector, Numbers):
        return reader(kind)
    dictionary = vector.dictionary
    if dictionary is None:
        return lambda code: None if code < 0 else bool(code)
    return lambda code: None if code < 0 else dictionary.text(int(code))


def _distinct(keys: Sequence[NDArray[Any]]) -> tuple[NDArray[np.intp], list[tuple[float, ...]]]:
    """Return, for every record, which of the distinct rows it has, and those rows."""
    which = np.zeros(keys[0].shape, np.intp)
    for key in keys:
        values, place = np.unique(key, return_inverse=True)
        _, which = np.unique(which * len(values) + place.reshape(key.shape), return_inverse=True)
        which = which.reshape(key.shape)
    _, first = np.unique(which, return_index=True)
    rows = zip(*(key.reshape(-1)[first].tolist() for key in keys), strict=True)
    return which, list(rows)
