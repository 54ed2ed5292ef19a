"""Checking and publishing: what becomes of every row."""

import pytest

from tests.unit.services.imports.world import World, reasons
from tierloom.domain.people import Actor, Role
from tierloom.errors import Forbidden, Invalid
from tierloom.services.imports.checking import check_import
from tierloom.services.imports.counts import ImportCounts
from tierloom.services.imports.plan import ImportPlan, UnknownParents
from tierloom.services.imports.problem_rows import write_problem_csv
from tierloom.services.imports.report import CheckReport
from tierloom.text import translator

ORDERS = """invoice,customer,day,amount
A1,17850,2010-12-01 08:26:00,139.12
A2,17850.0,2010-12-01 08:28:00,22.2
A3,13047,2010-12-02,278.73
A4,,2010-12-02,1
"""


def test_parents_are_created_and_numbers_are_one_key_however_they_are_written(world: World) -> None:
    work = world.read(ORDERS, "orders", key="invoice", parents=UnknownParents.CREATE)
    _, counts = world.run(work)
    assert counts == ImportCounts(rows=4, created=4, parents_created=2, without_parent=1)
    customers = world.ids("customers", "number")
    assert sorted(customers) == [13047, 17850]
    assert world.rows("orders", ("invoice", "customer", "amount")) == [
        ("A1", customers[17850], 13912),
        ("A2", customers[17850], 2220),
        ("A3", customers[13047], 27873),
        ("A4", None, 100),
    ]


def test_parents_left_unlinked_are_linked_when_they_come(world: World) -> None:
    _, counts = world.run(world.read(ORDERS, "orders", key="invoice"))
    assert counts == ImportCounts(rows=4, created=4, unlinked=3, without_parent=1)
    assert ("A2", "17850") in world.rows("orders", ("invoice", "customer"))
    world.run(world.read("number,name\n17850,Ann\n", "customers", key="number", name="two"))
    ann = world.ids("customers", "number")[17850]
    assert ("A2", ann) in world.rows("orders", ("invoice", "customer"))
    assert ("A3", "13047") in world.rows("orders", ("invoice", "customer"))


def test_unknown_and_missing_parents_are_rejected(world: World) -> None:
    world.run(world.read("number\n17850\n", "customers", key="number", name="one"))
    work = world.read(ORDERS, "orders", key="invoice", parents=UnknownParents.REJECT)
    _, counts = world.run(work)
    assert counts == ImportCounts(rows=4, created=2, rejected=2)
    assert reasons(work) == [(4, "customer", "unknown-parent"), (5, "customer", "missing-parent")]


def test_a_second_import_of_the_same_file_changes_nothing(world: World) -> None:
    states = []
    for name in ("one", "two"):
        work = world.read(ORDERS, "orders", key="invoice", parents=UnknownParents.CREATE, name=name)
        _, counts = world.run(work)
        states.append(world.everything())
    assert counts == ImportCounts(rows=4, unchanged=4, without_parent=1)
    assert states[0] == states[1]


def test_updates_leave_what_is_blank_in_the_file(world: World) -> None:
    world.run(
        world.read(
            "number,name,points\n1,Ann,5\n2,Bob,6\n3,Cem,7\n", "customers", key="number", name="one"
        )
    )
    work = world.read("number,name,points\n1,,9\n2,Bob,\n4,Dan,\n", "customers", key="number")
    _, counts = world.run(work)
    assert counts == ImportCounts(rows=3, created=1, updated=1, unchanged=1)
    assert world.rows("customers", ("number", "name", "points")) == [
        (1, "Ann", 9), (2, "Bob", 6), (3, "Cem", 7), (4, "Dan", None),
    ]  # fmt: skip


def test_of_repeated_keys_the_last_readable_row_counts(world: World) -> None:
    text = "number,name,points\n1,a,1\n1.0,b,2\n2,c,3\n1,d,x\n"
    work = world.read(text, "customers", key="number")
    _, counts = world.run(work)
    assert counts == ImportCounts(rows=4, created=2, skipped=1, rejected=1)
    assert world.rows("customers", ("number", "name")) == [(1, "b"), (2, "c")]
    assert reasons(work) == [(2, "number", "repeated-key"), (5, "points", "not-a-number")]


def test_problem_rows_name_row_column_value_and_reason(world: World) -> None:
    text = (
        "number,name,phone,city,points\n"
        "1,a,138 0000 0001,北京,1\n"
        ",b,,bj,2\n"
        "x,c,,Shanghai,3\n"
        "4,d,13800000001,sh,4\n"
        "5,e,,Paris,-1\n"
        "6,f\n"
    )
    work = world.read(text, "customers", key="number")
    report = world.check(work)
    assert report.counts == ImportCounts(rows=6, created=1, rejected=5)
    assert [(one.row, one.column, one.value) for one in report.problem_rows] == [
        (3, "number", ""),
        (4, "number", "x"),
        (5, "phone", "13800000001"),
        (6, "city", "Paris"),
        (6, "points", "-1"),
        (7, "", "6,f"),
    ]
    assert report.problems == 6
    assert CheckReport.load(work) == report
    target = world.folder / "problems.csv"
    assert write_problem_csv(work.all_problem_files, target, translator("en")) == 6
    lines = target.read_text("utf-8-sig").splitlines()
    assert lines[0] == "Row,Column,Value,Reason"
    assert any(line.startswith("6,points,'-1,") for line in lines)
    assert world.publish(work)[1] == report.counts


@pytest.mark.parametrize("day", ["2024-02-31", "31 February", "2023-02-29"])
def test_days_that_do_not_exist(world: World, day: str) -> None:
    work = world.read(f"invoice,day\nA,{day}\nB,2024-02-29\n", "orders", key="invoice")
    report = world.check(work)
    assert report.counts == ImportCounts(rows=2, created=1, rejected=1)
    assert [(one.row, one.column, one.value) for one in report.problem_rows] == [(2, "day", day)]


def test_a_new_record_needs_its_required_fields_and_an_old_one_does_not(world: World) -> None:
    world.run(world.read("invoice,day\nA,2024-01-01\n", "orders", key="invoice", name="one"))
    work = world.read("invoice,amount\nA,5\nB,6\n", "orders", key="invoice")
    report = world.check(work)
    assert [one.code for one in report.warnings] == ["required-not-matched"]
    _, counts = world.publish(work)
    assert counts == report.counts == ImportCounts(rows=2, updated=1, rejected=1)
    assert reasons(work) == [(3, "", "required")]


def test_adding_without_a_key_adds_every_row(world: World) -> None:
    for name in ("one", "two"):
        work = world.read("invoice,quantity\nA,1\nA,1\n", "lines", name=name)
        assert world.run(work)[1] == ImportCounts(rows=2, created=2)
    assert len(world.rows("lines", ("invoice",))) == 4


def test_adding_to_a_table_with_a_key_refuses_what_is_there(world: World) -> None:
    world.run(world.read("number\n1\n", "customers", name="one"))
    work = world.read("number\n1\n2\n2\n", "customers")
    assert world.run(work)[1] == ImportCounts(rows=3, created=1, rejected=2)
    assert reasons(work) == [(2, "number", "value-taken"), (4, "number", "repeated-value")]


def test_a_table_that_links_to_itself_may_come_in_any_order(world: World) -> None:
    text = "number,name,referrer\n1,a,3\n2,b,1\n3,c,\n4,d,9\n"
    work = world.read(text, "customers", key="number")
    batch, counts = world.checked(work)
    ids = world.ids("customers", "number")
    assert counts.created == 4
    assert world.rows("customers", ("number", "referrer")) == [
        (1, ids[3]), (2, ids[1]), (3, None), (4, "9"),
    ]  # fmt: skip
    assert world.undo(batch).removed == 4


def test_the_key_may_be_another_unique_field(world: World) -> None:
    world.run(world.read("number,phone\n1,13800000001\n", "customers", name="one"))
    work = world.read("phone,name\n13800000001,Ann\n", "customers", key="phone")
    assert world.run(work)[1] == ImportCounts(rows=1, updated=1)
    assert world.rows("customers", ("number", "name")) == [(1, "Ann")]


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (ImportPlan("nowhere", {"a": "b"}), "unknown-table"),
        (ImportPlan("customers", {}), "nothing-matched"),
        (ImportPlan("customers", {"x": "number"}), "unknown-column"),
        (ImportPlan("customers", {"number": "nothing"}), "unknown-field"),
        (ImportPlan("customers", {"number": "number", "name": "number"}), "field-matched-twice"),
        (ImportPlan("customers", {"number": "number", "name": "name"}, "name"), "key-not-unique"),
        (ImportPlan("customers", {"name": "name"}, "number"), "key-not-matched"),
        (ImportPlan("customers", {"name": "name"}), "required-not-matched"),
        (ImportPlan("customers", {"number": "number"}, "nothing"), "unknown-field"),
    ],
)
def test_plans_that_do_not_fit_are_refused(world: World, plan: ImportPlan, code: str) -> None:
    work = world.read("number,name\n1,a\n", "customers", key="number")
    with pytest.raises(Invalid) as caught:
        world.check(type(work)(work.folder, work.shape, plan, work.catalogue, work.zone))
    assert code in [one.code for one in caught.value.problems]
    assert ImportPlan.from_json(plan.to_json()) == plan


def test_who_may_not_import_cannot(world: World) -> None:
    work = world.read("number\n1\n", "customers")
    for role in (Role.VIEWER, Role.ANALYST, Role.DESIGNER):
        with pytest.raises(Forbidden):
            check_import(Actor(2, "V", 1, role), world.database, work)


def test_a_file_of_ragged_rows_only(world: World) -> None:
    work = world.read("number,name\n1\n2\n", "customers", key="number")
    assert world.run(work)[1] == ImportCounts(rows=2, rejected=2)
