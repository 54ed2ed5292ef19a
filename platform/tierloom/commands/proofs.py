"""A proof tree as JSON."""

from datetime import date
from typing import Any

from tierloom.domain.fields import Link, Value
from tierloom.rules.explain.proof import Proof


def proof_json(proof: Proof) -> dict[str, Any]:
    """Return a node of a rule with its answer, its words, and what was found; or its parts."""
    found: dict[str, Any] = {"answer": proof.answer, "words": str(proof.words)}
    if proof.negated:
        found["negated"] = True
    if proof.parts:
        found["all_of"] = proof.all_of
        found["parts"] = [proof_json(one) for one in proof.parts]
    elif proof.actuals:
        found["actual"] = {one.source.name: json_value(one.value) for one in proof.actuals}
    return found


def json_value(value: Value) -> Any:
    """Return a value as JSON has it."""
    match value:
        case date():
            return value.isoformat()
        case Link(key=key):
            return key
        case tuple():
            return list(value)
    return value
