"""Records: written one by one and in bulk, in the bin and out of it, found by key and by parent."""

import pytest

from tests.unit.store.conftest import BY_HAND
from tierloom.domain.tables import RecordType
from tierloom.errors import Conflict, NotFound
from tierloom.store.changes import Action, Cause
from tierloom.store.database import Database

IMPORT = Cause("import", actor=7, ref="12")


def test_a_record_comes_back_as_it_was_stored(
    database: Database, customer_type: RecordType
) -> None:
    with database.writing() as work:
        row = {"number": "17850", "name": "王小明", "spend": 1_234_50}
        first, second = work.records(customer_type).insert([row, {}], 5, BY_HAND)
    with database.reading() as work:
        found = work.records(customer_type).fetch([first, second, 999_999])
    assert set(found) == {first, second}
    stored = found[first]
    assert stored.cells == {**row, "grade": None}
    assert (stored.version, stored.created_at, stored.updated_at, stored.deleted_at) == (
        1, 5, 5, None,
    )  # fmt: skip
    assert set(found[second].cells.values()) == {None}


def test_ids_are_never_given_out_again(database: Database, customer_type: RecordType) -> None:
    with database.writing() as work:
        records = work.records(customer_type)
        first = records.insert([{}, {}, {}], 1, BY_HAND)
        records.delete(first, 2, BY_HAND)
        later = [work.documents.next_id(), *records.insert([{}], 3, BY_HAND)]
    assert first == sorted(first)
    assert set(first).isdisjoint(later)


def test_an_edit_needs_the_version_that_was_seen(
    database: Database, customer_type: RecordType
) -> None:
    with database.writing() as work:
        number = work.records(customer_type).insert([{"name": "Li"}], 1, BY_HAND)[0]
    with database.writing() as work:
        records = work.records(customer_type)
        assert records.update(number, {"name": "Lee", "spend": 5}, 1, 2, BY_HAND) == 2
        assert records.update(number, {"name": "Lee"}, 2, 3, BY_HAND) == 2
        with pytest.raises(Conflict, match="you saw version 1, it is now version 2"):
            records.update(number, {"name": "Lo"}, 1, 4, BY_HAND)
        stored = records.fetch([number])[number]
        assert (stored.cells["name"], stored.version, stored.updated_at) == ("Lee", 2, 2)
        with pytest.raises(NotFound, match="no record with the number 424242"):
            records.update(424242, {"name": "Lo"}, None, 4, BY_HAND)
        records.delete([number], 5, BY_HAND)
        with pytest.raises(NotFound):
            records.update(number, {"name": "Lo"}, None, 6, BY_HAND)


def test_history_tells_what_every_write_changed(
    database: Database, customer_type: RecordType
) -> None:
    with database.writing() as work:
        records = work.records(customer_type)
        one, two = records.insert([{"name": "A"}, {"name": "B"}], 1, IMPORT)
        records.update(one, {"name": "AA", "spend": 9}, None, 2, BY_HAND)
        records.update_many([two, one], {"spend": [7, 9]}, 3, IMPORT)
        records.delete([one], 4, BY_HAND)
        records.restore([one], 5, BY_HAND)
        told = [(entry.action, entry.cause, dict(entry.cells)) for entry in records.history(one)]
        assert told == [
            (Action.INSERT, IMPORT, {}),
            (Action.UPDATE, BY_HAND, {"name": ("A", "AA"), "spend": (None, 9)}),
            (Action.DELETE, BY_HAND, {}),
            (Action.RESTORE, BY_HAND, {}),
        ]
        assert [dict(entry.cells) for entry in records.history(two)] == [
            {},
            {"spend": (None, 7)},
        ]


def test_a_unique_value_in_the_bin_may_be_taken_but_not_come_back(
    database: Database, customer_type: RecordType
) -> None:
    with database.writing() as work:
        records = work.records(customer_type)
        first = records.insert([{"number": "1"}], 1, BY_HAND)[0]
        with pytest.raises(Conflict, match="already has this value in Number"):
            records.insert([{"number": "2"}, {"number": "1"}], 2, BY_HAND)
        assert records.count() == 1
        records.delete([first], 3, BY_HAND)
        second = records.insert([{"number": "1"}], 4, BY_HAND)[0]
        assert records.ids_by_key(["1"]) == {"1": second}
        with pytest.raises(Conflict):
            records.restore([first], 5, BY_HAND)
        other = records.insert([{"number": "3"}], 6, BY_HAND)[0]
        with pytest.raises(Conflict):
            records.update(other, {"number": "1"}, None, 7, BY_HAND)
        assert records.fetch([other])[other].version == 1


def test_records_are_found_by_key(
    database: Database, customer_type: RecordType, order_type: RecordType
) -> None:
    odd = ["O'Neill", 'quoted "x"', "100%_", "中文😀", "back\\slash", "NULL"]
    with database.writing() as work:
        records = work.records(customer_type)
        ids = records.insert([{"number": key} for key in odd], 1, BY_HAND)
        expected = dict(zip(odd, ids, strict=True))
        assert records.ids_by_key([*odd, "absent", None]) == expected
        assert records.ids_by_key([]) == {}
        with pytest.raises(ValueError, match="no key field"):
            work.records(order_type).ids_by_key(["1"])


def test_a_scan_goes_through_live_records_in_order_of_ids(
    database: Database, customer_type: RecordType
) -> None:
    with database.writing() as work:
        records = work.records(customer_type)
        ids = records.insert_many(
            {"number": [f"n{i}" for i in range(25)], "spend": list(range(25))}, 1, IMPORT
        )
        records.delete(ids[3:5], 2, BY_HAND)
        expected = [(number, i) for i, number in enumerate(ids) if i not in (3, 4)]
        for size in (1000, 23, 7):
            chunks = list(records.scan(("spend",), chunk=size))
            assert all(len(chunk.ids) <= size for chunk in chunks)
            pairs = [
                pair
                for chunk in chunks
                for pair in zip(chunk.ids, chunk.columns["spend"], strict=True)
            ]
            assert pairs == expected
        some = records.scan_ids([ids[9], ids[4], ids[0], 777_777], ("number", "spend"))
        assert list(some.ids) == [ids[0], ids[9]]
        assert list(some.columns["number"]) == ["n0", "n9"]
        assert list(records.scan_ids([], ("spend",)).columns["spend"]) == []
        assert records.count() == 23


def test_references_hold_an_id_or_the_key_of_somebody_to_come(
    database: Database, customer_type: RecordType, order_type: RecordType
) -> None:
    with database.writing() as work:
        people, bought = work.records(customer_type), work.records(order_type)
        wang = people.insert([{"number": "1"}], 1, BY_HAND)[0]
        rows = [{"customer": wang}, {"customer": "2"}, {"customer": None}, {"customer": "2"}]
        ids = bought.insert(rows, 1, BY_HAND)
        found = bought.fetch(ids)
        assert [found[number].cells["customer"] for number in ids] == [wang, None, None, None]
        assert [found[number].reference_keys for number in ids] == [
            {}, {"customer": "2"}, {}, {"customer": "2"},
        ]  # fmt: skip
        assert [found[number].cell("customer") for number in ids] == [wang, "2", None, "2"]
        assert bought.unlinked("customer") == {"2": 2}
        zhao = people.insert([{"number": "2"}], 2, BY_HAND)[0]
        assert bought.link("customer", {"2": zhao, "3": 5}, 3, BY_HAND) == 2
        assert bought.related_ids("customer", [wang, zhao, 5]) == {
            wang: [ids[0]],
            zhao: [ids[1], ids[3]],
        }
        assert bought.unlinked("customer") == {}
        assert bought.history(ids[1])[-1].cells == {"customer": ("2", zhao)}
        chunk = next(bought.scan(("customer",)))
        assert list(chunk.cells("customer")) == [wang, zhao, None, zhao]


def test_bulk_updates_write_only_what_differs(
    database: Database, customer_type: RecordType
) -> None:
    with database.writing() as work:
        records = work.records(customer_type)
        ids = records.insert_many({"spend": [1, 2, 3, 4]}, 1, IMPORT)
        records.delete(ids[3:], 2, BY_HAND)
        before = work.changes.head()
        wanted = {"spend": [9, 2, 7, 7], "name": [None, None, "C", "D"]}
        assert records.update_many(ids, wanted, 3, IMPORT) == [ids[0], ids[2]]
        found = records.fetch(ids)
        assert [found[number].version for number in ids] == [2, 1, 2, 2]
        assert [found[number].cells["spend"] for number in ids] == [9, 2, 7, 4]
        changes = [one for one in work.changes.since(before, [customer_type.id])[0] if one.at == 3]
        assert [one.ids.tolist() for one in changes] == [[ids[0], ids[2]]]
        assert records.update_many(ids, {"spend": [9, 2, 7, 7]}, 4, IMPORT) == []
        assert records.update_many([], {"spend": []}, 4, IMPORT) == []
        assert records.insert_many({"spend": []}, 4, IMPORT) == []


def test_the_bin_lists_what_was_deleted_last(database: Database, customer_type: RecordType) -> None:
    with database.writing() as work:
        records = work.records(customer_type)
        ids = records.insert([{}, {}, {}], 1, BY_HAND)
        assert records.delete(ids[:2], 5, BY_HAND) == ids[:2]
        assert records.delete(ids, 6, BY_HAND) == ids[2:]
        assert [one.id for one in records.bin()] == [ids[2], ids[1], ids[0]]
        assert [one.id for one in records.bin(before=6)] == [ids[1], ids[0]]
        assert records.restore(ids[1:], 7, BY_HAND) == ids[1:]
        assert [one.id for one in records.bin()] == [ids[0]]
        assert records.fetch(ids)[ids[0]].deleted_at == 5
