"""Exports as jobs: a list or a view becomes a file in the job's folder, for whoever asked for it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tierloom.domain.fields import FieldKind, FieldType, Value
from tierloom.domain.label_sets import LabelSet
from tierloom.domain.people import Actor, Grant, Policy
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.scores import Score
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import NOT_ENOUGH_DATA, TierModel
from tierloom.domain.views import Sort
from tierloom.engine.columns import Mask
from tierloom.errors import Invalid, NotFound, Problem
from tierloom.fail_points import fail_point
from tierloom.rules.sentence import sentence
from tierloom.services import authorize, grid
from tierloom.services.as_of import PastBench, Question, as_of
from tierloom.services.exports import move_lists
from tierloom.services.exports.columns import ExportColumn, ExportStyle
from tierloom.services.exports.naming import export_file_name
from tierloom.services.exports.summary import Share, Summary, SummaryBlock, Tinted
from tierloom.services.exports.tints import tints_of
from tierloom.services.exports.writing import ExportKind, write_export
from tierloom.services.grid import Query
from tierloom.services.marks import Marks, marks_of
from tierloom.services.platform import Platform
from tierloom.services.shown import Masked, RecordView
from tierloom.services.workbench import Workbench, reading, writing
from tierloom.store.jobs import Job
from tierloom.text import T, Text, Translator, translator

KIND = "export"
Progress = Callable[[int, int], None]
HELD = T("Not enough data")
_RULES = {Question.THEN: T("Rules of that day"), Question.TODAY: T("Today's rules")}
_NOT_KNOWN = T(
    "Tiers and totals are reconstructed from dated records; other values are those of today."
)


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A finished export: where it is, and what to call it."""

    path: Path
    name: str


def request(
    platform: Platform,
    actor: Actor,
    query: Query,
    kind: str,
    locale: str,
    *,
    view: str | None = None,
    day: date | None = None,
    question: Question = Question.THEN,
) -> int:
    """Ask for a file of a list, of a past day where one is given; returns the job that writes it.

    Raises:
        Forbidden: the actor may not export.
        Invalid: there is no such format, or the list cannot be made.
        NotKnown: nothing can be said of that day.
    """
    authorize.require(actor, Grant.EXPORT)
    if kind not in set(ExportKind):
        raise Invalid(
            [Problem("unknown-format", "/format", T("There is no format “%(kind)s”.", kind=kind))]
        )
    with writing(platform, actor) as bench:
        bench.compile(query.rule, bench.published.table(query.table).key)
        if day:
            as_of(bench, day, query.table, question)
        payload: Json = {
            "query": _query_to_json(query),
            "kind": kind,
            "locale": locale,
            "view": view,
            "as_of": day.isoformat() if day else "",
            "rules": question.value,
        }
        job = bench.uow.jobs.enqueue(actor.workspace, KIND, payload, actor.account)
        bench.uow.after_commit(platform.work.set)
        return job


def work(platform: Platform, actor: Actor, job: Job, progress: Progress) -> Json:
    """Write the file that a job asks for."""
    payload = job.payload
    if not isinstance(payload, dict):
        raise TypeError("An export's payload is an object.")
    if "moves" in payload:
        return move_lists.work(platform, actor, job.id, payload, progress)
    kind, locale = ExportKind(str(payload["kind"])), str(payload["locale"])
    query = _query_from_json(payload["query"])
    day, question = str(payload.get("as_of") or ""), str(payload.get("rules") or Question.THEN)
    with reading(platform, actor) as today:
        bench = today
        if day:
            bench = as_of(today, date.fromisoformat(day), query.table, Question(question))
        name = file_name(bench, query, str(payload["view"] or ""), kind, translator(locale))
        target = platform.folder / "jobs" / str(job.id) / f"export.{kind}"
        rows = write(bench, query, kind, locale, target, progress)
    fail_point("export-written")
    return {"file": target.name, "name": name, "rows": rows}


def file_of(platform: Platform, actor: Actor, job: Job) -> ExportFile | None:
    """Return the file that an export made, None where there is none. Only who asked for it gets it.

    Raises:
        NotFound: it is somebody else's.
    """
    authorize.require(actor, Grant.EXPORT)
    if job.actor != actor.account:
        raise NotFound(T("This file belongs to whoever asked for it."))
    result = job.result
    if job.kind != KIND or not isinstance(result, dict):
        return None
    path = platform.folder / "jobs" / str(job.id) / Path(str(result["file"])).name
    return ExportFile(path, str(result["name"])) if path.is_file() else None


def write(
    bench: Workbench, query: Query, kind: ExportKind, locale: str, target: Path, progress: Progress
) -> int:
    """Write a list to a file as the actor sees it, and return the number of rows."""
    table = bench.published.table(query.table)
    fields = grid.columns_of(bench, table, query.columns)
    models = bench.published.tier_models(table.key)
    words = translator(locale)
    columns = [
        ExportColumn(
            words.read(one.label), one.type, authorize.policy(bench.actor, one) is Policy.MASKED
        )
        for one in fields
    ]
    marked = marks_of(bench, table, query.columns)
    columns[1:1] = [
        *(
            ExportColumn(words.read(one.label), tints=tints_of(one.all_tiers, words))
            for one in models
        ),
        *(ExportColumn(words.read(one.label), _score_type(one)) for one in marked.scores),
        *(ExportColumn(words.read(one.label)) for one in marked.label_sets),
    ]
    total = int(grid.listed_by(bench, table, query).sum())

    def rows() -> Iterator[list[list[Value]]]:
        for chunk in grid.chunks(bench, query):
            yield [_row(view, [one.key for one in fields], models, marked, words) for view in chunk]

    return write_export(
        bench.actor,
        target,
        kind,
        columns,
        rows(),
        ExportStyle(words, bench.zone),
        summary=_summary(bench, table, query, models, words),
        sheet=words.read(table.label),
        progress=lambda done: progress(done, total),
    )


def _row(
    view: RecordView,
    keys: list[str],
    models: tuple[TierModel, ...],
    marked: Marks,
    words: Translator,
) -> list[Value]:
    values: list[Value] = [_plain(view, key) for key in keys]
    values[1:1] = [
        *(_tier_word(model, view.tiers[model.key], words) for model in models),
        *(view.scores[one.key] for one in marked.scores),
        *(_label_words(one, view.labels[one.key], words) for one in marked.label_sets),
    ]
    return values


def _score_type(score: Score) -> FieldType:
    return FieldType(FieldKind.DECIMAL, scale=score.scale)


def _label_words(found: LabelSet, carried: tuple[str, ...], words: Translator) -> str | None:
    said = [words.read(one.label) for one in found.labels if one.key in carried]
    return "、".join(said) or None


def _plain(view: RecordView, key: str) -> Value:
    value = view.values[key]
    return value.text if isinstance(value, Masked) else value


def _tier_word(model: TierModel, code: int, words: Translator) -> str | None:
    if code == NOT_ENOUGH_DATA:
        return words.read(HELD)
    return words.read(model.all_tiers[code].label) if code >= 0 else None


def file_name(
    bench: Workbench, query: Query, view: str, kind: ExportKind, words: Translator
) -> str:
    """Return what to call the file: the view or table, the tiers, the day."""
    label = bench.published.view(view).label if view else bench.published.table(query.table).label
    parts = [words.read(label)]
    for key, tier in query.tiers:
        parts.append(words.read(grid.tier_name(bench.published.tier_model(key), tier)))
    for key, chosen in query.labels:
        parts.append(_label_words(bench.published.label_set(key), (chosen,), words) or "")
    return export_file_name(parts, bench.context.today, kind.value)


def _summary(
    bench: Workbench,
    table: RecordType,
    query: Query,
    models: tuple[TierModel, ...],
    words: Translator,
) -> Summary:
    def say(text: Text) -> str:
        return words.read(text)

    matching = grid.found(bench, table, query)
    instant = bench.context.as_of.astimezone(bench.zone)
    masked = [
        words.read(one.label)
        for one in grid.columns_of(bench, table, query.columns)
        if authorize.policy(bench.actor, one) is Policy.MASKED
    ]
    facts: list[tuple[str, ...]] = [
        (say(T("Table")), words.read(table.label)),
        (say(T("As of")), instant.strftime("%Y-%m-%d %H:%M")),
        (say(T("By")), bench.actor.name),
        (say(T("Filter")), str(_words_of(bench, query.rule, table, words))),
    ]
    if isinstance(bench, PastBench):
        facts.append((say(T("Rules")), say(_RULES[bench.question])))
        if not bench.known:
            facts.append((say(T("Please note")), say(_NOT_KNOWN)))
    if masked:
        facts.append((say(T("Masked columns")), words.read(masked)))
    blocks = [SummaryBlock(say(T("About this file")), tuple(facts))]
    blocks += [_sizes(bench, model, matching, words) for model in models]
    blocks += [_rules(bench, model, words) for model in models if _may_read(bench, model)]
    return Summary(say(T("Summary")), words.read(table.label), tuple(blocks))


def _sizes(bench: Workbench, model: TierModel, matching: Mask, words: Translator) -> SummaryBlock:
    sizes = grid.tier_sizes(bench, model, matching)
    total = sum(sizes.values()) or 1
    lines: list[tuple[str | int | Share | Tinted, ...]] = [
        (Tinted(words.read(tier.label), tier.slot), sizes[tier.key], Share(sizes[tier.key] / total))
        for tier in model.all_tiers
    ]
    if sizes[grid.HELD]:
        lines.append((words.read(HELD), sizes[grid.HELD], Share(sizes[grid.HELD] / total)))
    return SummaryBlock(words.read(model.label), tuple(lines))


def _rules(bench: Workbench, model: TierModel, words: Translator) -> SummaryBlock:
    table = bench.published.table(model.record_type)
    lines = tuple(
        (Tinted(words.read(tier.label), tier.slot), str(_words_of(bench, tier.rule, table, words)))
        for tier in model.tiers
    )
    return SummaryBlock(words.read(T("Rules of %(name)s", name=model.label)), lines)


def _may_read(bench: Workbench, model: TierModel) -> bool:
    try:
        for tier in model.tiers:
            bench.compile(tier.rule, model.record_type)
    except Invalid:
        return False
    return True


def _words_of(bench: Workbench, rule: RuleDocument, table: RecordType, words: Translator) -> object:
    objects = bench.published.objects
    return sentence(rule, table.key, bench.catalogue, objects, words.locale, zone=bench.zone)


def _query_to_json(query: Query) -> dict[str, Json]:
    return {
        "table": query.table,
        "rule": query.rule.json,
        "search": query.search,
        "sort": [query.sort.column, query.sort.descending] if query.sort else None,
        "tiers": [list(pair) for pair in query.tiers],
        "labels": [list(pair) for pair in query.labels],
        "columns": list(query.columns),
    }


def _tiers_from_json(body: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    """Read the tiers; a job that waited through an upgrade has one pair, `tier`."""
    pairs = body.get("tiers") or [body.get("tier")]
    return _pairs(pairs)


def _pairs(pairs: Json) -> tuple[tuple[str, str], ...]:
    found = [one for one in pairs if isinstance(one, list)] if isinstance(pairs, list) else []
    return tuple((str(one[0]), str(one[1])) for one in found)


def _query_from_json(source: Json) -> Query:
    body: Mapping[str, Json] = source if isinstance(source, dict) else {}
    sort, columns = body.get("sort"), body.get("columns")
    return Query(
        str(body["table"]),
        RuleDocument(str(body["rule"])),
        str(body["search"]),
        Sort(str(sort[0]), bool(sort[1])) if isinstance(sort, list) else None,
        _tiers_from_json(body),
        tuple(str(one) for one in columns) if isinstance(columns, list) else (),
        labels=_pairs(body.get("labels")),
    )
