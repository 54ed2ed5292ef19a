"""What the builder cannot show, in words: the operators' own sentences, put together."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from tierloom.domain.fields import NUMBERS, WITHOUT_OPERAND, Aggregate, Field, FieldKind, FieldType
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.domain.tiers import TIER
from tierloom.errors import Invalid
from tierloom.rules.builder.operators import AND, OR
from tierloom.rules.builder.patterns import SCORE
from tierloom.rules.builder.write import field_of
from tierloom.rules.check.checker import Objects
from tierloom.rules.figures import figure, label_of
from tierloom.rules.normalise import normalise
from tierloom.rules.operators import OPERATORS
from tierloom.rules.parse import parse
from tierloom.rules.phrases import Kind, Phrase, compose, listed, phrase
from tierloom.rules.syntax import Apply, Items, Scalar, Syntax, variable
from tierloom.text import T, Translator

_NUMBER = FieldType(FieldKind.DECIMAL, scale=6)
_TEXT = FieldType(FieldKind.TEXT)
_NUMBERED = NUMBERS | {FieldKind.PERSON}
_JOINED = frozenset({"and", "or", "!", "+", "-", "*", "/"})
_PLAIN_NUMBERS = frozenset({"*", "/", "%"})
_ALIKE = frozenset({"+", "-", "min", "max", "coalesce"})
"""What is made of values of one type has that type."""
_OF_RECORDS = frozenset(
    [
        *("filter", "some", "all", "none", "share"),
        *(one.value for one in Aggregate if one not in WITHOUT_OPERAND),
    ]
)
_OF_NAMES = frozenset({"missing", "missing_some", "is_known"})
BRACKETS = T("(%(inner)s)")


@dataclass(frozen=True, slots=True)
class Raw:
    """Says rules of one workspace in one language."""

    catalogue: Catalogue
    words: Translator
    zone: ZoneInfo
    objects: Objects = field(default_factory=Objects)

    def say(self, text: str, table: RecordType) -> Phrase:
        """Say a rule's JSON about records of `table` in words; what is no rule is only named."""
        try:
            return self.node(normalise(parse(text)), table)
        except Invalid:
            return compose(self.words, T("a condition that cannot be read"), {})

    def node(self, node: Syntax, table: RecordType, beside: Field | None = None) -> Phrase:
        """Say a node. Constants are written like the values of the field `beside` them."""
        match node:
            case Scalar():
                return self._constant(node, beside)
            case Items(items):
                return listed(self.words, [self._constant(one, beside) for one in items], OR)
            case Apply("var", args):
                return self._name(variable(node) or str(getattr(args[0], "value", "")), table)
            case Apply("score", (Scalar(str(key)),)):
                return score_name(key, self.objects, self.words)
            case Apply("tier", (Scalar(str(key)),)):
                return tier_name(key, self.objects, self.words)
        return self._apply(node, table)

    def _apply(self, node: Apply, table: RecordType) -> Phrase:
        operator = OPERATORS[node.key]
        beside = None if node.key in _PLAIN_NUMBERS else self._beside(node, table)
        inner = self._inner(node, table)
        args = []
        for place, one in enumerate(node.args):
            if node.key in _OF_NAMES:
                said = self._names(one, table)
            else:
                said = self.node(one, inner if place else table, beside)
            if node.key in _JOINED and isinstance(one, Apply) and one.key in _JOINED:
                said = compose(self.words, BRACKETS, {"inner": said})
            args.append(said)
        if node.key in ("<", "<=") and len(args) == 3:
            places = {"a": args[1], "b": args[0], "c": args[2]}
            return compose(self.words, T("%(a)s is between %(b)s and %(c)s"), places)
        if operator.joint:
            return self._joined(operator.joint, args)
        places = dict(zip("abc", args, strict=False))
        places["all"] = listed(self.words, args, AND)
        return compose(self.words, operator.sentence, places)

    def _joined(self, joint: str, args: list[Phrase]) -> Phrase:
        kind: Kind
        match joint:
            case "and":
                template, kind = T("%(left)s and %(right)s"), "and"
            case "or":
                template, kind = T("%(left)s or %(right)s"), "or"
            case _:
                template, kind = T("%(left)s %(sign)s %(right)s", sign=joint), "plain"
        if len(args) == 1:
            return (*phrase("plain", joint), *args[0]) if joint == "−" else args[0]
        found = args[0]
        for one in args[1:]:
            found = compose(self.words, template, {"left": found, "right": one}, kind)
        return found

    def _inner(self, node: Apply, table: RecordType) -> RecordType:
        """Return the table that all arguments but the first are about."""
        if node.key not in _OF_RECORDS:
            return table
        rows = node.args[0]
        while isinstance(rows, Apply) and rows.key == "filter":
            rows = rows.args[0]
        relation = self.catalogue.relation(table.key, variable(rows) or "")
        return self.catalogue.table(relation.child) if relation else table

    def _beside(self, node: Apply, table: RecordType) -> Field | None:
        """Return the first field in the arguments: constants beside it are of its type."""
        for one in node.args:
            name = variable(one)
            found = field_of(name, table, self.catalogue) if name is not None else None
            if found is None and isinstance(one, Apply) and one.key in _ALIKE:
                found = self._beside(one, table)
            if found is not None:
                return found
        return None

    def _name(self, name: str, table: RecordType) -> Phrase:
        relation = self.catalogue.relation(table.key, name)
        if table.find(name) is None and relation is not None:
            child = self.catalogue.table(relation.child)
            return phrase("field", label_of(child.label, self.words.locale))
        return field_name(name, table, self.catalogue, self.words, self.objects)

    def _names(self, node: Syntax, table: RecordType) -> Phrase:
        """Say fields that are named bare, one or several."""
        match node:
            case Scalar(str(name)):
                return self._name(name, table)
            case Items(items):
                return listed(self.words, [self._names(one, table) for one in items], AND)
            case _:
                return self.node(node, table)

    def _constant(self, node: Scalar, beside: Field | None) -> Phrase:
        match node.value:
            case None:
                return compose(self.words, T("nothing"), {})
            case bool():
                return compose(self.words, T("yes") if node.value else T("no"), {})
            case str() as text:
                kind = beside.type if beside else FieldType(FieldKind.PHONE)
            case number:
                text = number  # type: ignore[assignment]
                kind = beside.type if beside and beside.type.kind in _NUMBERED else _NUMBER
        return phrase("value", figure(kind, text, self.words.locale, self.zone))


def score_name(key: str, objects: Objects, words: Translator) -> Phrase:
    """Say a score's name."""
    score = objects.scores.get(key)
    return phrase("field", label_of(score.label, words.locale) if score else f"“{key}”")


def tier_name(key: str, objects: Objects, words: Translator) -> Phrase:
    """Say where a tier model placed a record."""
    model = objects.tier_models.get(key)
    name = phrase("field", model.label.read(words.locale) if model else key)
    return compose(words, T("the tier in “%(name)s”"), {"name": name})


def tier_label(key: str, tier: str, objects: Objects, locale: str) -> str:
    """Return the name of a tier of a model; of what is not there, the key."""
    model = objects.tier_models.get(key)
    tiers = model.all_tiers if model else ()
    return next((one.label.read(locale) for one in tiers if one.key == tier), f"“{tier}”")


def field_name(
    name: str, table: RecordType, catalogue: Catalogue, words: Translator, objects: Objects
) -> Phrase:
    """Say a field's name; of `reference.field`, both; of a score, its own; of a tier model, that it is about a tier."""
    if name.startswith(TIER):
        return tier_name(name.removeprefix(TIER), objects, words)
    if name.startswith(SCORE):
        return score_name(name.removeprefix(SCORE), objects, words)
    first, dot, _ = name.partition(".")
    reference, field = table.find(first), field_of(name, table, catalogue)
    if field is None or reference is None:
        return phrase("field", f"“{name}”" if name else "…")
    said = phrase("field", label_of(field.label, words.locale))
    if not dot:
        return said
    above = phrase("field", label_of(reference.label, words.locale))
    return compose(words, T("%(reference)s's %(field)s"), {"reference": above, "field": said})
