"""The checker: finds the rule for each operator, keeps what is compiled, and collects problems."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar
from zoneinfo import ZoneInfo

from tierloom.domain.fields import Field
from tierloom.domain.rules import RuleDocument
from tierloom.domain.scores import Score
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.domain.tiers import Segment, TierModel
from tierloom.errors import Invalid, Problem
from tierloom.rules import ir
from tierloom.rules.facts import FactFinder
from tierloom.rules.syntax import Apply, Items, Scalar, Syntax
from tierloom.rules.types import BOOLEAN, name_of
from tierloom.text import T, Text

MAX_CHILD_DEPTH = 2
MAX_CHAIN = 40
MAX_SIZE = 5_000
Given = TypeVar("Given")
Typed = TypeVar("Typed")


@dataclass(frozen=True, slots=True)
class Objects:
    """What else a rule may name: published segments, scores and tier models by key."""

    segments: Mapping[str, Segment] = field(default_factory=dict)
    scores: Mapping[str, Score] = field(default_factory=dict)
    tier_models: Mapping[str, TierModel] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a node stands: whose fields it sees, and how deep inside child predicates."""

    table: RecordType
    depth: int = 0

    def inside(self, table: RecordType) -> "Scope":
        """Return the scope of a predicate about related records."""
        return replace(self, table=table, depth=self.depth + 1)


Answer = ir.ValueNode | ir.Predicate
Rule = Callable[["Checker", Apply, Scope], Answer]
Compile = Callable[["Checker", RuleDocument, Scope], ir.Predicate]
Calculate = Callable[["Checker", RecordType, Field, str], ir.Calculated]


def refuse(code: str, pointer: str, message: Text, hint: Text | None = None) -> Invalid:
    """Make the exception for one problem."""
    return Invalid([Problem(code, pointer, message, hint)])


@dataclass(slots=True)
class Checker:
    """Types the nodes of one rule and of all that it uses.

    `rules` has one function per operator; `compile_document` compiles another rule (a segment's, or
    the condition of a roll-up) and `calculate` a calculated field, with the same checker. `path`
    holds what is being compiled, so that a circle is seen, and a chain without end.
    """

    catalogue: Catalogue
    objects: Objects
    zone: ZoneInfo
    rules: Mapping[str, Rule]
    compile_document: Compile
    calculate: Calculate
    warnings: list[Problem] = field(default_factory=list)
    done: dict[tuple[str, str, str], Answer | Invalid] = field(default_factory=dict)
    path: tuple[tuple[str, str, str], ...] = ()
    finder: FactFinder = field(init=False)

    def __post_init__(self) -> None:
        self.finder = FactFinder(self.catalogue)

    def predicate(self, node: Syntax, scope: Scope) -> ir.Predicate:
        """Type a yes/no question.

        Raises:
            Invalid: it has problems.
        """
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return ir.Constant(node.value)
        answer = self._answer(node, scope) if isinstance(node, Apply) else None
        if isinstance(answer, ir.ValueNode):
            if answer.type.family is ir.Family.BOOLEAN:
                return truth_of(answer)
            message = T(
                "A yes/no question is needed here, this is %(kind)s.", kind=name_of(answer.type)
            )
            hint = T("Compare it with something, or ask whether it is filled in with “!!”.")
            raise refuse("not-a-question", node.pointer, message, hint)
        if answer is None:
            message = T("A yes/no question is needed here, this is a constant.")
            raise refuse("not-a-question", node.pointer, message)
        return answer

    def value(self, node: Syntax, scope: Scope) -> ir.ValueNode:
        """Type a value that is no bare constant; a yes/no question gives a boolean.

        Raises:
            Invalid: it has problems.
        """
        match node:
            case Apply():
                answer = self._answer(node, scope)
                return answer if isinstance(answer, ir.ValueNode) else ir.Truth(answer)
            case Items():
                raise refuse("unexpected-list", node.pointer, T("A list cannot stand here."))
            case Scalar(bool(value)):
                return ir.Literal(value, BOOLEAN)
            case Scalar(None):
                message = T("“null” can only be compared with == or !=.")
                raise refuse("unexpected-null", node.pointer, message)
        message = T("A field or a calculation is needed here, this is a constant.")
        raise refuse("unexpected-constant", node.pointer, message)

    def _answer(self, node: Apply, scope: Scope) -> Answer:
        return self.rules[node.key](self, node, scope)

    def warn(self, code: str, pointer: str, message: Text) -> None:
        """Note something that does not stop the rule."""
        self.warnings.append(Problem(code, pointer, message, severity="warning"))

    def require_size(self, node: ir.Node, table: str) -> None:
        """Refuse what is too large with all that it uses.

        To be asked before anything compares nodes: comparing walks all that they expand to.

        Raises:
            Invalid: it has too many parts.
        """
        if self.finder.facts(node, table).size > MAX_SIZE:
            message = T("With the segments and fields that it uses, the rule is too large.")
            raise refuse("too-many-parts", "", message)

    def once(
        self, kind: str, table: str, key: str, pointer: str, make: Callable[[], Answer]
    ) -> Answer:
        """Compile a named thing once, and refuse a circle by naming the loop."""
        name = (kind, table, key)
        if name in self.path:
            loop = (*self.path[self.path.index(name) :], name)
            names = " → ".join(one[2] for one in loop)
            raise refuse(
                "circle", pointer, T("The rule goes round in a circle: %(loop)s.", loop=names)
            )
        if len(self.path) >= MAX_CHAIN:
            message = T(
                "Fields and segments that use one another are more than %(n)s deep.", n=MAX_CHAIN
            )
            raise refuse("too-deep", pointer, message)
        if name not in self.done:
            before, self.path = self.path, (*self.path, name)
            try:
                self.done[name] = make()
            except Invalid as invalid:
                self.done[name] = invalid
            finally:
                self.path = before
        found = self.done[name]
        if isinstance(found, Invalid):
            raise Invalid(found.problems)
        return found


def truth_of(value: ir.ValueNode) -> ir.Predicate:
    """Make a predicate of a boolean value."""
    match value:
        case ir.Truth(predicate):
            return predicate
        case ir.Literal(bool(known)):
            return ir.Constant(known)
        case _:
            return ir.IsTrue(value)


def every(make: Callable[[Given], Typed], items: Iterable[Given]) -> tuple[Typed, ...]:
    """Make something of every item, so that the problems of all of them are seen together.

    Raises:
        Invalid: with the problems of all that failed.
    """
    made: list[Typed] = []
    problems: list[Problem] = []
    for item in items:
        try:
            made.append(make(item))
        except Invalid as invalid:
            problems.extend(invalid.problems)
    if problems:
        raise Invalid(problems)
    return tuple(made)
