"""The compiler: a rule's document to typed IR, with its problems and what it depends on."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from tierloom.domain.fields import Field
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.tables import Catalogue
from tierloom.errors import Invalid, Problem
from tierloom.rules import ir
from tierloom.rules.check.calculations import calculated
from tierloom.rules.check.checker import Checker, Objects, Scope
from tierloom.rules.check.rules import RULES
from tierloom.rules.check.sources import source
from tierloom.rules.facts import Read
from tierloom.rules.normalise import normalise
from tierloom.rules.parse import parse
from tierloom.rules.passes import simplified
from tierloom.text import T

__all__ = [
    "UTC",
    "CompiledRule",
    "Objects",
    "check_rule",
    "checker_for",
    "compile_field",
    "compile_rule",
]

UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule that can be evaluated.

    `problems` are warnings. `reads` names every field that it depends on, through calculated fields,
    segments and scores too; `tiers` the tier models whose results it reads. `time_dependent` says
    that its answer may change without a write.
    """

    predicate: ir.Predicate
    problems: tuple[Problem, ...]
    reads: frozenset[Read]
    segments: frozenset[str]
    scores: frozenset[str]
    tiers: frozenset[str]
    time_dependent: bool


def compile_rule(
    document: "RuleDocument | Json",
    table: str,
    catalogue: Catalogue,
    objects: Objects | None = None,
    *,
    zone: ZoneInfo = UTC,
) -> CompiledRule:
    """Compile a rule about records of `table`.

    `zone` is the workspace's: it bounds the local days of date literals.

    Raises:
        Invalid: the rule has errors; all of them are in it.
        KeyError: the catalogue has no such table.
    """
    checker = checker_for(catalogue, objects, zone)
    scope = Scope(catalogue.table(table))
    predicate = _compile(checker, document, scope)
    facts = checker.finder.facts(predicate, table)
    return CompiledRule(
        predicate,
        tuple(dict.fromkeys((*checker.warnings, *_about_root(predicate)))),
        frozenset(facts.reads),
        frozenset(facts.segments),
        frozenset(facts.scores),
        frozenset(facts.tiers),
        facts.time_dependent,
    )


def check_rule(
    document: "RuleDocument | Json",
    table: str,
    catalogue: Catalogue,
    objects: Objects | None = None,
    *,
    zone: ZoneInfo = UTC,
) -> tuple[CompiledRule | None, tuple[Problem, ...]]:
    """Compile a rule, or say why not: never raises for a document, whatever is in it."""
    try:
        compiled = compile_rule(document, table, catalogue, objects, zone=zone)
    except Invalid as invalid:
        return None, invalid.problems
    return compiled, compiled.problems


def compile_field(
    field: Field,
    table: str,
    catalogue: Catalogue,
    objects: Objects | None = None,
    *,
    zone: ZoneInfo = UTC,
) -> ir.ValueNode:
    """Compile a calculated field to the node that works it out (a stored one: that reads it).

    `field` is taken in place of the catalogue's field with its key, so that a draft can be tried.

    Raises:
        Invalid: the calculation has errors, or goes round in a circle.
        KeyError: the catalogue has no such table.
    """
    tried = _with_field(catalogue, table, field)
    found = source(checker_for(tried, objects, zone), tried.table(table), field.key, "")
    return found.value if isinstance(found, ir.Calculated) else found


def _with_field(catalogue: Catalogue, table: str, field: Field) -> Catalogue:
    record_type = catalogue.table(table)
    if record_type.find(field.key) == field:
        return catalogue
    others = tuple(one for one in record_type.fields if one.key != field.key)
    changed = replace(record_type, fields=(*others, field))
    return Catalogue({**catalogue.tables, table: changed}, catalogue.version)


def checker_for(catalogue: Catalogue, objects: Objects | None, zone: ZoneInfo) -> Checker:
    """Make the checker of one rule, field or score and of all that it uses."""
    return Checker(catalogue, objects or Objects(), zone, RULES, _quietly, calculated)


def _quietly(checker: Checker, document: RuleDocument, scope: Scope) -> ir.Predicate:
    """Compile a rule that another one uses; its warnings belong to its own page."""
    before = list(checker.warnings)
    predicate = _compile(checker, document, scope)
    checker.warnings = before
    return predicate


def _compile(checker: Checker, document: "RuleDocument | Json", scope: Scope) -> ir.Predicate:
    predicate = checker.predicate(normalise(parse(document)), scope)
    checker.require_size(predicate, scope.table.key)
    return simplified(predicate)


def _about_root(predicate: ir.Predicate) -> tuple[Problem, ...]:
    if not isinstance(predicate, ir.Constant):
        return ()
    everybody, nobody = T("The rule holds for every record."), T("The rule holds for no record.")
    message = everybody if predicate.value else nobody
    return (Problem("constant-rule", "", message, severity="warning"),)
