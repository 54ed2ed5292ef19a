"""The command line: everything that a script, a server or an administrator needs.

Commands act as a named account in a workspace and go through the same services as the browser. Imports inside functions
keep `--help` quick.
"""

import contextlib
import json
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from zoneinfo import ZoneInfo

import click

from tierloom import __version__
from tierloom.commands.engines import verify_engine
from tierloom.commands.rules import rules
from tierloom.errors import Invalid, TierloomError

if TYPE_CHECKING:
    from tierloom.domain.people import Actor
    from tierloom.services.platform import Platform

DEFAULT_WORKSPACE = "main"
PORT = 8000
PATIENCE_SECONDS = 20
"""How long a process that ends waits for the next step of the job at work."""
_ANYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


class Group(click.Group):
    """Turns our errors into one clear line and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except Invalid as error:
            _refuse("; ".join(str(one) for one in error.problems[:5]))
        except TierloomError as error:
            _refuse(str(error))
        except OSError as error:
            _refuse(_first_line(error))


def _refuse(message: str) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(2)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


@click.group(
    cls=Group, context_settings={"help_option_names": ["-h", "--help"], "show_default": True}
)
@click.version_option(__version__)
@click.option(
    "--workspace",
    default=DEFAULT_WORKSPACE,
    envvar="TIERLOOM_WORKSPACE",
    help="Key of the workspace.",
)
@click.option("--as", "login", default=None, help="Account to act as; the owner by default.")
@click.pass_context
def main(ctx: click.Context, workspace: str, login: str | None) -> None:
    """Customer tiers from forms and rules, without code.

    Data live in TIERLOOM_DATA (./data by default), or in the PostgreSQL database TIERLOOM_DATABASE_URL.
    """
    ctx.obj = {"workspace": workspace, "login": login}


main.add_command(rules)
main.add_command(verify_engine)


@contextlib.contextmanager
def _opened(*, migrate: bool = True) -> Iterator["Platform"]:
    from sqlalchemy.exc import SQLAlchemyError

    from tierloom.services.platform import open_platform
    from tierloom.services.settings import Settings

    with contextlib.ExitStack() as stack:
        try:
            platform = stack.enter_context(open_platform(Settings.read(), migrate=migrate))
        except (OSError, ValueError, SQLAlchemyError) as error:
            _refuse(f"The data cannot be opened: {_first_line(error)}")
        yield platform


@contextlib.contextmanager
def _acting(ctx: click.Context) -> Iterator[tuple["Platform", "Actor"]]:
    from tierloom.services.access.accounts import actor_named

    with _opened() as platform:
        yield platform, actor_named(platform, ctx.obj["workspace"], ctx.obj["login"])


def _tell_link(platform: "Platform", workspace: int, base: str) -> None:
    from tierloom.services.access.accounts import first_owner_link

    secret = first_owner_link(platform, workspace)
    if secret:
        click.echo(f"Set the owner's password (once, within 24 hours): {base}/welcome/{secret}")


@main.command()
@click.option("--name", default=None, help="Name of the workspace; its key by default.")
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", help="Language of the workspace."
)
@click.option("--zone", default="Asia/Shanghai", help="Time zone of its calendar days.")
@click.option("--currency", default="CNY", help="ISO 4217 code.")
@click.option("--port", default=PORT, help="Port that the printed link names.")
@click.pass_context
def init(
    ctx: click.Context, name: str | None, lang: str, zone: str, currency: str, port: int
) -> None:
    """Create the database and a workspace, and print the owner's one-time link.

    Example: tierloom --workspace shop init --name "Our shop" --lang en --zone Europe/Berlin --currency EUR
    """
    from tierloom.services import workspaces

    key = ctx.obj["workspace"]
    locale = "en" if lang == "en" else "zh_Hans_CN"
    with _opened() as platform:
        workspace, created = workspaces.ensure(platform, key, name or key, locale, zone, currency)
        click.echo(
            f"Workspace “{workspace.key}” {'created' if created else 'is there already'} in {platform.folder}."
        )
        _tell_link(platform, workspace.id, f"http://127.0.0.1:{port}")


@main.command()
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", help="Language of the sample data."
)
@click.option(
    "--only",
    type=click.Choice(["shop", "fuel", "dealer"]),
    multiple=True,
    help="Load this sample alone; may be repeated.",
)
@click.option("--port", default=PORT, envvar="PORT", help="Port to serve on.")
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option(
    "--serve/--no-serve",
    "serving",
    default=True,
    help="Start the web server when the data are there.",
)
def demo(lang: str, only: tuple[str, ...], port: int, host: str, serving: bool) -> None:
    """Load the samples (a shop, a fuel chain, a car dealer) and start the web server.

    Example: tierloom demo --lang en --port 8080
    """
    from tierloom.services.demo import load_all
    from tierloom.services.demo.trades import KEYS, TRADES

    with _opened() as platform:
        chosen = [key for key in KEYS if key in only or not only]
        language = "en" if lang == "en" else "zh"
        actors = load_all(platform, "en" if lang == "en" else "zh", chosen)
        for one in (TRADES[key] for key in chosen):
            name = one.name.read(language)
            click.echo(
                f"{name}: {one.customers:,} customers, {one.purchases:,} purchases"
                f" (workspace “{one.workspace}”)"
            )
        click.echo(f"The samples are in {platform.folder}.")
        if serving:
            _serve(platform, host, port, actors[0].workspace)


@main.command()
@click.option("--port", default=PORT, envvar="PORT", help="Port to serve on.")
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option(
    "--worker/--no-worker", "working", default=True, help="Do jobs in a thread of this process."
)
@click.pass_context
def serve(ctx: click.Context, port: int, host: str, working: bool) -> None:
    """Start the web server.

    Example: tierloom serve --port 8080
    """
    with _opened() as platform:
        with platform.database.reading() as uow:
            known = [one.id for one in uow.workspaces.all() if one.key == ctx.obj["workspace"]]
        _serve(platform, host, port, known[0] if known else None, working=working)


def _serve(
    platform: "Platform", host: str, port: int, workspace: int | None, *, working: bool = True
) -> None:
    import threading

    import waitress

    from tierloom.jobs.worker import Worker
    from tierloom.services.keys import secret_key
    from tierloom.web import WebSettings, create_app

    told = platform.settings
    hosts = told.hosts or ("127.0.0.1", "localhost", "[::1]", host)
    key = secret_key(platform.folder)
    app = create_app(
        WebSettings(key, trusted_hosts=hosts, behind_tls=told.tls, proxies=told.proxies), platform
    )
    base = f"http://{'127.0.0.1' if host in _ANYWHERE else host}:{port}"
    worker = Worker(platform, lambda line: click.echo(line, err=True))
    thread = threading.Thread(target=worker.run_forever, name="worker", daemon=True)
    if working:
        thread.start()
    _end_in_good_order()
    if workspace is not None:
        _tell_link(platform, workspace, base)
    click.echo(f"Tierloom is at {base} (stop with Ctrl+C).")
    try:
        # Forwarded headers are believed only where proxies of ours are said to stand in between.
        waitress.serve(
            app,
            host=host,
            port=port,
            threads=8,
            ident=None,
            clear_untrusted_proxy_headers=not told.proxies,
            max_request_body_size=1 << 30,
        )
    finally:
        worker.stop()
        if working:
            thread.join(PATIENCE_SECONDS)


def _end_in_good_order() -> None:
    """Let `kill` end the process as Ctrl+C does, so that a job at work is given back.

    Not by way of Ctrl+C's own signal: what a script starts in the background ignores that one.
    """
    import signal

    signal.signal(signal.SIGTERM, signal.default_int_handler)


@main.command()
@click.option("--down", is_flag=True, help="Go back by one step instead.")
def migrate(down: bool) -> None:
    """Bring the database up to date.

    Example: tierloom migrate
    """
    with _opened(migrate=False) as platform:
        platform.database.migrate("-1" if down else "head")
        click.echo(f"The database is at {platform.database.revision() or 'nothing'}.")


@main.command()
@click.option("--once", is_flag=True, help="Do what waits and what is due, then stop.")
def worker(once: bool) -> None:
    """Do jobs (imports, exports, recalculations) in this process.

    Example: tierloom worker
    """
    import threading

    from tierloom.jobs.worker import Worker

    with _opened() as platform:
        one = Worker(platform, lambda line: click.echo(line, err=True))
        if once:
            one.look_at_the_clock()
            one.run_until_done()
        else:
            _end_in_good_order()
            thread = threading.Thread(target=one.run_forever, name="worker", daemon=True)
            thread.start()
            with contextlib.suppress(KeyboardInterrupt):
                thread.join()
            one.stop()
            thread.join(PATIENCE_SECONDS)


@main.command()
@click.argument("tier_model", required=False)
@click.option(
    "--as-of",
    default=None,
    help="Answer for the end of this day (YYYY-MM-DD) instead; nothing is stored.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def run(ctx: click.Context, tier_model: str | None, as_of: str | None, as_json: bool) -> None:
    """Recalculate the tiers of every record, or of one tier model.

    Example: tierloom run value --as-of 2011-12-11 --json
    """
    from tierloom.domain.people import Grant
    from tierloom.services.authorize import require
    from tierloom.services.runs import recalculation

    with _acting(ctx) as (platform, actor):
        require(actor, Grant.READ if as_of else Grant.PUBLISH)
        with platform.database.reading() as uow:
            zone = ZoneInfo(uow.workspaces.get(actor.workspace).zone)
        instant = datetime.combine(_day(as_of), time(23, 59, 59), zone) if as_of else None
        done = recalculation.recalculate(
            platform, actor.workspace, "command", only=tier_model, as_of=instant
        )
    if as_json:
        click.echo(
            json.dumps(
                [
                    {
                        "tier_model": one.model.key,
                        "as_of": one.as_of.isoformat(),
                        "sizes": one.sizes,
                        "not_enough_data": one.not_enough_data,
                        "moves": one.moves,
                    }
                    for one in done
                ],
                ensure_ascii=False,
            )
        )
        return
    for one in done:
        click.echo(f"{one.model.label} ({one.model.key}): {one.moves} moved")
        for tier in one.model.all_tiers:
            click.echo(f"  {one.sizes[tier.key]:>10,}  {tier.label}")
        if one.not_enough_data:
            click.echo(f"  {one.not_enough_data:>10,}  not enough data")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no day like 2026-01-31.", param_hint="--as-of"
        ) from None


@main.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--table", required=True, help="Key of the table.")
@click.option(
    "--key", default=None, help="Field by which a row finds its record; the table's key by default."
)
@click.option("--no-key", is_flag=True, help="Add every row, whatever is there.")
@click.option(
    "--map", "pairs", multiple=True, metavar="COLUMN=FIELD", help="Match a column; may be repeated."
)
@click.option(
    "--unknown-parent",
    type=click.Choice(["create", "leave", "reject"]),
    default="leave",
    help="What becomes of a row whose link names a record that does not exist.",
)
@click.option("--dry-run", is_flag=True, help="Check only; nothing is stored.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def import_file(
    ctx: click.Context,
    file: Path,
    table: str,
    key: str | None,
    no_key: bool,
    pairs: tuple[str, ...],
    unknown_parent: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import a CSV, TSV (also .gz) or XLSX file into a table.

    Example: tierloom import orders.csv --table orders --map CustomerID=customer --unknown-parent create
    """
    from tierloom.services.imports import command
    from tierloom.services.imports.plan import UnknownParents

    with _acting(ctx) as (platform, actor):
        unknown = UnknownParents(unknown_parent)
        asked = command.Asked(table, None if no_key else key, no_key, _pairs(pairs), unknown)
        number, step = command.prepare(platform, actor, file, asked)
        found = _finish(platform, step)
        if not dry_run:
            found = _finish(platform, command.publish(platform, actor, number))
        problems = command.problems(platform, actor, number)
    _tell_import(file, number, found, problems, dry_run=dry_run, as_json=as_json)


def _pairs(pairs: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        column, sign, field = pair.rpartition("=")
        if not sign or not column:
            raise click.BadParameter(f"{pair!r} is not COLUMN=FIELD.", param_hint="--map")
        found[column] = field
    return found


def _finish(platform: "Platform", job_id: int) -> Any:
    from tierloom.jobs.worker import Worker, complete
    from tierloom.services.jobs.work import error_of

    job = complete(platform, job_id)
    if job.state != "done":
        _refuse(str(error_of(job) or "The job was cancelled."))
    Worker(platform).run_until_done()
    return job.result


def _tell_import(
    file: Path, number: int, found: dict[str, int], problems: Any, *, dry_run: bool, as_json: bool
) -> None:
    if as_json:
        rows = [
            {"row": one.row, "column": one.column, "reason": str(one.problem.message)}
            for one in problems
        ]
        click.echo(
            json.dumps(
                {"import": number, "dry_run": dry_run, **found, "problems": rows},
                ensure_ascii=False,
            )
        )
        return
    click.echo(f"{file.name}: {found['rows']:,} rows" + (" (checked only)" if dry_run else ""))
    for name in ("created", "updated", "unchanged", "skipped", "rejected"):
        click.echo(f"  {found[name]:>10,}  {name}")
    for name in ("parents_created", "unlinked", "without_parent"):
        if found[name]:
            click.echo(f"  {found[name]:>10,}  {name.replace('_', ' ')}")
    for one in problems[:10]:
        click.echo(f"  row {one.row}, {one.column or 'row'}: {one.problem.message}")
    if len(problems) > 10:
        click.echo(f"  … {len(problems) - 10:,} more")
    if not dry_run:
        click.echo(f"Take it back with: tierloom undo {number}")


@main.command()
@click.argument("number", type=int)
@click.pass_context
def undo(ctx: click.Context, number: int) -> None:
    """Take an import back: new records go to the bin, changed ones get their earlier values.

    Example: tierloom undo 42
    """
    from tierloom.services.imports import batches

    with _acting(ctx) as (platform, actor):
        done = _finish(platform, batches.request(platform, actor, number, "undo"))
    click.echo(
        f"{done['removed']:,} removed, {done['restored']:,} restored, {done['kept']:,} kept."
    )


@main.command()
@click.argument("view")
@click.option(
    "--output",
    "-o",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write.",
)
@click.option("--tier", default=None, help="Only this tier of a tier view.")
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", help="Language of the headers."
)
@click.pass_context
def export(ctx: click.Context, view: str, output: Path, tier: str | None, lang: str) -> None:
    """Write a view to a file, .csv or .xlsx.

    Example: tierloom export value --tier gold -o gold.xlsx --lang en
    """
    from tierloom.services.exports import requests
    from tierloom.services.exports.writing import ExportKind
    from tierloom.services.views import query_of
    from tierloom.services.workbench import reading

    suffix = output.suffix.lower().lstrip(".")
    if suffix not in set(ExportKind):
        raise click.BadParameter(
            f"{output.name!r} ends neither in .csv nor in .xlsx.", param_hint="--output"
        )
    locale = "en" if lang == "en" else "zh_Hans_CN"
    with _acting(ctx) as (platform, actor), reading(platform, actor) as bench:
        query = query_of(bench.published.view(view), tier)
        rows = requests.write(
            bench, query, ExportKind(suffix), locale, output.absolute(), lambda *_: None
        )
    click.echo(f"{rows:,} rows in {output}.")


@main.command("apply")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.pass_context
def apply_files(ctx: click.Context, files: tuple[Path, ...]) -> None:
    """Create or update tables, forms, segments, tier models and views from JSON files, all or none.

    Example: tierloom apply tables.json tiers.json
    """
    from tierloom.services import configuration

    with _acting(ctx) as (platform, actor):
        things = [one for file in files for one in _read_things(file)]
        for one in configuration.apply(platform, actor, things):
            click.echo(f"{one.result:>9}  {one.kind} {one.key}")


def _read_things(file: Path) -> list[Any]:
    from tierloom.services import configuration

    try:
        return list(configuration.read(file.read_text("utf-8")))
    except UnicodeDecodeError:
        _refuse(f"{file}: not a UTF-8 text file.")
    except Invalid as error:
        _refuse("; ".join(f"{file}: {one}" for one in error.problems[:5]))


@main.command()
@click.option(
    "--output",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for one file each.",
)
@click.pass_context
def dump(ctx: click.Context, output: Path | None) -> None:
    """Write tables, forms, segments, tier models and views as JSON that `apply` reads.

    Example: tierloom dump -o config/
    """
    from tierloom.services import configuration

    with _acting(ctx) as (platform, actor):
        files = configuration.dump(platform, actor)
    if output is None:
        click.echo(
            json.dumps([json.loads(text) for text in files.values()], ensure_ascii=False, indent=2)
        )
        return
    output.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (output / name).write_text(text, "utf-8")
    click.echo(f"{len(files)} files in {output}.")


@main.command()
def doctor() -> None:
    """Check the installation: database, migrations, column files, jobs.

    Example: tierloom doctor
    """
    from tierloom.services.doctor import examine

    with _opened() as platform:
        findings = list(examine(platform))
    for one in findings:
        click.echo(f"{'ok  ' if one.good else 'FAIL'}  {one.what}")
    if not all(one.good for one in findings):
        sys.exit(1)
