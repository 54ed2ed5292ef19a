"""Reverting an import: everything is as it was, except what people changed since."""

from tests.unit.store.conftest import BY_HAND
from tierloom.domain.tables import RecordType
from tierloom.store.changes import Cause
from tierloom.store.database import Database
from tierloom.store.reverting import Reverted, revert
from tierloom.store.uow import UnitOfWork

IMPORT = Cause("import", actor=7, ref="12")
UNDO = Cause("undo", actor=7, ref="12")


def undo_all(work: UnitOfWork, *types: RecordType) -> list[Reverted]:
    by_id = {one.id: one for one in types}
    found = []
    for seq in work.changes.caused_by("import", "12"):
        change = work.changes.get(seq)
        assert change is not None
        found.append(revert(work.records(by_id[change.record_type]), change, 99, UNDO))
    return found


def test_an_import_is_undone_whole(
    database: Database, customer_type: RecordType, order_type: RecordType
) -> None:
    with database.writing() as work:
        people, bought = work.records(customer_type), work.records(order_type)
        old = people.insert([{"number": "1", "name": "A", "spend": 1}], 1, BY_HAND)[0]
        before = people.fetch([old])[old].cells
        waiting = bought.insert([{"customer": "2"}], 1, BY_HAND)[0]
        people.update_many([old], {"spend": [5], "name": [None]}, 2, IMPORT)
        new = people.insert_many({"number": ["2", "3"]}, 2, IMPORT)
        own = bought.insert_many({"customer": ["3"]}, 2, IMPORT)
        bought.link("customer", {"2": new[0], "3": new[1]}, 2, IMPORT)
        people.update_many([old], {"spend": [6]}, 2, IMPORT)
        outcome = undo_all(work, customer_type, order_type)
        assert all(one.kept == {} for one in outcome)
        assert people.fetch([old])[old].cells == before
        assert people.count() == 1
        assert bought.fetch([waiting])[waiting].cell("customer") == "2"
        assert bought.count() == 1
        assert [one.id for one in people.bin()] == sorted(new, reverse=True)
        assert undo_all(work, customer_type, order_type)[0].records == ()
        assert own[0] in {one.id for one in bought.bin()}


def test_what_people_changed_since_is_kept_and_listed(
    database: Database, customer_type: RecordType
) -> None:
    with database.writing() as work:
        records = work.records(customer_type)
        old = records.insert([{"name": "A", "spend": 1}, {"name": "B", "spend": 2}], 1, BY_HAND)
        records.update_many(old, {"name": ["AA", "BB"], "spend": [10, 20]}, 2, IMPORT)
        new = records.insert_many({"name": ["C", "D", "E"]}, 2, IMPORT)
        records.update(old[0], {"spend": 11}, None, 3, BY_HAND)
        records.update(old[1], {"spend": 2}, None, 3, BY_HAND)
        records.update(new[1], {"name": "DD"}, None, 3, BY_HAND)
        records.delete([new[2]], 3, BY_HAND)
        inserted, updated = undo_all(work, customer_type)
        assert (inserted.records, inserted.kept) == ((new[0],), {new[1]: ()})
        assert (updated.records, updated.kept) == (tuple(old), {old[0]: ("spend",)})
        found = records.fetch(old)
        assert [found[one].cells["name"] for one in old] == ["A", "B"]
        assert [found[one].cells["spend"] for one in old] == [11, 2]


def test_deleting_and_restoring_are_taken_back_too(
    database: Database, customer_type: RecordType
) -> None:
    with database.writing() as work:
        records = work.records(customer_type)
        ids = records.insert([{}, {}], 1, BY_HAND)
        records.delete(ids[:1], 1, BY_HAND)
        records.restore(ids[:1], 2, IMPORT)
        records.delete(ids[1:], 2, IMPORT)
        undo_all(work, customer_type)
        assert [one.id for one in records.bin()] == ids[:1]
        assert records.count() == 1
