"""The numpy evaluator: a rule over all records of a table at once, column by column.

    frame      all records: answers and values, kept on a `shelf`; `moments` says how long they hold
    streams    nodes as steps of a `program`, which goes through the records block by block
    own        tests of a record's own field against constants, with `thresholds` and `codes`
    vectors    values, with unknown and *none*; `bounds`: answers that may be uncertain
    atoms      tests of all other values
    operations what values are made of others, with `calls`, `arithmetic`, `civil`, `zones`, `texts`;
               `paths`: fields above; `tables`: numbers that a few conditions decide
    patches    a former snapshot's results after few changes
    related    which related records count (`kept`, as bits); `rollups`: what is made of them
    instants   when time alone can change a result, with `midnights`

It satisfies `engine.evaluator.Evaluator` as a module.
"""

from collections.abc import Sequence

import numpy as np

from tierloom.backends.columns.frame import Frame
from tierloom.backends.columns.instants import next_change
from tierloom.backends.columns.vectors import Coded, Numbers, Vector, spread
from tierloom.domain.context import RunContext
from tierloom.engine.columns import (
    Bits,
    BooleanColumn,
    Column,
    Columns,
    Mask,
    NumberColumn,
    ReferenceColumn,
    TextColumn,
)
from tierloom.engine.evaluator import Answer, Kleene, PackedKleene
from tierloom.rules import ir

__all__ = [
    "kleene",
    "kleenes",
    "mask",
    "masks",
    "next_change",
    "packed",
    "packed_kleenes",
    "value",
]


def mask(p: ir.Predicate, columns: Columns, context: RunContext) -> Mask:
    """Tell for every record whether the predicate holds; what touches an unknown value does not."""
    with np.errstate(all="ignore"):
        return Frame(columns, context).predicate(p).mask()


def masks(predicates: Sequence[ir.Predicate], columns: Columns, context: RunContext) -> list[Mask]:
    """Tell for every record where each predicate holds, in one go through the records."""
    with np.errstate(all="ignore"):
        return [one.mask() for one in Frame(columns, context).predicates(predicates)]


def packed(predicates: Sequence[ir.Predicate], columns: Columns, context: RunContext) -> list[Bits]:
    """Tell where each predicate holds, as bits."""
    with np.errstate(all="ignore"):
        return [one.true for one in Frame(columns, context).packed(predicates)]


def packed_kleenes(
    predicates: Sequence[ir.Predicate], columns: Columns, context: RunContext
) -> list[PackedKleene]:
    """Tell where each predicate holds, does not hold, or is uncertain, as bits."""
    with np.errstate(all="ignore"):
        found = Frame(columns, context, hold=True).packed(predicates)
    return [PackedKleene(one.true, one.true | ~one.possible) for one in found]


def kleenes(
    predicates: Sequence[ir.Predicate], columns: Columns, context: RunContext
) -> list[Kleene]:
    """Tell for every record where each predicate holds, does not hold, or is uncertain."""
    with np.errstate(all="ignore"):
        found = Frame(columns, context, hold=True).predicates(predicates)
        return [one.bounds().kleene() for one in found]


def kleene(p: ir.Predicate, columns: Columns, context: RunContext) -> Kleene:
    """Tell for every record whether the predicate holds, does not hold, or is uncertain."""
    with np.errstate(all="ignore"):
        return Frame(columns, context, hold=True).predicate(p).bounds().kleene()


def value(v: ir.ValueNode, columns: Columns, context: RunContext) -> Answer:
    """Work out an expression for every record, under two-valued conditions."""
    with np.errstate(all="ignore"):
        found = spread(Frame(columns, context).value(v), columns.size)
    return Answer(_column(found, v.type.family), found.none)


def _column(vector: Vector, family: ir.Family) -> Column:
    match vector, family:
        case Numbers(values=values), _:
            return NumberColumn(values)
        case Coded(codes=codes), ir.Family.BOOLEAN:
            return BooleanColumn(codes)
        case Coded(codes=codes), ir.Family.REFERENCE:
            return ReferenceColumn(codes)
        case Coded(codes=codes, dictionary=dictionary), _ if dictionary is not None:
            return TextColumn(codes, dictionary)
    raise TypeError(f"A column of {family} cannot be made.")
