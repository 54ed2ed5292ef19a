"""The proof tree of a rule for one record: every condition true, false or uncertain, with the actual values."""

from collections.abc import Callable
from dataclasses import dataclass

from tierloom.domain.context import RunContext
from tierloom.domain.fields import Value
from tierloom.domain.rules import RuleDocument
from tierloom.rules import ir
from tierloom.rules.builder.read import read_tree
from tierloom.rules.builder.tree import SEGMENT, Condition, Group, Node
from tierloom.rules.builder.write import Written, write_tree
from tierloom.rules.check.checker import Objects
from tierloom.rules.compile import compile_rule
from tierloom.rules.explain.sources import Source, sources_of
from tierloom.rules.row import Row, compile_kleene, compile_predicate, compile_value
from tierloom.rules.sentence import Sentence, sentence, sentence_of


@dataclass(frozen=True, slots=True)
class Actual:
    """What a condition found: the value of a source; None is unknown, or that there is nothing.

    A `hidden` one is not for the eyes of whoever asks, and its value is left out.
    """

    source: Source
    value: Value
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """One node of a rule and its answer; None is uncertain, under hold only.

    `words` says the node alone. A group has `parts`, joined by "and" (`all_of`) or by "or"; where it is `negated`, its
    answer is the opposite of what they give. Whatever has no parts has `actuals`.
    """

    node: str
    answer: bool | None
    words: Sentence
    actuals: tuple[Actual, ...] = ()
    parts: "tuple[Proof, ...]" = ()
    all_of: bool = True
    negated: bool = False

    @property
    def hidden(self) -> bool:
        """Whether the answer would tell a value that is hidden, in this condition or in one below."""
        return any(one.hidden for one in self.actuals) or any(one.hidden for one in self.parts)


@dataclass(frozen=True, slots=True)
class Prover:
    """Proves rules about records of one table, in words of one language; `hold` asks in three-valued logic."""

    table: str
    context: RunContext
    objects: Objects
    locale: str
    hold: bool = False

    def prove(self, rule: RuleDocument, row: Row) -> Proof:
        """Ask every node of a rule about a record.

        Raises:
            Invalid: the rule has errors.
        """
        catalogue, zone = self.context.catalogue, self.context.zone
        root = read_tree(rule, self.table, catalogue, zone=zone)
        written = write_tree(root, self.table, catalogue, zone=zone)
        if root.id not in written.parts:
            words = sentence(rule, self.table, catalogue, self.objects, self.locale, zone=zone)
            return Proof(root.id, self.ask(rule, row), words)
        return self._node(root, written, row)

    def ask(self, rule: RuleDocument, row: Row) -> bool | None:
        """Return a rule's answer."""
        return self._evaluate(self._compiled(rule))(row)

    def _node(self, node: Node, written: Written, row: Row) -> Proof:
        catalogue = self.context.catalogue
        words = sentence_of(
            node, self.table, catalogue, self.objects, self.locale, zone=self.context.zone
        )
        predicate = self._compiled(written.parts[node.id])
        answer = self._evaluate(predicate)(row)
        match node:
            case Group(relation="", children=children):
                below = tuple(
                    self._node(one, written, row) for one in children if one.id in written.parts
                )
                return Proof(node.id, answer, words, (), below, node.all, node.negated)
            case Condition(field=field, values=(key, *_)) if field == SEGMENT:
                inner = self.prove(self.objects.segments[key].rule, row)
                negated = isinstance(predicate, ir.Not)
                return Proof(node.id, answer, words, (), (inner,), negated=negated)
            case _:
                return Proof(node.id, answer, words, self._actuals(predicate, row))

    def _actuals(self, predicate: ir.Predicate, row: Row) -> tuple[Actual, ...]:
        found = sources_of([predicate], self.table, self.context.catalogue)
        return tuple(Actual(one, compile_value(one.node, self.context)(row)) for one in found)

    def _compiled(self, rule: RuleDocument) -> ir.Predicate:
        catalogue, zone = self.context.catalogue, self.context.zone
        return compile_rule(rule, self.table, catalogue, self.objects, zone=zone).predicate

    def _evaluate(self, predicate: ir.Predicate) -> Callable[[Row], bool | None]:
        if self.hold:
            return compile_kleene(predicate, self.context)
        return compile_predicate(predicate, self.context)
