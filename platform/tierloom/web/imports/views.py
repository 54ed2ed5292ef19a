"""/import: upload, match columns, check, import, summary."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, request, send_file

from tierloom.domain.people import Grant
from tierloom.domain.tiers import TierModel
from tierloom.errors import Invalid, NotFound, Problem
from tierloom.services import authorize
from tierloom.services.imports import batches
from tierloom.services.imports.batches import Import
from tierloom.services.imports.matching import Match, propose_matches
from tierloom.services.imports.plan import ImportPlan, UnknownParents, references
from tierloom.services.jobs import work
from tierloom.services.movers import Asked, movers
from tierloom.services.runs import recalculation
from tierloom.services.workbench import Workbench, reading
from tierloom.text import T
from tierloom.web import hx
from tierloom.web.home.sankey import moved_address
from tierloom.web.i18n import here
from tierloom.web.security import body_limit
from tierloom.web.session import actor, platform
from tierloom.web.settings import MEBIBYTE

blueprint = Blueprint("imports", __name__)
STEPS = (T("Upload"), T("Match columns"), T("Check"), T("Import"))
STEP_OF = {"uploaded": 1, "checking": 2, "checked": 2}
BUSY = frozenset({"checking", "publishing", "undoing"})
STATE_NAMES = {
    "uploaded": T("Columns to match"),
    "checking": T("Checking"),
    "checked": T("Checked"),
    "publishing": T("Importing"),
    "done": T("Imported"),
    "undoing": T("Being undone"),
    "undone": T("Undone"),
    "cancelled": T("Cancelled"),
}
SURE = 0.9
"""From here on a proposed match is shown as sure."""
TONES = {
    "done": "ok",
    "cancelled": "warn",
    "publishing": "info",
    "checking": "info",
}


@blueprint.get("/import")
def start() -> Response:
    """Ask for a file, and list earlier imports."""
    return _start_page(())


def _start_page(problems: tuple[Problem, ...], status: int = 200) -> Response:
    authorize.require(actor(), Grant.IMPORT)
    with reading(platform(), actor()) as bench:
        return hx.page(
            "imports/start.html",
            status=status,
            may_design=actor().has(Grant.DESIGN),
            steps=STEPS,
            tables=[(one.key, one.label) for one in bench.catalogue],
            labels={one.id: one.label for one in bench.catalogue},
            chosen=request.values.get("table", ""),
            problems=problems,
            batches=batches.recent(bench),
            states=STATE_NAMES,
            tones=TONES,
            moment=lambda at: datetime.fromtimestamp(at / 1000, UTC),
        )


@blueprint.post("/import")
@body_limit(1024 * MEBIBYTE)
def upload() -> Response:
    """Take a file."""
    file = request.files.get("file")
    table = request.form.get("table", "")
    if file is None or not file.filename:
        return _start_page((Problem("no-file", "/file", T("Choose a file first.")),), 422)
    try:
        found = batches.receive(platform(), actor(), file.stream, file.filename)
    except Invalid as error:
        return _start_page(error.problems, 422)
    return hx.redirect(f"/import/{found.batch.id}?table={table}")


@blueprint.get("/import/<int:number>")
def step(number: int) -> Response:
    """Show the step at which an import is."""
    with reading(platform(), actor()) as bench:
        found = batches.get(bench, number)
        if found.batch.state == "uploaded" or "match" in request.args:
            return _match_page(bench, found, request.args.get("table", ""))
        return _state_page(bench, found)


def _match_page(
    bench: Workbench,
    found: Import,
    table_key: str,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> Response:
    tables = list(bench.catalogue)
    known = {one.key: one for one in tables}
    table = (
        known.get(table_key)
        or known.get(found.plan.table if found.plan else "")
        or (tables[0] if tables else None)
    )
    if table is None:
        raise NotFound(T("There is no table to import into yet. Create one first."))
    matches = _matches(bench, found, table.key)
    return hx.page(
        "imports/match.html",
        block="match",
        status=status,
        steps=STEPS,
        found=found,
        table=table,
        tables=[(one.key, one.label) for one in tables],
        matches=matches,
        fields=[
            (one.key, one.label) for one in table.stored_fields if authorize.may_write(actor(), one)
        ],
        keys=[
            (one.key, one.label)
            for one in table.stored_fields
            if one.unique or one.key == table.key_field
        ],
        key=found.plan.key if found.plan else table.key_field,
        unknown=found.plan.unknown_parents.value if found.plan else UnknownParents.CREATE.value,
        links=any(one.type.target for one in table.stored_fields),
        matched=sum(one.field is not None for one in matches),
        sure=SURE,
        problems=problems,
        repeated=batches.repeated(bench, found),
    )


def _matches(bench: Workbench, found: Import, table_key: str) -> tuple[Match, ...]:
    """Propose fields; what somebody has chosen before, in this form or in the plan, wins."""
    table = bench.published.table(table_key)
    proposed = propose_matches(found.shape.columns, table, bench.catalogue, bench.zone)
    if found.plan is None or found.plan.table != table_key:
        return proposed
    chosen = found.plan.matches
    return tuple(
        Match(one.column, chosen.get(one.column), 1.0, "key", one.samples, ()) for one in proposed
    )


@blueprint.post("/import/<int:number>/match")
def match(number: int) -> Response:
    """Take the matching, and check the rows."""
    with reading(platform(), actor()) as bench:
        found = batches.get(bench, number)
        names = found.shape.column_names
        chosen = {
            name: field
            for place, name in enumerate(names)
            if (field := request.form.get(f"c{place}.field", ""))
        }
        table = request.form.get("table", "")
    wanted = ImportPlan(
        table,
        chosen,
        request.form.get("key") or None,
        UnknownParents(request.form.get("unknown", UnknownParents.LEAVE.value)),
    )
    try:
        batches.plan(platform(), actor(), number, wanted)
    except Invalid as error:
        with reading(platform(), actor()) as bench:
            again = Import(found.batch, found.folder, found.shape, wanted)
            return _match_page(bench, again, table, error.problems, 422)
    return hx.redirect(f"/import/{number}")


def _state_page(bench: Workbench, found: Import) -> Response:
    if hx.wants_fragment() and found.batch.state not in BUSY:
        # The step is over: the whole page is new, the counts beside it too.
        return hx.redirect(f"/import/{found.batch.id}")
    plan = found.plan
    table = bench.published.table(plan.table) if plan else None
    report = batches.report(bench, found) if found.batch.state != "checking" else None
    return hx.page(
        "imports/state.html",
        block="state",
        steps=STEPS,
        current=STEP_OF.get(found.batch.state, 3),
        found=found,
        table=table,
        report=report,
        counts=found.counts or (report.counts if report else None),
        lines=batches.problem_lines(bench, found) if report or found.counts else None,
        links=bool(plan and table and references(plan, table)),
        job=work.find(bench, found.batch.job) if found.batch.job else None,
        states=STATE_NAMES,
        tones=TONES,
        moves=_moves(bench, found) if found.batch.state == "done" else [],
        calculating=bench.uow.jobs.pending(bench.actor.workspace, (recalculation.KIND,)),
    )


def _moves(bench: Workbench, found: Import) -> list[tuple[TierModel, int, str]]:
    """Return the tier models in which an import has moved records: how many, and where they are listed."""
    day = datetime.fromtimestamp(found.batch.updated_at / 1000, bench.zone).date()
    before, cause = day - timedelta(days=1), f"import:{found.batch.id}"
    moved = []
    for model in bench.published.tier_models():
        try:
            count = movers(bench, Asked(model.key, before, day, cause=cause), limit=0).total
        except NotFound:  # Of the day before nothing is known.
            continue
        if count:
            moved.append((model, count, moved_address(model.key, before, day, cause=cause)))
    return moved


@blueprint.post("/import/<int:number>/publish")
def publish(number: int) -> Response:
    """Import the good rows."""
    batches.request(platform(), actor(), number, "publish")
    return hx.redirect(f"/import/{number}")


@blueprint.post("/import/<int:number>/correct")
def correct(number: int) -> Response:
    """Take corrected cells, named `fix.<row>.<place>`, and check again; `was.` has what stood there."""
    fixes: dict[int, dict[int, str]] = {}
    for name, text in request.form.items():
        kind, _, cell = name.partition(".")
        row, _, place = cell.partition(".")
        if kind != "fix" or not (row.isdecimal() and place.isdecimal()):
            continue
        if text != request.form.get(f"was.{cell}"):
            fixes.setdefault(int(row), {})[int(place)] = text
    if not fixes:
        hx.toast(T("No cell was changed."), "info")
    else:
        batches.correct(platform(), actor(), number, fixes)
    return hx.redirect(f"/import/{number}")


@blueprint.post("/import/<int:number>/undo")
def undo(number: int) -> Response:
    """Take an import back."""
    batches.request(platform(), actor(), number, "undo")
    return hx.redirect(f"/import/{number}")


@blueprint.get("/import/<int:number>/problems.csv")
def problem_file(number: int) -> Response:
    """Hand over all problem rows."""
    with reading(platform(), actor()) as bench:
        found = batches.get(bench, number)
        file = batches.problem_file(bench, found, here())
    name = here().read(T("Problem rows of %(file)s", file=found.shape.name))
    answer = send_file(file, as_attachment=True, download_name=f"{name}.csv", max_age=0)
    answer.headers["Cache-Control"] = "no-store"
    return answer
