"""The order in which segments and tier models are worked out: what others read comes first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from tierloom.errors import Invalid, Problem
from tierloom.text import T


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """A segment or a tier model by its key."""

    kind: Literal["segment", "tier_model"]
    key: str


def order(reads: Mapping[Named, Iterable[Named]]) -> tuple[Named, ...]:
    """Return everything in `reads`, each after all that it reads, else in the order given.

    Raises:
        Invalid: something reads itself, directly or through others (the circle is named), or reads
        what
            is not there.
    """
    graph = {one: tuple(read) for one, read in reads.items()}
    _refuse_strangers(graph)
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as error:
        raise Invalid([_circle(tuple(reversed(error.args[1])))]) from error
    rank = {one: number for number, one in enumerate(graph)}
    found: list[Named] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=rank.__getitem__)
        found.extend(ready)
        sorter.done(*ready)
    return tuple(found)


def readers(one: Named, reads: Mapping[Named, Iterable[Named]]) -> tuple[Named, ...]:
    """Return all that reads `one`, directly or not: what must run again when it changes."""
    reached = {one}
    while True:
        more = {reader for reader, read in reads.items() if reached & set(read)} - reached
        if not more:
            return tuple(reader for reader in reads if reader in reached - {one})
        reached |= more


def _refuse_strangers(graph: Mapping[Named, tuple[Named, ...]]) -> None:
    strangers = sorted({read for reads in graph.values() for read in reads} - graph.keys())
    if strangers:
        known = tuple(one.key for one in graph)
        raise Invalid(
            Problem(
                "unknown-dependency",
                "",
                T("%(key)s is used, but there is nothing with this key.", key=one.key),
                hint=T("There are: %(known)s.", known=known) if known else None,
            )
            for one in strangers
        )


def _circle(loop: tuple[Named, ...]) -> Problem:
    return Problem(
        "circle",
        "",
        T(
            "These depend on each other in a circle: %(loop)s.",
            loop=" → ".join(n.key for n in loop),
        ),
        hint=T("Take one of them out of a rule."),
    )
