"""The one place where JSON Schema validators are made: they fetch nothing and cannot hang."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from json import dumps
from typing import Any

import referencing
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

from tierloom.domain.rules import Json
from tierloom.errors import Problem
from tierloom.schemas.patterns import compile_pattern
from tierloom.schemas.problems import MAX_SHOWN, pointer_to, shown
from tierloom.text import T, Text


def _pattern(validator: Any, source: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(value, "string") and not compile_pattern(source).search(value):
        yield ValidationError(f"{value!r} does not match {source!r}")


def _unique(validator: Any, unique: bool, value: Any, _schema: Any) -> Iterator[ValidationError]:
    """Compare by hash: the library's own comparison takes quadratic time."""
    if unique and validator.is_type(value, "array"):
        seen = {dumps(one, sort_keys=True) for one in value}
        if len(seen) < len(value):
            yield ValidationError(f"{value!r} has non-unique elements")


@lru_cache(maxsize=1)
def _safe_class() -> Any:
    keywords = {
        "pattern": _pattern,
        "uniqueItems": _unique,
    }
    return extend(Draft202012Validator, keywords)  # type: ignore[no-untyped-call]


def make_validator(schema: Json) -> Validator:
    """Return a validator for a schema that has passed the guards."""
    # The library's default registry would fetch a remote reference.
    validator: Validator = _safe_class()(schema, registry=referencing.Registry())
    return validator


@lru_cache(maxsize=1)
def _meta_validator() -> Validator:
    # Without formats, because Python's `re` refuses patterns like \p{Han} that RE2 reads.
    return Draft202012Validator(
        Draft202012Validator.META_SCHEMA,
        registry=REGISTRY,
        format_checker=FormatChecker(formats=()),
    )


def schema_problems(schema: Json) -> list[Problem]:
    """Return what the meta-schema of JSON Schema 2020-12 says against a schema."""
    return problems_of(_meta_validator().iter_errors(schema))


def problems_of(errors: Iterable[ValidationError]) -> list[Problem]:
    """Return a validator's errors as located problems, in the order of their places."""
    found: dict[tuple[str, str], Problem] = {}
    for error in islice(errors, MAX_SHOWN):
        message = _message(error)
        pointer = "".join(map(pointer_to, error.absolute_path))
        found.setdefault((pointer, str(message)), Problem("schema", pointer, message))
    return [found[place] for place in sorted(found)]


def _message(error: Any) -> Text:
    match error.validator:
        case "required":
            missing = next((k for k in error.validator_value if k not in error.instance), "")
            return T("%(key)s is missing.", key=missing)
        case "additionalProperties":
            known = error.schema.get("properties", {})
            extra = [shown(key) for key in error.instance if key not in known]
            return T("Not known here: %(keys)s.", keys=extra)
        case "type":
            return T("This must be of the type %(type)s.", type=error.validator_value)
        case "enum":
            return T("This must be one of: %(values)s.", values=list(error.validator_value))
        case "const":
            return T("This must be %(value)s.", value=error.validator_value)
        case "minItems" | "minProperties" | "minLength":
            return T("This must not be empty.")
        case "maxItems" | "maxLength" | "maxProperties":
            return T("At most %(limit)s.", limit=error.validator_value)
        case "minimum" | "exclusiveMinimum":
            return T("At least %(limit)s.", limit=error.validator_value)
        case "maximum":
            return T("At most %(limit)s.", limit=error.validator_value)
        case _:
            return T("This is not allowed here: %(value)s.", value=shown(str(error.instance)))
