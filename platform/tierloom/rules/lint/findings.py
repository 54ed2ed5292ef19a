"""What the rule check says: findings that hold whatever the data are, each with a made record that shows it."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tierloom.domain.context import RunContext
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tables import Catalogue
from tierloom.domain.tiers import TIER
from tierloom.errors import Severity
from tierloom.rules import ir
from tierloom.rules.builder.tree import Node
from tierloom.rules.check.checker import Objects
from tierloom.rules.compile import compile_rule
from tierloom.rules.explain.sources import Source
from tierloom.rules.roll_ups import Known
from tierloom.text import Label, T, Text


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A rule with the key and the label of what it belongs to: a tier, a segment, a label, a score's criterion."""

    key: str
    label: Label
    rule: RuleDocument


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a rule, or worth knowing.

    `key` names the rule and `part` the condition in its builder's tree, where it is about one. `example` is a record
    that shows it, by the sources that matter; `record` one that is stored. Of information there may be neither. `about`
    is the source whose value is the fault, of a hole.
    """

    code: str
    severity: Severity
    key: str
    message: Text
    example: tuple[tuple[Source, Known], ...] = ()
    record: int | None = None
    about: Source | None = None
    part: Node | None = None

    @property
    def node(self) -> str:
        """The id of the condition that it is about, empty where it is about a whole rule."""
        return self.part.id if self.part else ""


@dataclass(frozen=True, slots=True)
class Subject:
    """Rules about the records of one table, in the order in which they are asked.

    With `hold` what touches an unknown value is uncertain. `gives_points` says that they are those of a score.
    """

    rules: tuple[NamedRule, ...]
    table: str
    context: RunContext
    objects: Objects
    hold: bool = False
    gives_points: bool = False

    @property
    def catalogue(self) -> Catalogue:
        """The tables that there are."""
        return self.context.catalogue

    @property
    def zone(self) -> ZoneInfo:
        """The zone of local days."""
        return self.context.zone

    def name_of(self, source: Source) -> object:
        """Return what a source is called."""
        if source.field is not None:
            return source.field.label
        match source.node:
            case ir.Scored(key=key):
                known = self.objects.scores.get(key)
                return known.label if known else T("Score")
            case ir.RollUpOf():
                return T("Related records")
            case ir.Var((name,)) if name.startswith(TIER):
                return T("Tier")
            case _:
                return T("a calculation")

    def compiled(self, rule: RuleDocument) -> ir.Predicate:
        """Compile one of the rules, or a part of one.

        Raises:
            Invalid: it has errors.
        """
        return compile_rule(
            rule, self.table, self.catalogue, self.objects, zone=self.zone
        ).predicate


def proven(
    code: str,
    severity: Severity,
    key: str,
    message: Text,
    shown: dict[Source, Known] | None,
    part: Node | None = None,
    about: Source | None = None,
) -> Finding:
    """Return a finding. What is proven and yet could not be shown by a record is information."""
    example = tuple(shown.items()) if shown else ()
    return Finding(
        code, severity if example else "info", key, message, example, about=about, part=part
    )


def in_words(number: float) -> str:
    """Return a number for people to read, with as many decimals as it has."""
    whole, dot, decimals = f"{number:,.6f}".partition(".")
    return f"{whole}{dot}{decimals}".rstrip("0").rstrip(".").replace("-", "−")


def not_checked(key: str, question: Text) -> Finding:
    """Return what is said where a question took too long."""
    message = T("Not checked, as it would take too long: %(question)s", question=question)
    return Finding("not-checked", "info", key, message)
