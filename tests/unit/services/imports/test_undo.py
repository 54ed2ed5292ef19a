"""Undoing: as if the import had never been, except for what people did since."""

from tests.unit.services.imports.world import World
from tierloom.services.imports.plan import UnknownParents

ORDERS = "invoice,customer,day,amount\nA1,1,2024-01-01,10\nA2,2,2024-01-02,20\nA3,3,2024-01-03,\n"


def test_undo_restores_exactly(world: World) -> None:
    world.run(
        world.read("number,name,points\n1,Ann,5\n2,Bob,\n", "customers", key="number", name="a")
    )
    world.run(world.read(ORDERS, "orders", key="invoice", name="b"))
    before = world.everything()
    text = "number,name,points,phone\n1,Anna,6,13800000001\n2,Bob,,\n3,Cem,7,\n"
    batch, counts = world.run(world.read(text, "customers", key="number", name="c"))
    assert (counts.created, counts.updated, counts.unchanged) == (1, 1, 1)
    assert world.everything() != before  # also the waiting order A3 was linked
    report = world.undo(batch)
    assert (report.removed, report.restored, report.kept) == (1, 2, 0)
    assert world.everything() == before


def test_undo_removes_created_parents(world: World) -> None:
    world.run(world.read("number\n1\n", "customers", name="a"))
    before = world.everything()
    batch, _ = world.run(
        world.read(ORDERS, "orders", key="invoice", parents=UnknownParents.CREATE, name="b")
    )
    assert len(world.everything()["customers"]) == 3
    report = world.undo(batch)
    assert (report.removed, report.kept) == (5, 0)
    assert world.everything() == before
    again = world.undo(batch)
    assert (again.removed, again.restored, again.kept) == (0, 0, 0)


def test_a_parent_with_other_children_stays(world: World) -> None:
    first, _ = world.run(
        world.read(ORDERS, "orders", key="invoice", parents=UnknownParents.CREATE, name="a")
    )
    world.run(
        world.read("invoice,customer,day\nB1,2,2024-02-01\n", "orders", key="invoice", name="b")
    )
    two = world.ids("customers", "number")[2]
    report = world.undo(first)
    assert (report.removed, report.kept) == (5, 1)
    assert [(one.table, one.record, str(one.why)) for one in report.listed] == [
        ("customers", two, "other records link to it")
    ]
    assert world.rows("orders", ("invoice", "customer")) == [("B1", two)]


def test_what_was_edited_since_is_kept_and_listed(world: World) -> None:
    world.run(
        world.read("number,name,points\n1,Ann,5\n2,Bob,6\n", "customers", key="number", name="a")
    )
    text = "number,name,points\n1,Anna,7\n2,Bobby,8\n3,Cem,9\n4,Dan,1\n"
    batch, _ = world.run(world.read(text, "customers", key="number", name="b"))
    ids = world.ids("customers", "number")
    world.edit("customers", ids[1], name="Annabel")
    world.edit("customers", ids[3], points=10)
    report = world.undo(batch)
    assert world.rows("customers", ("number", "name", "points")) == [
        (1, "Annabel", 5), (2, "Bob", 6), (3, "Cem", 10),
    ]  # fmt: skip
    assert (report.removed, report.restored, report.kept) == (1, 2, 2)
    assert {(one.record, one.fields) for one in report.listed} == {
        (ids[1], ("name",)),
        (ids[3], ("points",)),
    }


def test_an_earlier_value_that_somebody_else_has_now_stays_away(world: World) -> None:
    world.run(world.read("number,phone\n1,13800000001\n2,13800000002\n", "customers", name="a"))
    text = "number,phone\n1,13900000001\n2,13900000002\n"
    batch, _ = world.run(world.read(text, "customers", key="number", name="b"))
    world.run(world.read("number,phone\n3,13800000001\n", "customers", key="number", name="c"))
    report = world.undo(batch)
    assert world.rows("customers", ("number", "phone")) == [
        (1, "13900000001"), (2, "13800000002"), (3, "13800000001"),
    ]  # fmt: skip
    assert (report.restored, report.kept) == (1, 1)
    assert str(report.listed[0].why) == "another record has its earlier value now"
