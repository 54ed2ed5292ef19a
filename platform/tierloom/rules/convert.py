"""Rules in and out: read from any dialect into a strict document, written in another one."""

from dataclasses import replace
from typing import cast
from zoneinfo import ZoneInfo

from tierloom.domain.fields import FieldKind
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.errors import Invalid
from tierloom.rules.check.literals import read_day
from tierloom.rules.compile import Objects, compile_rule
from tierloom.rules.dialects.targets import TARGETS
from tierloom.rules.dialects.writing import Writer
from tierloom.rules.normalise import normalise
from tierloom.rules.parse import parse
from tierloom.rules.syntax import Apply, Items, Scalar, Syntax, plain_json

_UTC = ZoneInfo("UTC")
_MIDNIGHTS = ("T00:00:00.000Z", "T00:00:00Z", "T00:00:00.000+00:00")
_GROUPS = ("and", "or")


def import_rule(
    source: "Json | RuleDocument",
    table: str,
    catalogue: Catalogue,
    objects: Objects | None = None,
    *,
    zone: ZoneInfo = _UTC,
) -> RuleDocument:
    """Read a rule as any builder writes it, and return it in our spelling.

    Days beside date fields lose their midnight, a group of one condition at the root is that
    condition. Reading the result again changes nothing.

    Raises:
        Invalid: it is no rule, or has no type under this catalogue; with all that is wrong.
        KeyError: the catalogue has no such table.
    """
    record_type = catalogue.table(table)
    node = normalise(parse(source))
    compile_rule(source, table, catalogue, objects, zone=zone)
    tidy = _tidied(node, record_type, Writer(TARGETS["raqb"], catalogue))
    while isinstance(tidy, Apply) and tidy.key in _GROUPS and len(tidy.args) == 1:
        if not isinstance(tidy.args[0], Apply):
            break
        tidy = tidy.args[0]
    return RuleDocument.of(plain_json(tidy))


def export_rule(
    document: RuleDocument,
    dialect: str,
    table: str,
    catalogue: Catalogue,
    objects: Objects | None = None,
    *,
    zone: ZoneInfo = _UTC,
) -> Json:
    """Write a rule in a dialect (a key of `TARGETS`).

    Raises:
        Invalid: the rule has errors, or says what the dialect cannot say; with every place.
        KeyError: there is no such dialect or table.
    """
    record_type = catalogue.table(table)
    compile_rule(document, table, catalogue, objects, zone=zone)
    node = normalise(parse(document))
    writer = Writer(TARGETS[dialect], catalogue)
    found = writer.question(node, record_type)
    if writer.problems:
        raise Invalid(writer.problems)
    if isinstance(node, Apply) and node.key not in (*_GROUPS, "xor"):
        return {"and": [found]}
    return found


def _tidied(node: Syntax, table: RecordType, tables: Writer) -> Syntax:
    """Write days as days where they stand beside date fields."""
    if not isinstance(node, Apply) or node.key == "var":
        return node
    inner = tables.inside(node, table)
    args = [_tidied(one, inner if place else table, tables) for place, one in enumerate(node.args)]
    beside = tables.beside(node, table)
    if beside is not None and beside.type.kind is FieldKind.DATE:
        args = [_as_days(one) for one in args]
    return replace(node, args=tuple(args))


def _as_days(node: Syntax) -> Syntax:
    match node:
        case Items(items):
            return replace(node, items=tuple(cast("Scalar", _as_days(one)) for one in items))
        case Scalar(str(text)) if read_day(text[:10]) and text[10:] in _MIDNIGHTS:
            return replace(node, value=text[:10])
    return node
