"""Who may do what: every service operation × every role, by a table written by hand."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from itertools import count

import pytest

from tests.unit.services.shop import Shop, things_of
from tierloom.domain.fields import Field, FieldKind, FieldType
from tierloom.domain.forms import Form, FormItem, Section
from tierloom.domain.people import Actor, Role
from tierloom.domain.rules import RuleDocument
from tierloom.domain.scores import RuleCriterion, Score, ScoreGroup
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import Segment
from tierloom.domain.views import View
from tierloom.errors import Forbidden, Invalid, NotFound
from tierloom.services import (
    as_of,
    checklist,
    configuration,
    drafts,
    forms,
    grid,
    marks,
    movers,
    overrides,
    overview,
    preview,
    records,
    standing,
    stay_policies,
    tables,
    trends,
    views,
    workspaces,
)
from tierloom.services.access import accounts
from tierloom.services.demo import opening
from tierloom.services.exports import move_lists, requests
from tierloom.services.exports.writing import ExportKind
from tierloom.services.grid import Query
from tierloom.services.history import record_history
from tierloom.services.imports import batches, creating, proposals
from tierloom.services.imports.proposing.choices import Choices
from tierloom.services.jobs import schedules, work
from tierloom.services.movers import Asked
from tierloom.services.templates import creating as templates
from tierloom.services.templates import plans
from tierloom.services.workbench import reading
from tierloom.services.workspaces import Answers
from tierloom.text import Label

OWNER, DESIGNER, DATA_ADMIN, ANALYST, VIEWER = Role
EVERYBODY = {OWNER, DESIGNER, DATA_ADMIN, ANALYST, VIEWER}
NUMBERS = count(1)
Operation = Callable[[Shop, Actor], object]
PLAIN = plans.Choices({"table": "customers", "field.spend_12m": "spend"})
RULE = RuleDocument.of({">": [{"var": "points"}, 10]})


def _table(name: str) -> RecordType:
    return RecordType(
        name, Label.of(name), (Field("word", Label.of("Word"), FieldType(FieldKind.TEXT)),)
    )


def _fresh(prefix: str) -> str:
    return f"{prefix}{next(NUMBERS)}"


def _added(shop: Shop) -> int:
    return records.add(shop.platform, shop.owner, "customers", {"number": 5_000 + next(NUMBERS)}).id


def _drafted(shop: Shop) -> drafts.Draft:
    key = _fresh("seg")
    return drafts.create(shop.platform, shop.owner, Segment(key, Label.of(key), "customers", RULE))


def _designed(shop: Shop) -> tables.TableDraft:
    return tables.create(shop.platform, shop.owner, _table(_fresh("table")))


def _formed(shop: Shop) -> forms.FormDraft:
    return forms.create(shop.platform, shop.owner, _form(_fresh("form")))


def _form(key: str) -> Form:
    section = Section(Label.of("Main"), (FormItem("number"),))
    return Form(key, Label.of(key), "customers", (section,))


def _viewed(shop: Shop) -> str:
    return views.save(
        shop.platform, shop.owner, View(_fresh("view"), Label.of("View"), "customers")
    ).key


# ── one function an operation: what it needs is made by the owner first ─────────────────────────────────────────────


def list_records(shop: Shop, actor: Actor) -> None:
    with reading(shop.platform, actor) as bench:
        grid.listing(bench, Query("customers"))
        list(grid.chunks(bench, Query("customers")))


def read_record(shop: Shop, actor: Actor) -> None:
    with reading(shop.platform, actor) as bench:
        table, number = bench.published.table("customers"), next(iter(shop.customers))
        records.read(bench, table, number)
        records.related(bench, table, number)
        records.changes(bench, table, number)


def see_history(shop: Shop, actor: Actor) -> None:
    with reading(shop.platform, actor) as bench:
        table, number = bench.published.table("customers"), next(iter(shop.customers))
        record_history.history(bench, table, number)
        overrides.of_record(bench, table, number)
        standing.standings(bench, table, number)


def give_tier(shop: Shop, actor: Actor) -> None:
    _give(shop, actor)


def end_given(shop: Shop, actor: Actor) -> None:
    overrides.end(shop.platform, actor, _give(shop, shop.owner))


def give_tier_again(shop: Shop, actor: Actor) -> None:
    overrides.give_again(shop.platform, actor, _ended(shop))


def _ended(shop: Shop) -> int:
    number = _give(shop, shop.owner)
    overrides.end(shop.platform, shop.owner, number)
    return number


def _give(shop: Shop, actor: Actor) -> int:
    number = next(iter(shop.customers))
    return overrides.give(shop.platform, actor, "value", number, "gold", "Why", None)


def see_the_past(shop: Shop, actor: Actor) -> None:
    with reading(shop.platform, actor) as bench:
        as_of.reach(bench, "customers")
        then = as_of.as_of(bench, bench.context.today - timedelta(days=40), "customers")
        grid.listing(then, Query("customers"))
        overview.overview(then)
        trends.over_time(bench, bench.published.tier_model("value"), "month")


def see_overview(shop: Shop, actor: Actor) -> None:
    with reading(shop.platform, actor) as bench:
        overview.overview(bench)


def list_moves(shop: Shop, actor: Actor) -> None:
    with reading(shop.platform, actor) as bench:
        movers.movers(bench, _moves(shop))
        list(movers.chunks(bench, _moves(shop)))


def see_score(shop: Shop, actor: Actor) -> None:
    part = RuleCriterion(Label.of("Part"), RuleDocument.of({">": [{"var": "points"}, 20]}), 5)
    group = ScoreGroup(Label.of("Group"), (part,))
    score = Score("worth", Label.of("Worth"), "customers", (group,))
    with reading(shop.platform, actor) as bench:
        marks.contributions(bench, score, 0)


def ask_for_file_of_moves(shop: Shop, actor: Actor) -> None:
    move_lists.request(shop.platform, actor, _moves(shop), "csv", "en")


def _moves(shop: Shop) -> Asked:
    today = shop.clock.now.date()
    return Asked("value", today - timedelta(days=40), today)


def list_jobs(shop: Shop, actor: Actor) -> None:
    work.listing(shop.platform, actor)


def list_schedules(shop: Shop, actor: Actor) -> None:
    schedules.listing(shop.platform, actor)


def add_schedule(shop: Shop, actor: Actor) -> None:
    number = schedules.add(shop.platform, actor, "check", "0 3 * * *", "UTC")
    schedules.delete(shop.platform, shop.owner, number, 1)


def _scheduled(shop: Shop) -> int:
    """A schedule; the others go, because there is room for a few only."""
    for one in schedules.listing(shop.platform, shop.owner):
        schedules.delete(shop.platform, shop.owner, one.schedule.id, one.schedule.version)
    return schedules.add(shop.platform, shop.owner, "check", "0 3 * * *", "UTC")


def change_schedule(shop: Shop, actor: Actor) -> None:
    schedules.change(shop.platform, actor, _scheduled(shop), 1, "0 4 * * *", "UTC")


def pause_schedule(shop: Shop, actor: Actor) -> None:
    schedules.pause(shop.platform, actor, _scheduled(shop), 1)


def resume_schedule(shop: Shop, actor: Actor) -> None:
    number = _scheduled(shop)
    schedules.pause(shop.platform, shop.owner, number, 1)
    schedules.resume(shop.platform, actor, number, 2)


def delete_schedule(shop: Shop, actor: Actor) -> None:
    schedules.delete(shop.platform, actor, _scheduled(shop), 1)


def restore_schedule(shop: Shop, actor: Actor) -> None:
    number = _scheduled(shop)
    schedules.delete(shop.platform, shop.owner, number, 1)
    schedules.restore(shop.platform, actor, number)


def preview_draft(shop: Shop, actor: Actor) -> None:
    with reading(shop.platform, actor) as bench:
        [*_, draft] = drafts.all_drafts(bench, "tier_model")
        preview.preview(bench, draft, "gold")


def add_record(shop: Shop, actor: Actor) -> None:
    records.add(shop.platform, actor, "customers", {"number": 9_000 + next(NUMBERS)})


def edit_record(shop: Shop, actor: Actor) -> None:
    records.edit(shop.platform, actor, "customers", _added(shop), 1, {"points": 5})


def delete_record(shop: Shop, actor: Actor) -> None:
    records.delete(shop.platform, actor, "customers", [_added(shop)])


def restore_record(shop: Shop, actor: Actor) -> None:
    number = _added(shop)
    records.delete(shop.platform, shop.owner, "customers", [number])
    records.restore(shop.platform, actor, "customers", [number])


def upload(shop: Shop, actor: Actor) -> None:
    batches.receive(shop.platform, actor, BytesIO(b"number,points\n1,2\n"), "a.csv")


def receive_new_tables(shop: Shop, actor: Actor) -> None:
    creating.receive(shop.platform, actor, [(BytesIO(b"word,points\na,2\n"), "a.csv")])


def see_proposal(shop: Shop, actor: Actor) -> None:
    number = _received(shop)
    with reading(shop.platform, actor) as bench:
        proposals.proposal(bench, proposals.files(bench, number))


def create_from_file(shop: Shop, actor: Actor) -> None:
    creating.create(shop.platform, actor, _received(shop), Choices())


def _received(shop: Shop) -> int:
    source = BytesIO(f"word {_fresh('w')},points\na,2\n".encode())
    return creating.receive(shop.platform, shop.owner, [(source, f"{_fresh('file')}.csv")])


def open_sample(shop: Shop, actor: Actor) -> None:
    opening.open_sample(shop.platform, actor, "no session", "shop", "en")


def list_imports(shop: Shop, actor: Actor) -> None:
    with reading(shop.platform, actor) as bench:
        batches.recent(bench)


def ask_for_export(shop: Shop, actor: Actor) -> None:
    requests.request(shop.platform, actor, Query("customers"), "csv", "en")


def write_export(shop: Shop, actor: Actor) -> None:
    target = shop.platform.folder / f"{_fresh('export')}.csv"
    with reading(shop.platform, actor) as bench:
        requests.write(bench, Query("customers"), ExportKind("csv"), "en", target, lambda *_: None)


def create_draft(shop: Shop, actor: Actor) -> None:
    key = _fresh("seg")
    drafts.create(shop.platform, actor, Segment(key, Label.of(key), "customers", RULE))


def edit_draft(shop: Shop, actor: Actor) -> None:
    found = _drafted(shop)
    version, key = found.document.version, found.thing.key
    label = Label.of("Other")
    drafts.edit(
        shop.platform, actor, "segment", key, version,
        lambda thing, trees: (replace(thing, label=label), trees),
    )  # fmt: skip


def undo_draft(shop: Shop, actor: Actor) -> None:
    drafts.undo(shop.platform, actor, "segment", _drafted(shop).thing.key)


def redo_draft(shop: Shop, actor: Actor) -> None:
    drafts.redo(shop.platform, actor, "segment", _drafted(shop).thing.key)


def set_stay_policy(shop: Shop, actor: Actor) -> None:
    with reading(shop.platform, shop.owner) as bench:
        version = drafts.opened(bench, "tier_model", "value").document.version
    stay_policies.set_stay(shop.platform, actor, "value", version, None)


def publish_draft(shop: Shop, actor: Actor) -> None:
    found = _drafted(shop)
    drafts.publish(shop.platform, actor, "segment", found.thing.key, found.document.version)


def delete_draft(shop: Shop, actor: Actor) -> None:
    drafts.delete(shop.platform, actor, "segment", _drafted(shop).thing.key)


def restore_draft(shop: Shop, actor: Actor) -> None:
    key = _drafted(shop).thing.key
    drafts.delete(shop.platform, shop.owner, "segment", key)
    drafts.restore(shop.platform, actor, "segment", key)


def create_table(shop: Shop, actor: Actor) -> None:
    tables.create(shop.platform, actor, _table(_fresh("table")))


def edit_table(shop: Shop, actor: Actor) -> None:
    found = _designed(shop)
    label = Label.of("Other")
    tables.edit(
        shop.platform, actor, found.table.key, found.document.version,
        lambda table: replace(table, label=label),
    )  # fmt: skip


def delete_field(shop: Shop, actor: Actor) -> None:
    found = _designed(shop)
    tables.remove_field(shop.platform, actor, found.table.key, found.document.version, "word")


def delete_field_in_use(shop: Shop, actor: Actor) -> None:
    """Who may not delete it does not learn who uses it either."""
    if actor.role in {OWNER, DESIGNER}:
        return
    tables.remove_field(shop.platform, actor, "customers", 1, "points")


def publish_table(shop: Shop, actor: Actor) -> None:
    found = _designed(shop)
    tables.publish(shop.platform, actor, found.table.key, found.document.version)


def create_form(shop: Shop, actor: Actor) -> None:
    forms.create(shop.platform, actor, _form(_fresh("form")))


def save_form(shop: Shop, actor: Actor) -> None:
    found = _formed(shop)
    forms.save(
        shop.platform, actor, replace(found.form, label=Label.of("Other")), found.document.version
    )


def publish_form(shop: Shop, actor: Actor) -> None:
    found = _formed(shop)
    forms.publish(shop.platform, actor, found.form.key, found.document.version)


def apply_files(shop: Shop, actor: Actor) -> None:
    thing = things_of(
        {"format": 1, "kind": "segment", "key": _fresh("applied"), "label": "A", "record_type": "customers",
         "rule": {">": [{"var": "points"}, 1]}}
    )  # fmt: skip
    configuration.apply(shop.platform, actor, thing)


def dump_files(shop: Shop, actor: Actor) -> None:
    configuration.dump(shop.platform, actor)


def save_view(shop: Shop, actor: Actor) -> None:
    views.save(shop.platform, actor, View(_fresh("view"), Label.of("View"), "customers"))


def delete_view(shop: Shop, actor: Actor) -> None:
    views.delete(shop.platform, actor, _viewed(shop))


def restore_view(shop: Shop, actor: Actor) -> None:
    key = _viewed(shop)
    views.delete(shop.platform, shop.owner, key)
    views.restore(shop.platform, actor, key)


def add_member(shop: Shop, actor: Actor) -> None:
    accounts.add_member(shop.platform, actor, _fresh("member"), "", "a long password", Role.VIEWER)


def change_workspace(shop: Shop, actor: Actor) -> None:
    workspaces.change(shop.platform, actor, Answers("Shop", "zh_Hans_CN", "Asia/Shanghai", "CNY"))


def skip_answers(shop: Shop, actor: Actor) -> None:
    workspaces.skip(shop.platform, actor)


def close_checklist(shop: Shop, actor: Actor) -> None:
    checklist.close(shop.platform, actor)


def look_at_template(shop: Shop, actor: Actor) -> None:
    with reading(shop.platform, actor) as bench:
        plans.plan(bench, "value_tiers", PLAIN)


def choose_template(shop: Shop, actor: Actor) -> None:
    with reading(shop.platform, actor) as bench:
        plans.offered(bench)


def use_template(shop: Shop, actor: Actor) -> None:
    templates.create(shop.platform, actor, "value_tiers", PLAIN)


def create_tables_of_template(shop: Shop, actor: Actor) -> None:
    with suppress(Invalid):  # whoever comes second finds them there
        templates.create_tables(shop.platform, actor, "car_dealer")


ALLOWED: dict[Operation, set[Role]] = {
    list_records: EVERYBODY,
    read_record: EVERYBODY,
    see_history: EVERYBODY,
    give_tier: {OWNER, DATA_ADMIN},
    end_given: {OWNER, DATA_ADMIN},
    give_tier_again: {OWNER, DATA_ADMIN},
    see_overview: EVERYBODY,
    see_the_past: EVERYBODY,
    list_jobs: EVERYBODY,
    list_schedules: {OWNER},
    add_schedule: {OWNER},
    change_schedule: {OWNER},
    pause_schedule: {OWNER},
    resume_schedule: {OWNER},
    delete_schedule: {OWNER},
    restore_schedule: {OWNER},
    list_moves: EVERYBODY,
    see_score: EVERYBODY,
    ask_for_file_of_moves: {OWNER, DATA_ADMIN},
    preview_draft: EVERYBODY,
    add_record: {OWNER, DATA_ADMIN},
    edit_record: {OWNER, DATA_ADMIN},
    delete_record: {OWNER, DATA_ADMIN},
    restore_record: {OWNER, DATA_ADMIN},
    upload: {OWNER, DATA_ADMIN},
    list_imports: {OWNER, DATA_ADMIN},
    receive_new_tables: {OWNER},
    see_proposal: {OWNER},
    create_from_file: {OWNER},
    open_sample: {OWNER},
    ask_for_export: {OWNER, DATA_ADMIN},
    write_export: {OWNER, DATA_ADMIN},
    create_draft: {OWNER, DESIGNER, ANALYST},
    edit_draft: {OWNER, DESIGNER, ANALYST},
    undo_draft: {OWNER, DESIGNER, ANALYST},
    set_stay_policy: {OWNER, DESIGNER, ANALYST},
    redo_draft: {OWNER, DESIGNER, ANALYST},
    publish_draft: {OWNER, DESIGNER},
    delete_draft: {OWNER, DESIGNER},
    restore_draft: {OWNER, DESIGNER},
    create_table: {OWNER, DESIGNER},
    edit_table: {OWNER, DESIGNER},
    delete_field: {OWNER, DESIGNER},
    delete_field_in_use: {OWNER, DESIGNER},
    publish_table: {OWNER, DESIGNER},
    create_form: {OWNER, DESIGNER},
    save_form: {OWNER, DESIGNER},
    publish_form: {OWNER, DESIGNER},
    apply_files: {OWNER, DESIGNER},
    dump_files: {OWNER, DESIGNER},
    choose_template: {OWNER, DESIGNER, ANALYST},
    look_at_template: {OWNER, DESIGNER, ANALYST},
    use_template: {OWNER, DESIGNER, ANALYST},
    create_tables_of_template: {OWNER, DESIGNER},
    save_view: {OWNER, DESIGNER, DATA_ADMIN, ANALYST},
    delete_view: {OWNER, DESIGNER, DATA_ADMIN, ANALYST},
    restore_view: {OWNER, DESIGNER, DATA_ADMIN, ANALYST},
    add_member: {OWNER},
    change_workspace: {OWNER},
    skip_answers: {OWNER},
    close_checklist: {OWNER},
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("operation", ALLOWED, ids=lambda one: one.__name__)
def test_matrix(shop: Shop, operation: Operation, role: Role) -> None:
    if role in ALLOWED[operation]:
        operation(shop, shop.people[role])
    else:
        with pytest.raises(Forbidden):
            operation(shop, shop.people[role])


FOREIGN: dict[str, Operation] = {
    "record": lambda shop, them: _read(shop, them, next(iter(shop.customers))),
    "edit": lambda shop, them: records.edit(
        shop.platform, them, "customers", next(iter(shop.customers)), 1, {"points": 1}
    ),
    "delete": lambda shop, them: records.delete(
        shop.platform, them, "customers", [next(iter(shop.customers))]
    ),
    "restore": lambda shop, them: records.restore(
        shop.platform, them, "customers", [next(iter(shop.customers))]
    ),
    "give tier": _give,
    "end given": lambda shop, them: overrides.end(shop.platform, them, _give(shop, shop.owner)),
    "give again": lambda shop, them: overrides.give_again(shop.platform, them, _ended(shop)),
    "table": lambda shop, them: tables.edit(shop.platform, them, "customers", 1, lambda one: one),
    "form": lambda shop, them: forms.publish(shop.platform, them, "customers", 1),
    "tier model": lambda shop, them: drafts.undo(shop.platform, them, "tier_model", "value"),
    "view": lambda shop, them: views.delete(shop.platform, them, "tiers"),
    "job": lambda shop, them: work.get(
        shop.platform, them, requests.request(shop.platform, shop.owner, Query("customers"), "csv", "en")
    ),
    "cancel": lambda shop, them: work.cancel(
        shop.platform, them, requests.request(shop.platform, shop.owner, Query("customers"), "csv", "en")
    ),
    "try again": lambda shop, them: work.try_again(
        shop.platform, them, requests.request(shop.platform, shop.owner, Query("customers"), "csv", "en")
    ),
    "schedule": lambda shop, them: schedules.get(shop.platform, them, _scheduled(shop)),
    "change schedule": lambda shop, them: schedules.change(
        shop.platform, them, _scheduled(shop), 1, "0 4 * * *", "UTC"
    ),
    "restore schedule": lambda shop, them: schedules.restore(shop.platform, them, _scheduled(shop)),
    "import": lambda shop, them: batches.request(
        shop.platform, them,
        batches.receive(shop.platform, shop.owner, BytesIO(b"number\n1\n"), "a.csv").batch.id, "undo",
    ),
}  # fmt: skip


def _read(shop: Shop, actor: Actor, number: int) -> None:
    with reading(shop.platform, actor) as bench:
        records.read(bench, bench.published.table("customers"), number)


@pytest.fixture(scope="module")
def stranger(shop: Shop) -> Actor:
    """The owner of another workspace of the same installation, which has tables of the same names."""
    other, _ = workspaces.ensure(shop.platform, "other", "Other")
    with shop.platform.database.reading() as uow:
        owner = uow.accounts.members(other.id)[0]
    return Actor(owner.account, owner.name, other.id, Role.OWNER)


@pytest.mark.parametrize("name", FOREIGN)
def test_other_workspace_is_not_there(shop: Shop, stranger: Actor, name: str) -> None:
    with pytest.raises(NotFound):
        FOREIGN[name](shop, stranger)


def test_same_names_in_another_workspace_are_other_things(shop: Shop, stranger: Actor) -> None:
    from tests.unit.services.shop import CUSTOMERS

    customers = {**CUSTOMERS, "fields": CUSTOMERS["fields"][:7]}  # type: ignore[dict-item, index, call-overload]
    configuration.apply(shop.platform, stranger, things_of(customers))
    with reading(shop.platform, stranger) as bench:
        assert grid.listing(bench, Query("customers")).total == 0
    for number in shop.customers:
        with pytest.raises(NotFound):
            _read(shop, stranger, number)
