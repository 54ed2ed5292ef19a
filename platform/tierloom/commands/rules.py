"""`tierloom rules …`: rules from the command line, without a database."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from tierloom.errors import Invalid, Problem
from tierloom.text import T

if TYPE_CHECKING:
    from tierloom.commands.tables import Checked, Tables
    from tierloom.domain.context import RunContext
    from tierloom.domain.rules import Json
    from tierloom.rules.given import GivenRow

Told = TypeVar("Told")
ZONE = "Asia/Shanghai"
ANY = "jsonlogic", "raqb", "rqb", "strict"


@dataclass(frozen=True, slots=True)
class World:
    """What rules may name. They are about records of the table `of`, else of the first one.

    Without `tables`, those of a line are guessed from its record.
    """

    tables: "Tables | None"
    of: str | None
    zone: ZoneInfo
    run: "Mapping[str, str]"

    def read(self, line: dict[str, Any]) -> "Line":
        """Read the rule of a line; problems point into the line."""
        from tierloom.commands.lines import located
        from tierloom.commands.tables import guess_tables
        from tierloom.domain.rules import RuleDocument
        from tierloom.rules.js.reading import read_data
        from tierloom.rules.parse import parse

        data = read_data(line.get("data"), "/data")
        rule = line["rule"]
        try:
            parse(RuleDocument.of(rule) if isinstance(rule, str) else rule)
        except Invalid as invalid:
            raise Invalid(located(invalid.problems, "/rule")) from invalid
        if isinstance(rule, str):
            message = T("A yes/no question is needed here, this is a constant.")
            raise Invalid([Problem("not-a-question", "/rule", message)])
        document = read_data(rule, "/rule")
        tables = self.tables or guess_tables(document, data)
        return Line(document, data, self.of or tables.first, tables, self.zone)


@dataclass(frozen=True, slots=True)
class Line:
    """A rule and a record, with the tables that they are about."""

    rule: "Json"
    data: "Json"
    table: str
    tables: "Tables"
    zone: ZoneInfo

    def tell(self, ask: "Callable[..., Told]") -> "Told":
        """Ask a function of rules; its problems point into the line."""
        from tierloom.commands.lines import located

        tables = self.tables
        try:
            return ask(self.rule, self.table, tables.catalogue, tables.objects, zone=self.zone)
        except Invalid as invalid:
            raise Invalid(located(invalid.problems, "/rule")) from invalid

    def record(self, as_of: datetime) -> "tuple[GivenRow, RunContext]":
        """Read the record; return it and the run at an instant."""
        from tierloom.domain.context import RunContext
        from tierloom.rules.given import read_record

        catalogue = self.tables.catalogue
        row = read_record(self.data or {}, self.table, catalogue, self.zone, "/data")
        return row, RunContext(as_of, self.zone, catalogue)


# ── options that several commands have ──────────────────────────────────────────────────────────


def _zone(_ctx: click.Context, _param: click.Parameter, name: str | None) -> ZoneInfo | None:
    return None if name is None else _named_zone(name)


def _named_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.BadParameter(f"{name!r} is no time zone like Asia/Shanghai.") from None


_FILE = click.argument("file", type=click.File("rb"), default="-")
_TABLE = click.option(
    "--table",
    "tables",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON file of tables (and segments, scores); rules are about the first table.",
)
_OF = click.option(
    "--of", default=None, help="Key of the table that rules are about, if not the first."
)
_ZONE = click.option(
    "--zone",
    default=None,
    callback=_zone,
    help=f"Time zone of calendar days; that of the file, or {ZONE}.",
)
_AS_OF = click.option(
    "--as-of", default=None, help="Day (its end) or instant of the run; that of the file, or now."
)
_ON_MISSING = click.option(
    "--on-missing",
    type=click.Choice(["skip", "hold"]),
    default="skip",
    help="What a comparison with an unknown value means; under hold an uncertain answer is null.",
)
_LANG = click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="en", help="Language of messages."
)


@click.group()
def rules() -> None:
    """Evaluate, check and convert rules; no database is needed.

    Rules come as JSON lines from FILE or standard input: {"rule": …} one a line.

    Example: tierloom rules eval --table tables.json rules.jsonl
    """


@rules.command("eval")
@_FILE
@click.option(
    "--mode", type=click.Choice(["strict", "js"]), default="strict", help="Whose semantics."
)
@_TABLE
@_OF
@_AS_OF
@_ON_MISSING
@_ZONE
@_LANG
def evaluate(
    file: BinaryIO,
    mode: str,
    tables: Path | None,
    of: str | None,
    as_of: str | None,
    on_missing: str,
    zone: ZoneInfo | None,
    lang: str,
) -> None:
    """Evaluate rules on records: {"rule": …, "data": …} a line gives {"result": …} or {"problems": […]}.

    Example: echo '{"rule": {"+": [1, 2]}}' | tierloom rules eval --mode js
    """
    if mode == "js":
        _answer(file, lang, _ask_js)
        return
    world = _world(tables, of, zone)
    instant = _instant(as_of, world.run, world.zone)
    _answer(
        file, lang, lambda line: _ask_strict(world.read(line), instant, hold=on_missing == "hold")
    )


def _ask_js(line: dict[str, Any]) -> dict[str, Any]:
    from tierloom.commands.lines import located
    from tierloom.rules.js import compile_js
    from tierloom.rules.js.reading import read_data

    data = read_data(line.get("data"), "/data")
    try:
        return {"result": compile_js(line["rule"])(data)}
    except Invalid as invalid:
        raise Invalid(located(invalid.problems, "/rule")) from invalid


def _ask_strict(line: "Line", as_of: datetime, *, hold: bool) -> dict[str, Any]:
    from tierloom.rules.compile import compile_rule
    from tierloom.rules.row import compile_kleene, compile_predicate

    compiled = line.tell(compile_rule)
    row, context = line.record(as_of)
    ask = (compile_kleene if hold else compile_predicate)(compiled.predicate, context)
    return {"result": ask(row)}


@rules.command()
@_FILE
@_TABLE
@_OF
@_AS_OF
@_ON_MISSING
@_ZONE
@_LANG
def explain(
    file: BinaryIO,
    tables: Path | None,
    of: str | None,
    as_of: str | None,
    on_missing: str,
    zone: ZoneInfo | None,
    lang: str,
) -> None:
    """Prove rules on records: {"rule": …, "data": …} a line gives {"proof": …}, each condition with what it found.

    Example: tierloom rules explain --table tables.json rules.jsonl
    """
    from tierloom.commands.proofs import proof_json
    from tierloom.domain.rules import RuleDocument
    from tierloom.rules.compile import compile_rule
    from tierloom.rules.explain.proof import Prover

    world = _world(tables, of, zone)
    instant = _instant(as_of, world.run, world.zone)

    def ask(given: dict[str, Any]) -> dict[str, Any]:
        line = world.read(given)
        line.tell(compile_rule)
        row, context = line.record(instant)
        objects, hold = line.tables.objects, on_missing == "hold"
        prover = Prover(line.table, context, objects, _locale(lang), hold)
        return {"proof": proof_json(prover.prove(RuleDocument.of(line.rule), row))}

    _answer(file, lang, ask)


@rules.command()
@_FILE
@_TABLE
@_OF
@_ZONE
@_LANG
def validate(
    file: BinaryIO, tables: Path | None, of: str | None, zone: ZoneInfo | None, lang: str
) -> None:
    """Check the types of rules: a line gives {"valid": …, "problems": […]}; exit code 1 if one is not valid.

    Example: tierloom rules validate --table tables.json rules.jsonl
    """
    from tierloom.commands.lines import located, problem_json
    from tierloom.rules.compile import compile_rule
    from tierloom.text import translator

    world, words = _world(tables, of, zone), translator(_locale(lang))
    invalid = 0

    def ask(line: dict[str, Any]) -> dict[str, Any]:
        nonlocal invalid
        try:
            problems = located(world.read(line).tell(compile_rule).problems, "/rule")
            valid = True
        except Invalid as found:
            problems, valid = found.problems, False
            invalid += 1
        return {"valid": valid, "problems": [problem_json(one, words) for one in problems]}

    unread = _answer(file, lang, ask)
    if invalid or unread:
        sys.exit(1)


@rules.command()
@_FILE
@_TABLE
@_AS_OF
@_ZONE
@_LANG
def check(
    file: BinaryIO, tables: Path | None, as_of: str | None, zone: ZoneInfo | None, lang: str
) -> None:
    """Check what the rules of tier models, segments and label sets say; exit code 1 if a finding is an error.

    FILE has documents as `tierloom dump` writes them, with their tables or beside a file of tables. One line for each
    finding: {"of", "code", "severity", "tier", "node", "message", "example"}.

    Example: tierloom rules check dumped.json
    """
    from tierloom.commands.findings import findings_json
    from tierloom.commands.lines import written
    from tierloom.domain.context import RunContext
    from tierloom.text import translator

    checked = _documents(file, tables)
    zone = zone or _named_zone(checked.tables.run.get("zone", ZONE))
    instant = _instant(as_of, checked.tables.run, zone)
    context = RunContext(instant, zone, checked.tables.catalogue)
    faulty = False
    for thing in checked.things:
        for one in findings_json(thing, context, checked.tables.objects, translator(_locale(lang))):
            faulty |= "problems" in one or one["severity"] == "error"
            click.echo(written(one))
    if faulty:
        sys.exit(1)


@rules.command()
@_FILE
@_TABLE
@_OF
@_ZONE
@_LANG
def sentence(
    file: BinaryIO, tables: Path | None, of: str | None, zone: ZoneInfo | None, lang: str
) -> None:
    """Say rules in words: a line gives {"sentence": "…"} or {"problems": […]}.

    Example: tierloom rules sentence --table tables.json --lang zh rules.jsonl
    """
    from tierloom.domain.rules import RuleDocument
    from tierloom.rules.compile import compile_rule
    from tierloom.rules.sentence import sentence as said

    world = _world(tables, of, zone)

    def ask(given: dict[str, Any]) -> dict[str, Any]:
        line = world.read(given)
        line.tell(compile_rule)
        document, known = RuleDocument.of(line.rule), line.tables
        words = said(
            document, line.table, known.catalogue, known.objects, _locale(lang), zone=line.zone
        )
        return {"sentence": str(words)}

    _answer(file, lang, ask)


@rules.command()
@_FILE
@click.option("--to", "dialect", type=click.Choice(ANY), required=True, help="Dialect to write.")
@_TABLE
@_OF
@_ZONE
@_LANG
def convert(
    file: BinaryIO,
    dialect: str,
    tables: Path | None,
    of: str | None,
    zone: ZoneInfo | None,
    lang: str,
) -> None:
    """Write rules in another builder's dialect: a line gives {"rule": …} or {"problems": […]}.

    Rules come in any dialect; `strict` is our own.

    Example: tierloom rules convert --to raqb --table tables.json rules.jsonl
    """
    import json

    from tierloom.domain.rules import RuleDocument
    from tierloom.rules.convert import export_rule, import_rule

    world = _world(tables, of, zone)

    def written(document: RuleDocument, *known: Any, zone: ZoneInfo) -> Any:
        if dialect == "strict":
            return json.loads(document.json)
        return export_rule(document, dialect, *known, zone=zone)

    def ask(given: dict[str, Any]) -> dict[str, Any]:
        line = world.read(given)
        document = line.tell(import_rule)
        return {"rule": line.tell(lambda _rule, *known, zone: written(document, *known, zone=zone))}

    _answer(file, lang, ask)


@rules.command("test")
@click.argument("pack")
def test_pack(pack: str) -> None:
    """Run the tests that a pack carries; exit code 1 if one fails.

    Example: tierloom rules test shop
    """
    from tierloom.rules.trial import try_pack

    passed = failed = 0
    with _plain_errors():
        for one in try_pack(pack):
            passed += one.passed
            if not one.passed:
                failed += 1
                wanted = one.example.answer
                click.echo(
                    f"FAIL  {one.entry.thing.key}, example {one.number}: {one.answer!r}, should be {wanted!r}"
                )
    click.echo(f"{pack}: {passed} passed, {failed} failed")
    if failed:
        sys.exit(1)


# ── pieces ──────────────────────────────────────────────────────────────────────────────────────


def _answer(file: BinaryIO, lang: str, ask: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    """Answer every line; return how many could not be read as one."""
    from tierloom.commands.lines import answers, written
    from tierloom.text import translator

    unread = 0
    for one in answers(file, ("rule",), ask, translator(_locale(lang))):
        unread += "problems" in one and len(one) == 1
        click.echo(written(one))
    return unread


def _locale(lang: str) -> str:
    return "en" if lang == "en" else "zh_Hans_CN"


def _world(path: Path | None, of: str | None, zone: ZoneInfo | None) -> World:
    """Read the file of tables; without one they are guessed for every line."""
    if path is None:
        if of is not None:
            raise click.BadParameter("There are no tables to choose from.", param_hint="--of")
        return World(None, None, zone or ZoneInfo(ZONE), {})
    from tierloom.commands.tables import read_tables

    try:
        found = read_tables(path.read_text("utf-8-sig"))
        zone = zone or _named_zone(found.run.get("zone", ZONE))
    except UnicodeDecodeError:
        raise click.BadParameter(
            f"{path} is not a UTF-8 text file.", param_hint="--table"
        ) from None
    except Invalid as invalid:
        shown = "; ".join(str(one) for one in invalid.problems[:5])
        raise click.BadParameter(f"{path}: {shown}", param_hint="--table") from None
    if of is not None and of not in found.catalogue.tables:
        known = ", ".join(found.catalogue.tables)
        raise click.BadParameter(f"No table {of!r}. Known: {known}.", param_hint="--of")
    return World(found, of, zone, found.run)


def _documents(file: BinaryIO, path: Path | None) -> "Checked":
    """Read what is to be checked; its tables are in the file too, or in one of their own."""
    from tierloom.commands.tables import read_checked

    try:
        return read_checked(
            file.read().decode("utf-8-sig"), path.read_text("utf-8-sig") if path else None
        )
    except UnicodeDecodeError:
        raise click.BadParameter("This is not UTF-8 text.", param_hint="FILE") from None
    except Invalid as invalid:
        shown = "; ".join(str(one) for one in invalid.problems[:5])
        raise click.BadParameter(shown, param_hint="FILE") from None


def _instant(given: str | None, run: "Mapping[str, str]", zone: ZoneInfo) -> datetime:
    """Read the instant of a run, or take that of the file: a day stands for its end."""
    from tierloom.rules.check.literals import read_day, read_instant

    text = run.get("as_of") if given is None else given
    if text is None:
        return datetime.now(UTC)
    day = read_day(text)
    found = read_instant(f"{day}T23:59:59" if day else text, zone)
    if found is None:
        message = (
            f"{text!r} is no day like 2026-01-31 and no instant like 2026-01-31T12:00:00+08:00."
        )
        raise click.BadParameter(message, param_hint="--as-of")
    return found


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="PACK") from None
