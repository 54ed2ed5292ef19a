"""One property of a JSON Schema as a field's document, or the reasons why it cannot be one."""

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from tierloom.domain.fields import MAX_SCALE
from tierloom.domain.rules import Json
from tierloom.errors import Problem
from tierloom.schemas.document_writing import Object
from tierloom.schemas.patterns import MAX_REPEATS, at_least
from tierloom.schemas.problems import pointer_to, shown
from tierloom.schemas.schema_refs import resolve
from tierloom.text import T, Text

FACTS = "x-tierloom"
NUMBER_SCALE = 4
"""Decimals of a number whose schema says nothing of them: eleven digits stand before the point."""

OPTION_KEYWORDS = ("oneOf", "anyOf", "enum", "const")
_LONG = 1_000
_FORMATS = {
    "date": "date", "date-time": "datetime", "email": "email", "idn-email": "email",
    "phone": "phone", "tel": "phone",
}  # fmt: skip
_NOT_SUPPORTED = (
    "not", "anyOf", "allOf", "oneOf", "if", "then", "else", "dependentRequired", "dependentSchemas",
    "dependencies", "propertyNames", "minProperties", "maxProperties", "unevaluatedProperties",
    "unevaluatedItems", "contains", "prefixItems", "additionalItems", "minItems", "maxItems",
)  # fmt: skip


# A document's name of a fact and JSON Schema's.
_KEYWORDS = {
    "max_length": "maxLength", "pattern": "pattern", "minimum": "minimum", "maximum": "maximum",
    "scale": "multipleOf", "label": "title", "help": "description",
}  # fmt: skip


def inline(schema: Json, value: Json) -> Object:
    """Return `value` with its own reference, if it has one, written out; its own words win.

    The guards have refused circles.
    """
    found = dict(value) if isinstance(value, dict) else {}
    while isinstance(reference := found.pop("$ref", None), str):
        target = resolve(schema, reference)
        found = {**target, **found} if isinstance(target, dict) else found
    return found


def unsupported(value: Object, pointer: str) -> Iterator[Problem]:
    """Yield each keyword that would restrict values in a way that no field can."""
    for keyword in _NOT_SUPPORTED:
        if value.get(keyword) not in (None, [], {}, 0):
            yield _not_supported(pointer + pointer_to(keyword), keyword)


def _not_supported(pointer: str, keyword: str) -> Problem:
    return Problem("not-supported", pointer, T("%(keyword)s is not supported.", keyword=keyword))


class Property:
    """One property: `document` is the field it describes, `problems` say why it cannot be one."""

    def __init__(self, schema: Json, name: str, value: Json, required: bool) -> None:
        self.schema = schema
        self.pointer = "/properties" + pointer_to(name)
        self.problems: list[Problem] = []
        self.value = self._unwrapped(value)
        self.given = frozenset(self.value)
        self.options_at = next((k for k in OPTION_KEYWORDS if k in self.given), "items")
        label = str(self.value.get("title", "")).strip() or name.strip() or "?"
        self.document: Object = {"label": shown(label), **self._help(), **self._read()}
        self.problems += unsupported(self.value, self.pointer)
        facts = self.value.get(FACTS, {})
        self.document.update(facts if isinstance(facts, dict) else {})
        if required:
            self.document["required"] = True

    def place_of(self, fact: str) -> str:
        """Return the pointer of what `fact` of the document was read from."""
        keyword = _KEYWORDS.get(fact) if fact != "options" else self.options_at
        return self.pointer + (pointer_to(keyword) if keyword in self.given else "")

    def _unwrapped(self, value: Json) -> Object:
        """Write references out, and an `anyOf` or `oneOf` that only adds null."""
        found = inline(self.schema, value)
        for keyword in ("anyOf", "oneOf"):
            choices = found.get(keyword)
            if isinstance(choices, list):
                real = [one for one in choices if one != {"type": "null"}]
                if len(real) == 1 and len(real) < len(choices):
                    del found[keyword]
                    found = {**inline(self.schema, real[0]), **found}
        return found

    def _help(self) -> Object:
        text = str(self.value.get("description", "")).strip()
        return {"help": text[:500]} if text else {}

    def _refuse(self, code: str, keyword: str, message: Text) -> Object:
        pointer = self.pointer + (pointer_to(keyword) if keyword else "")
        self.problems.append(Problem(code, pointer, message))
        return {"type": "text"}

    def _read(self) -> Object:
        options = _options(self.value)
        if options:
            for keyword in OPTION_KEYWORDS:
                self.value.pop(keyword, None)
            return {"type": "choice", "options": options}
        declared = self.value.get("type")
        types = [one for one in (declared if isinstance(declared, list) else [declared])
                 if one != "null"]  # fmt: skip
        match types:
            case ["string"]:
                return self._string()
            case ["integer"]:
                return {"type": "integer", **self._range(self._scale(0))}
            case ["number"] | ["integer", "number"] | ["number", "integer"]:
                scale = self._scale(NUMBER_SCALE)
                return {"type": "decimal", "scale": scale, **self._range(scale)}
            case ["boolean"]:
                return self._boolean()
            case ["array"]:
                return self._array()
            case ["object"]:
                message = T("An object inside a record is not supported.")
                return self._refuse("nested-object", "type", message)
            case _:
                message = T("The property has no single type that a field can have.")
                return self._refuse("no-type", "type" if declared else "", message)

    def _boolean(self) -> Object:
        for keyword in ("enum", "const"):
            if keyword in self.value:
                message = T("A yes-or-no field allows both answers.")
                return self._refuse("not-supported", keyword, message)
        return {"type": "boolean"}

    def _array(self) -> Object:
        items = inline(self.schema, self.value.get("items", {}))
        options = _options(items)
        if not options:
            message = T("A list of anything but options is not supported.")
            return self._refuse("nested-array", "items", message)
        return {"type": "choices", "options": options}

    def _string(self) -> Object:
        longest = self.value.get("maxLength")
        kind = _FORMATS.get(str(self.value.get("format")), "text")
        if kind == "text" and isinstance(longest, int | float) and longest > _LONG:
            kind = "long_text"
        return {
            "type": kind,
            **({} if longest is None else {"max_length": longest}),
            **self._pattern(kind),
        }

    def _pattern(self, kind: str) -> Object:
        """Read `pattern`; a `minLength` becomes one, because a field has no such limit."""
        source = self.value.get("pattern")
        shortest = self.value.get("minLength", 0)
        assert isinstance(shortest, int | float)
        # An empty text is an unknown value, which `required` refuses.
        if shortest <= 1:
            return {} if source is None else {"pattern": source}
        if source is not None or shortest > MAX_REPEATS or kind not in ("text", "long_text"):
            self.problems.append(_not_supported(self.pointer + "/minLength", "minLength"))
        return {"pattern": at_least(int(shortest))}

    def _scale(self, usual: int) -> int:
        step = self.value.get("multipleOf")
        if step is None:
            return usual
        scale = -Decimal(repr(step)).normalize().adjusted()
        is_power = Decimal(repr(step)) == Decimal(1).scaleb(-scale)
        if not is_power or not 0 <= scale <= MAX_SCALE or (usual == 0 and scale):
            self.problems.append(_not_supported(self.pointer + "/multipleOf", "multipleOf"))
            return usual
        return scale

    def _range(self, scale: int) -> Object:
        """Read the limits; an exclusive one becomes the next number of this many decimals."""
        found: Object = {}
        for name in ("minimum", "maximum"):
            if name in self.value:
                found[name] = self.value[name]
        step = Decimal(1).scaleb(-scale)
        for keyword, name, rounding, away in (
            ("exclusiveMinimum", "minimum", ROUND_FLOOR, step),
            ("exclusiveMaximum", "maximum", ROUND_CEILING, -step),
        ):
            if keyword in self.value:
                limit = Decimal(repr(self.value[keyword]))
                next_one = (limit / step).to_integral_value(rounding) * step + away
                inner = float(next_one)
                known = found.get(name)
                if isinstance(known, int | float):
                    inner = max(inner, known) if name == "minimum" else min(inner, known)
                found[name] = inner
        return found


def _options(value: Object) -> list[Json]:
    """Return the options that `enum`, `const` or a list of constants offers, if it is one."""
    listed = value.get("oneOf", value.get("anyOf"))
    if isinstance(listed, list) and all(isinstance(o, dict) and "const" in o for o in listed):
        return [option for one in listed if isinstance(one, dict) for option in _constant(one)]
    values = value.get("enum", [value["const"]] if "const" in value else [])
    if not isinstance(values, list) or {True, False} & {v for v in values if isinstance(v, bool)}:
        return []
    if any(isinstance(one, list | dict) for one in values):
        return []
    return [{"key": _word(one)} for one in values if one is not None and one != ""]


def _constant(one: Object) -> Iterator[Json]:
    if one["const"] is None or one["const"] == "":
        return
    facts = one.get(FACTS, {})
    title = str(one.get("title", "")).strip()
    yield {
        "key": _word(one["const"]),
        **({"label": title} if title else {}),
        **({"retired": True} if one.get("deprecated") is True else {}),
        **(facts if isinstance(facts, dict) else {}),
    }


def _word(value: Json) -> str:
    return value if isinstance(value, str) else repr(value)
