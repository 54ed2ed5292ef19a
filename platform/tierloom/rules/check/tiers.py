"""The operator `tier`: the published result of another tier model, read like a ranked choice of the record."""

from tierloom.domain.tiers import TIER, TierModel
from tierloom.errors import Invalid
from tierloom.rules import ir
from tierloom.rules.check.checker import Checker, Rule, Scope, refuse
from tierloom.rules.check.sources import elsewhere
from tierloom.rules.ir import Family, ValueType
from tierloom.rules.syntax import Apply, Scalar
from tierloom.text import T

_SHOWN = 30


def placement(model: TierModel) -> ir.Var:
    """Return the node that reads a tier model's result: ranked, the default tier lowest.

    *Not enough data* is unknown.
    """
    lowest_first = tuple(one.key for one in reversed(model.all_tiers))
    return ir.Var(
        (f"{TIER}{model.key}",), ValueType(Family.CHOICE, options=lowest_first, ranked=True)
    )


def _tier(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    (name,) = node.args
    key = name.value if isinstance(name, Scalar) else None
    model = checker.objects.tier_models.get(key) if isinstance(key, str) else None
    if model is None or model.record_type != scope.table.key:
        known = checker.objects.tier_models.values()
        here = [one.key for one in known if one.record_type == scope.table.key]
        message = T("%(table)s has no tier model “%(name)s”.", table=scope.table.label, name=key)
        hint = T("Pick one of: %(names)s.", names=", ".join(here[:_SHOWN])) if here else None
        raise refuse("unknown-tier-model", node.pointer, message, hint)
    try:
        made = checker.once(
            "tier", model.record_type, model.key, node.pointer, lambda: _tried(checker, model)
        )
    except Invalid as invalid:
        what = T("The tier model “%(name)s”", name=model.label)
        raise elsewhere(what, node.pointer, invalid) from invalid
    assert isinstance(made, ir.Var)
    return made


def _tried(checker: Checker, model: TierModel) -> ir.Var:
    """Compile the rules whose result is read, so that a circle is seen; nothing of them is kept.

    Raises:
        Invalid: a rule has problems.
    """
    scope = Scope(checker.catalogue.table(model.record_type))
    for one in model.tiers:
        checker.compile_document(checker, one.rule, scope)
    return placement(model)


RULES: dict[str, Rule] = {"tier": _tier}
