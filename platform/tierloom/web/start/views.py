"""/start: drop a file; look the proposed tables over; create them and bring the rows in."""

from collections.abc import Mapping

from flask import Blueprint, Response, current_app, request

from tierloom.domain.people import Grant
from tierloom.errors import Invalid, Problem
from tierloom.services import authorize, workspaces
from tierloom.services.demo.trades import TRADES
from tierloom.services.imports import creating, proposals
from tierloom.services.imports.batches import Import
from tierloom.services.imports.creating import Created
from tierloom.services.imports.proposals import Files
from tierloom.services.imports.proposing.choices import Choices
from tierloom.services.imports.proposing.layouts import ROWS, repeating
from tierloom.services.imports.proposing.proposal import Proposal, ProposedTable
from tierloom.services.jobs import work
from tierloom.services.workbench import Workbench, reading
from tierloom.services.workspaces import Answers
from tierloom.store.workspaces import Workspace
from tierloom.text import T
from tierloom.web import formats, hx, i18n
from tierloom.web.security import body_limit
from tierloom.web.session import actor, platform
from tierloom.web.settings import MEBIBYTE
from tierloom.web.start import words
from tierloom.web.workspace.choices import guess
from tierloom.web.workspace.views import asked, keep, typed, wrong

blueprint = Blueprint("start", __name__, url_prefix="/start")
STEPS = (T("Choose a file"), T("Look it over"), T("Create and import"))
_BUSY = ("publishing", "undoing")


def _require() -> None:
    authorize.require(actor(), Grant.IMPORT)
    authorize.require(actor(), Grant.DESIGN)


@blueprint.get("")
def start() -> Response:
    """Ask for a file."""
    return _start_page(())


def _start_page(
    problems: tuple[Problem, ...], status: int = 200, answers: Answers | None = None
) -> Response:
    _require()
    with reading(platform(), actor()) as bench:
        place, tables = bench.workspace, len(bench.catalogue.tables)
    return hx.page(
        "start/start.html",
        status=status,
        steps=STEPS,
        problems=problems,
        tables=tables,
        asked=asked(answers or _guess(place)) if _is_asked(place) else None,
        wrong=wrong(problems) if answers else {},
        templates="templates.index" in current_app.view_functions,
        samples=TRADES.values() if "samples.open" in current_app.view_functions else (),
    )


def _is_asked(place: Workspace) -> bool:
    return actor().has(Grant.MANAGE) and not workspaces.is_settled(place)


def _guess(place: Workspace) -> Answers:
    known = Answers(place.name, place.locale, place.zone, place.currency)
    return guess(known, i18n.locale(), request.accept_languages.values())


@blueprint.post("")
@body_limit(1024 * MEBIBYTE)
def upload() -> Response:
    """Take one file, or several of one kind; of a new workspace also what it is asked."""
    _require()
    answers = typed() if "zone" in request.form else None
    given = [one for one in request.files.getlist("file") if one.filename]
    if not given:
        return _start_page((Problem("no-file", "/file", T("Choose a file first.")),), 422, answers)
    try:
        # The answers first: currency and time zone tell how the file is read.
        new_language = answers is not None and keep(answers)
        number = creating.receive(
            platform(), actor(), [(one.stream, one.filename or "") for one in given]
        )
    except Invalid as error:
        return _start_page(error.problems, 422, answers)
    answer = hx.redirect(f"/start/{number}")
    if new_language:
        answer.delete_cookie(i18n.LANGUAGE_COOKIE)
    return answer


@blueprint.get("/<int:number>")
def proposal(number: int) -> Response:
    """Show the proposal; once its rows are on their way, how far they are."""
    _require()
    with reading(platform(), actor()) as bench:
        found = proposals.files(bench, number)
        if creating.is_creation(found.first):
            return _progress_page(bench, found)
        proposals.require_fresh(found)
        return _proposal_page(bench, found, Choices())


@blueprint.post("/<int:number>/look")
def look(number: int) -> Response:
    """Show the proposal with what was changed about it; nothing is stored."""
    _require()
    with reading(platform(), actor()) as bench:
        found = proposals.files(bench, number)
        proposals.require_fresh(found)
        return _proposal_page(bench, found, Choices(_typed()))


@blueprint.post("/<int:number>")
def create(number: int) -> Response:
    """Create the tables, and bring the rows in."""
    choices = Choices(_typed())
    try:
        creating.create(platform(), actor(), number, choices)
    except Invalid as error:
        with reading(platform(), actor()) as bench:
            found = proposals.files(bench, number)
            return _proposal_page(bench, found, choices, error.problems, 422)
    return hx.redirect(f"/start/{number}")


@blueprint.post("/<int:number>/again")
def again(number: int) -> Response:
    """Go on with what was cancelled or has failed."""
    creating.again(platform(), actor(), number)
    return hx.redirect(f"/start/{number}")


@blueprint.post("/<int:number>/undo")
def undo(number: int) -> Response:
    """Take the records back; the tables stay."""
    creating.undo(platform(), actor(), number)
    return hx.redirect(f"/start/{number}")


def _typed() -> Mapping[str, str]:
    """Return what the page holds, without the token."""
    return {name: text for name, text in request.form.items() if name != "csrf_token"}


def _proposal_page(
    bench: Workbench,
    found: Files,
    choices: Choices,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> Response:
    proposed = proposals.proposal(bench, found, choices)
    return hx.page(
        "start/proposal.html",
        block="proposal",
        status=status,
        steps=STEPS,
        found=found.first,
        files=found.imports,
        proposal=proposed,
        figures=words.findings(proposed),
        sentence=words.sentence(proposed),
        layouts=[(one.value, *words.LAYOUTS[one]) for one in proposed.layouts],
        kinds={one.place: words.kinds_for(one, bench.catalogue) for one in proposed.fields},
        tables=[(one.role, one.label) for one in proposed.tables],
        keys={one.role: _marks(proposed, one) for one in proposed.tables},
        known_by=_known_by(bench, found),
        typed=choices.given,
        wrong={one.pointer.lstrip("/"): one.message for one in problems},
        problems=problems,
        rows_role=ROWS,
    )


def _marks(proposed: Proposal, table: ProposedTable) -> list[tuple[str, object]]:
    return [(str(one.place), one.label) for one in proposed.used(table.role)]


def _known_by(bench: Workbench, found: Files) -> list[tuple[str, object]]:
    looked = proposals.surveyed(bench, found)
    taken = proposals.links(bench, looked)
    return [(str(one.place), one.header) for one in repeating(looked) if one.place not in taken]


def _progress_page(bench: Workbench, found: Files) -> Response:
    first = found.first
    made = creating.created(bench, found)
    main = made.tables[0]
    state = creating.state_of(found)
    if state == "done" and "stay" not in request.args:
        _tell(bench, first, made)
        return hx.redirect(f"/data/{main}")
    return hx.page(
        "start/progress.html",
        block="progress",
        steps=STEPS,
        found=first,
        state=state,
        busy=state in _BUSY,
        made=[
            (bench.published.table(key).label, key, count) for key, count in made.created.items()
        ],
        rejected=made.rejected,
        job=work.find(bench, first.batch.job) if first.batch.job else None,
    )


def _tell(bench: Workbench, first: Import, made: Created) -> None:
    parts = [
        T("%(table)s: %(n)s", table=bench.published.table(key).label, n=formats.number(count))
        for key, count in made.created.items()
    ]
    hx.toast(
        T("Imported. %(counts)s", counts=parts),
        href="/start/templates",
        link=T("Next: choose a template"),
        undo=f"/start/{first.batch.id}/undo",
    )
    if made.rejected:
        message = T("%(n)s rows could not be read.", n=formats.number(made.rejected))
        hx.toast(message, "warn", href=f"/import/{first.batch.id}", link=T("Show them"))
