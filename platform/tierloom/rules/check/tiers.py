"""The operator `tier`: the published result of another tier model, read like a ranked choice of the record."""

from tierloom.domain.tiers import TIER, TierModel
from tierloom.errors import Invalid
from tierloom.rules import ir
from tierloom.rules.check.checker import Checker, Rule, Scope, refuse
from tierloom.rules.check.sources import elsewhere, object_named
from tierloom.rules.ir import Family, ValueType
from tierloom.rules.syntax import Apply
from tierloom.text import T


def placement(model: TierModel) -> ir.Var:
    """Return the node that reads a tier model's result: ranked, the default tier lowest.

    *Not enough data* is unknown.
    """
    lowest_first = tuple(one.key for one in reversed(model.all_tiers))
    return ir.Var(
        (f"{TIER}{model.key}",), ValueType(Family.CHOICE, options=lowest_first, ranked=True)
    )


def _tier(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    model, key, hint = object_named(checker.objects.tier_models, node, scope)
    if model is None:
        message = T("%(table)s has no tier model “%(name)s”.", table=scope.table.label, name=key)
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
