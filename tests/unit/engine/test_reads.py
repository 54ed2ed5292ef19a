"""What rules read beyond the record itself, by hand."""

from dataclasses import replace

from tierloom.domain.fields import Aggregate
from tierloom.engine.reads import Reads, reads
from tierloom.rules import ir
from tierloom.rules.types import BOOLEAN, INTEGER, TEXT

CITY = ir.Var(("city",), TEXT)
COMPANY = ir.Var(("company", "name"), TEXT)
LINK = ir.Var(("company",), ir.ValueType(ir.Family.REFERENCE, target="companies"))


NOTHING = Reads()


def below(child: str, reference: str, inner: Reads = NOTHING) -> frozenset[tuple[str, str, Reads]]:
    return frozenset({(child, reference, inner)})


def test_a_records_own_fields_are_not_beyond_it() -> None:
    rule = ir.And((ir.IsKnown(CITY), ir.Matches(ir.TextTest.CONTAINS, CITY, "a")))
    assert reads(rule) == Reads()


def test_references_are_followed_up() -> None:
    far = ir.Var(("order", "customer", "city"), TEXT)
    rule = ir.Or((ir.IsKnown(COMPANY), ir.Not(ir.IsKnown(far))))
    assert reads(rule).above == {("company",), ("order", "customer")}
    # Whether a reference leads anywhere depends on the record that it points at.
    assert reads(ir.IsKnown(LINK)).above == {("company",)}


def test_roll_ups_read_related_records_and_what_those_read() -> None:
    lines = ir.RollUpOf(Aggregate.COUNT, ir.Related("lines", "lines", "order"), None, INTEGER)
    dear = ir.Compare(ir.Comparison.GREATER, lines, ir.Literal(3, INTEGER))
    orders = ir.Related("orders", "orders", "customer", "day", only=ir.And((dear,)))
    assert reads(lines) == Reads(below=below("lines", "order"))
    count = ir.RollUpOf(Aggregate.COUNT, orders, None, INTEGER)
    assert reads(count) == Reads(below=below("orders", "customer", reads(lines)))
    named = ir.RollUpOf(Aggregate.DISTINCT, replace(orders, only=None), COMPANY, INTEGER)
    inner = Reads(above=frozenset({("company",)}))
    assert reads(named) == Reads(below=below("orders", "customer", inner))


def test_named_rules_read_what_is_in_them() -> None:
    segment = ir.InSegment("s", ir.IsKnown(COMPANY))
    calculated = ir.Calculated("customers", "c", ir.Truth(segment), BOOLEAN)
    scored = ir.Scored("p", ir.If(((segment, CITY),), COMPANY, TEXT), False, TEXT)
    for node in (segment, calculated, scored):
        assert reads(node).above == {("company",)}


def test_tiers_are_told() -> None:
    tier = ir.IsKnown(ir.Var(("tier:value",), TEXT))
    orders = ir.Related("orders", "orders", "customer", only=tier)
    assert reads(tier).tiers
    assert reads(ir.RollUpOf(Aggregate.COUNT, orders, None, INTEGER)).tiers
    assert not reads(ir.IsKnown(CITY)).tiers
