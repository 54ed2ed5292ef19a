"""A rule in words, English and Chinese, from the builder's tree and the operators' records."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from tierloom.domain.fields import Field, FieldKind
from tierloom.domain.rules import EVERYBODY, NOBODY, RuleDocument
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.errors import TierloomError
from tierloom.rules.builder.operators import OPERATORS, QUANTIFIERS, BuilderOperator
from tierloom.rules.builder.read import read_tree
from tierloom.rules.builder.tree import SEGMENT, Advanced, Condition, Group, Node
from tierloom.rules.builder.values import TIER_TYPE, to_json, type_of_values
from tierloom.rules.builder.write import field_of
from tierloom.rules.check.checker import Objects
from tierloom.rules.check.literals import read_day
from tierloom.rules.figures import figure, label_of, with_unit
from tierloom.rules.phrases import Part, Phrase, compose, listed, phrase, spaced, split
from tierloom.rules.raw import BRACKETS, Raw, field_name, tier_label
from tierloom.rules.wording import SLOT, denied, is_birthday, presence, says_it
from tierloom.schemas.parsing import parse_text
from tierloom.text import Label, T, Translator, translator

__all__ = ["Part", "Sentence", "sentence", "sentence_of"]

_UTC = ZoneInfo("UTC")
_NOTHING = phrase("plain", "–")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A rule in words, as styled parts; `str` is the plain text, inner groups in brackets."""

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return "".join(part.text for part in self.parts)


def sentence(
    document: RuleDocument,
    table: str,
    catalogue: Catalogue,
    objects: Objects | None,
    locale: str,
    *,
    zone: ZoneInfo = _UTC,
) -> Sentence:
    """Say a rule about records of `table` in words. A rule without a condition is "–".

    Raises:
        KeyError: the catalogue has no such table.
    """
    if document == EVERYBODY:
        return Sentence(compose(translator(locale), T("every record"), {}))
    root = read_tree(document, table, catalogue, zone=zone, empty=NOBODY)
    return sentence_of(root, table, catalogue, objects, locale, zone=zone)


def sentence_of(
    node: Node,
    table: str,
    catalogue: Catalogue,
    objects: Objects | None,
    locale: str,
    *,
    zone: ZoneInfo = _UTC,
) -> Sentence:
    """Say a builder's tree, or a part of it, in words; unfinished conditions are left out."""
    speaker = _Speaker(catalogue, objects or Objects(), translator(locale), zone)
    said = speaker.node(node, catalogue.table(table), top=True)
    return Sentence(spaced(said or _NOTHING))


@dataclass(frozen=True, slots=True)
class _Speaker:
    catalogue: Catalogue
    objects: Objects
    words: Translator
    zone: ZoneInfo
    subject: str = ""
    """What a statement inside related records is about: “the order”."""

    def node(self, node: Node, table: RecordType, *, top: bool = False) -> Phrase:
        match node:
            case Condition():
                return self._condition(node, table)
            case Advanced(json=json):
                return Raw(self.catalogue, self.words, self.zone, self.objects).say(json, table)
            case Group():
                return self._group(node, table, top=top)

    # ── groups ──────────────────────────────────────────────────────────────────────────────────

    def _group(self, node: Group, table: RecordType, *, top: bool) -> Phrase:
        if node.relation:
            said = self._related(node, table)
            return self._negated(said) if node.negated and said else said
        children = self._children(node, table)
        said = self._joined(children, all_of=node.all)
        if node.negated and said:
            return self._negated(said)
        return self._bracketed(said) if len(children) > 1 and not top else said

    def _children(self, node: Group, table: RecordType) -> list[Phrase]:
        alone = len(node.children) == 1
        said = (self.node(child, table, top=alone) for child in node.children)
        return [one for one in said if one]

    def _joined(self, said: list[Phrase], *, all_of: bool) -> Phrase:
        if not said:
            return ()
        template = T("%(left)s and %(right)s") if all_of else T("%(left)s or %(right)s")
        found = said[0]
        for one in said[1:]:
            places = {"left": found, "right": one}
            found = compose(self.words, template, places, "and" if all_of else "or")
        return found

    def _bracketed(self, said: Phrase) -> Phrase:
        return compose(self.words, BRACKETS, {"inner": said})

    def _negated(self, said: Phrase) -> Phrase:
        return compose(self.words, T("not (%(inner)s)"), {"inner": said})

    def _related(self, node: Group, table: RecordType) -> Phrase:
        relation = self.catalogue.relation(table.key, node.relation)
        quantifier = QUANTIFIERS.get(node.quantifier)
        if relation is None or quantifier is None or not node.count.strip().isdecimal():
            return ()
        child = self.catalogue.table(relation.child)
        one = quantifier.counts and int(node.count) == 1
        label = child.noun if one and child.noun else child.label
        places = {
            "count": phrase("value", node.count.strip()),
            "relation": phrase("field", label_of(label, self.words.locale)),
        }
        said = compose(self.words, quantifier.clause, places)
        noun = label_of(child.noun, self.words.locale) if child.noun else ""
        inside = replace(self, subject=f"the {noun}" if noun else "it")
        children = inside._children(node, child)
        if not children:
            return () if node.children else said
        asked = self._joined(children, all_of=node.all)
        if len(children) > 1:
            asked = self._bracketed(asked)
        return compose(
            self.words, T("%(records)s where %(rule)s"), {"records": said, "rule": asked}
        )

    # ── conditions ──────────────────────────────────────────────────────────────────────────────

    def _condition(self, node: Condition, table: RecordType) -> Phrase:
        operator = OPERATORS.get(node.operator)
        if operator is None or not operator.is_complete(node.values):
            return ()
        if node.field == SEGMENT:
            return compose(self.words, operator.clause, {"a": self._segment(node.values[0])})
        field = field_of(node.field, table, self.catalogue)
        if field is None:
            return ()
        try:
            places = self._values(operator, field, node.values)
        except TierloomError:
            return ()
        if field.wording is not None and says_it(operator, field):
            return self._about(self._worded(operator, field.wording, places))
        there = presence(operator, field, self.words.locale)
        if there is not None:
            return self._about(compose(self.words, there[0], {"field": phrase("field", there[1])}))
        places["field"] = field_name(node.field, table, self.catalogue, self.words, self.objects)
        clause = operator.clause
        if operator.key == "anniversary" and not is_birthday(field):
            clause = T("the anniversary of %(field)s is within the next %(a)s days")
        return compose(self.words, clause, places)

    def _about(self, said: Phrase) -> Phrase:
        """Put what a statement is about before it: an English one has no subject of its own."""
        if not self.subject or not self.words.locale.startswith("en"):
            return said
        return (*phrase("plain", f"{self.subject} "), *said)

    def _worded(
        self, operator: BuilderOperator, wording: Label, places: dict[str, Phrase]
    ) -> Phrase:
        """Say a field in its own words; without a slot they are a statement, true or not."""
        text = wording.read(self.words.locale)
        said = compose(self.words, operator.phrase, places)
        if SLOT in text:
            return split(text.replace(SLOT, "\ue000value\ue001"), {"value": said})
        statement = phrase("field", text)
        if operator.key == "yes":
            return statement
        if operator.key == "no":
            opposite = denied(text, self.words.locale)
            return phrase("field", opposite) if opposite else self._negated(statement)
        return compose(self.words, operator.clause, {**places, "field": statement})

    def _segment(self, key: str) -> Phrase:
        segment = self.objects.segments.get(key)
        name = segment.label.read(self.words.locale) if segment else key
        return phrase("value", f"“{name}”")

    def _values(
        self, operator: BuilderOperator, field: Field, values: tuple[str, ...]
    ) -> dict[str, Phrase]:
        last = len(values) - 1
        said = [
            self._value(operator, field, text, unit=place == last)
            for place, text in enumerate(values)
        ]
        if operator.arity < 0:
            return {"a": listed(self.words, said, operator.joint)}
        return dict(zip("ab", said, strict=False))

    def _value(self, operator: BuilderOperator, field: Field, text: str, *, unit: bool) -> Phrase:
        """Write a value as people read it; the unit comes once, and not behind the name of a field with a wording.

        Raises:
            TierloomError: the text is no value of the field.
        """
        kind = type_of_values(operator, field.type, self.catalogue)
        locale = self.words.locale
        if kind is TIER_TYPE:
            return phrase("value", tier_label(field.label.read(locale), text, self.objects, locale))
        day = read_day(text)
        if day is not None:
            return phrase("value", figure(kind, day, locale, self.zone))
        constant = to_json(kind, text, self.zone) if kind.kind is FieldKind.PERSON else None
        value = constant if isinstance(constant, int) else parse_text(kind, text, self.zone)
        if value is None:
            return ()
        shown = figure(kind, value, locale, self.zone)
        named = field.wording is not None and not says_it(operator, field)
        measured = kind is field.type and unit and not named
        return phrase("value", with_unit(shown, field, locale) if measured else shown)
