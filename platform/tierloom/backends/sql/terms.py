"""Small pieces of SQL, as trees. Whatever is handed in is copied: a tree belongs to one parent only."""

from collections.abc import Iterable, Sequence

from sqlglot import exp

Sql = exp.Expr

_TYPE = exp.DType
BIGINT, DOUBLE, TEXT, INT = _TYPE.BIGINT, _TYPE.DOUBLE, _TYPE.TEXT, _TYPE.INT
Kind = exp.DType


def whole(value: int) -> Sql:
    """Return a number that the compiler itself puts in; what users say is bound."""
    return exp.Literal.number(value)


def mark(text: str) -> Sql:
    """Return a short text that the compiler itself puts in."""
    return exp.Literal.string(text)


def cast(term: Sql, kind: Kind) -> Sql:
    """Return the term as another type."""
    return exp.Cast(this=term.copy(), to=exp.DataType(this=kind))


def null(kind: Kind) -> Sql:
    """Return an unknown value of a type."""
    return cast(exp.null(), kind)


def case(branches: Iterable[tuple[Sql, Sql]], otherwise: Sql | None = None) -> Sql:
    """Return the value beside the first condition that holds, else `otherwise` (NULL)."""
    ifs = [exp.If(this=when.copy(), true=then.copy()) for when, then in branches]
    return exp.Case(ifs=ifs, default=None if otherwise is None else otherwise.copy())


def call(name: str, *args: Sql) -> Sql:
    """Return a call of a function that every engine knows under this name."""
    return exp.Anonymous(this=name, expressions=[one.copy() for one in args])


def coalesce(term: Sql, *others: Sql) -> Sql:
    """Return the first of the terms that is not NULL."""
    return exp.Coalesce(this=term.copy(), expressions=[one.copy() for one in others])


def is_null(term: Sql) -> Sql:
    """Whether there is no value."""
    return term.is_(exp.null())


def known(term: Sql) -> Sql:
    """Whether there is a value."""
    return exp.not_(is_null(term))


def all_of(parts: Sequence[Sql]) -> Sql:
    """Whether all hold."""
    return exp.and_(*parts) if parts else exp.true()


def any_of(parts: Sequence[Sql]) -> Sql:
    """Whether some holds."""
    return exp.or_(*parts) if parts else exp.false()


def guarded(atom: Sql) -> Sql:
    """Make a test two-valued: what touches an unknown value does not hold."""
    return coalesce(atom, exp.false())


def joined(parts: Sequence[Sql]) -> Sql:
    """Return texts one after the other."""
    found = parts[0].copy()
    for part in parts[1:]:
        found = exp.DPipe(this=found, expression=part.copy(), safe=False)
    return found


def tree(breaks: Sequence[tuple[int, Sql]], term: Sql) -> Sql:
    """Return the value that begins last at or before `term`; below the first break it is the first one's.

    The conditions halve the list, so that a long one is no deep chain.
    """
    if len(breaks) == 1:
        return breaks[0][1].copy()
    middle = len(breaks) // 2
    below = term.copy() < whole(breaks[middle][0])
    return case([(below, tree(breaks[:middle], term))], tree(breaks[middle:], term))
