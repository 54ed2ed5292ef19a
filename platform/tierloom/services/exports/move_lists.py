"""A list of moves as a file: who it is, from where to where, when, why."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

from tierloom.domain.fields import Field, FieldKind, FieldType, Value
from tierloom.domain.people import Actor, Grant, Policy
from tierloom.domain.rules import Json
from tierloom.errors import Invalid, Problem
from tierloom.services import authorize, movers
from tierloom.services.exports.columns import ExportColumn, ExportStyle
from tierloom.services.exports.naming import export_file_name
from tierloom.services.exports.summary import Summary, SummaryBlock
from tierloom.services.exports.tints import tints_of
from tierloom.services.exports.writing import ExportKind, write_export
from tierloom.services.history.causes import Source
from tierloom.services.history.moves import KINDS, OUTSIDE, Place
from tierloom.services.movers import Asked, Mover, Movers, shown_fields
from tierloom.services.platform import Platform
from tierloom.services.shown import Masked
from tierloom.services.workbench import Workbench, reading, writing
from tierloom.text import T, Text, Translator, translator

KIND = "export"
NOT_THERE = T("Not there")
UNNAMED = T("Other")
CAUSES: Mapping[str, Text] = {
    "reconstructed": T("Reconstructed"),
    "rules": T("New rules"),
    "import": T("Import"),
    "edit": T("Edited"),
    "time": T("Time passed"),
    "override": T("Set by hand"),
    "command": T("Recalculated by hand"),
    "check": T("Self-check"),
}


def cause_name(cause: str) -> Text:
    """Return why somebody moved, in words."""
    return CAUSES.get(cause, UNNAMED)


def request(platform: Platform, actor: Actor, asked: Asked, kind: str, locale: str) -> int:
    """Ask for a file of moves; returns the job that writes it.

    Raises:
        Forbidden: the actor may not export.
        Invalid: there is no such format, or the days are not in order.
        NotFound: no such tier model, tier or kind of move.
    """
    authorize.require(actor, Grant.EXPORT)
    if kind not in set(ExportKind):
        message = T("There is no format “%(kind)s”.", kind=kind)
        raise Invalid([Problem("unknown-format", "/format", message)])
    with writing(platform, actor) as bench:
        movers.movers(bench, asked, limit=0)
        payload: Json = {"moves": _to_json(asked), "kind": kind, "locale": locale}
        job = bench.uow.jobs.enqueue(actor.workspace, KIND, payload, actor.account)
        bench.uow.after_commit(platform.work.set)
        return job


def work(
    platform: Platform,
    actor: Actor,
    job: int,
    payload: Mapping[str, Json],
    progress: Callable[[int, int], None],
) -> Json:
    """Write the file that a job asks for."""
    kind, words = ExportKind(str(payload["kind"])), translator(str(payload["locale"]))
    with reading(platform, actor) as bench:
        asked = _from_json(payload["moves"])
        found = movers.movers(bench, asked, limit=0)
        what = [words.read(found.model.label), words.read(KINDS[asked.kind])]
        name = export_file_name(what, asked.end, kind.value)
        target = platform.folder / "jobs" / str(job) / f"export.{kind}"
        rows = write(bench, found, kind, words, target, lambda done: progress(done, found.total))
    return {"file": target.name, "name": name, "rows": rows}


def write(
    bench: Workbench,
    found: Movers,
    kind: ExportKind,
    words: Translator,
    target: Path,
    progress: Callable[[int], None],
) -> int:
    """Write those who moved as the actor sees them, and return their number."""
    fields = shown_fields(found.table, found.figure)

    def rows() -> Iterator[list[list[Value]]]:
        for chunk in movers.chunks(bench, found.asked):
            yield [_row(one, fields, words) for one in chunk]

    return write_export(
        bench.actor,
        target,
        kind,
        _columns(bench, found, fields, words),
        rows(),
        ExportStyle(words, bench.zone),
        summary=_summary(bench, found, words),
        sheet=words.read(KINDS[found.asked.kind]),
        progress=progress,
    )


def _columns(
    bench: Workbench, found: Movers, fields: tuple[Field, ...], words: Translator
) -> list[ExportColumn]:
    tints = tints_of(found.model.all_tiers, words)
    about = [
        ExportColumn(
            words.read(one.label), one.type, authorize.policy(bench.actor, one) is Policy.MASKED
        )
        for one in fields
    ]
    return [
        *about,
        ExportColumn(words.read(T("From tier")), tints=tints),
        ExportColumn(words.read(T("To tier")), tints=tints),
        ExportColumn(words.read(T("When")), FieldType(FieldKind.DATETIME)),
        ExportColumn(words.read(T("Why"))),
    ]


def _row(one: Mover, fields: tuple[Field, ...], words: Translator) -> list[Value]:
    values: list[Value] = []
    for field in fields:
        value = one.record.values.get(field.key) if one.record else None
        values.append(value.text if isinstance(value, Masked) else value)
    origin = NOT_THERE if one.entered else _place(one.origin)
    target = NOT_THERE if one.left else _place(one.target)
    why = _why(one.cause, one.source, words) if one.cause else None
    return [*values, words.read(origin), words.read(target), one.when, why]


def _place(place: Place) -> object:
    return place.label if place else T("Not enough data")


def _summary(bench: Workbench, found: Movers, words: Translator) -> Summary:
    def say(text: object) -> str:
        return words.read(text)

    asked = found.asked
    facts = [
        (say(T("Tier model")), say(found.model.label)),
        (say(T("From the end of")), asked.start.isoformat()),
        (say(T("To the end of")), asked.end.isoformat()),
        *_restrictions(found, words),
        (say(T("By")), bench.actor.name),
    ]
    if found.rebuilt:
        note = T("The tiers of the first day were reconstructed from dated records.")
        facts.append((say(T("Please note")), say(note)))
    kinds = tuple(
        (say(label), found.counts[kind]) for kind, label in KINDS.items() if found.counts[kind]
    )
    blocks = (SummaryBlock(say(T("About this file")), tuple(facts)),)
    moved = SummaryBlock(say(found.table.label), kinds)
    return Summary(say(T("Summary")), say(T("Tier moves")), (*blocks, moved))


def _restrictions(found: Movers, words: Translator) -> Iterator[tuple[str, str]]:
    """Yield from and to which tier, and for which reason, where only those are in the file."""
    asked = found.asked
    for head, key in ((T("From tier"), asked.origin), (T("To tier"), asked.target)):
        if key == OUTSIDE:
            yield words.read(head), words.read(NOT_THERE)
        elif key:
            tiers = {one.key: one for one in found.model.all_tiers}
            yield words.read(head), words.read(_place(tiers.get(key)))
    reason = next((one for one, _ in found.reasons if one.key == asked.cause), None)
    if reason is not None:
        yield words.read(T("Why")), _why(reason.cause, reason.source, words)


def _why(cause: str, source: Source | None, words: Translator) -> str:
    name = words.read(cause_name(cause))
    return f"{name}: {source.file}" if source and source.file else name


def _to_json(asked: Asked) -> Json:
    return {
        "model": asked.model,
        "start": asked.start.isoformat(),
        "end": asked.end.isoformat(),
        "kind": asked.kind,
        "origin": asked.origin,
        "target": asked.target,
        "cause": asked.cause,
    }


def _from_json(source: Json) -> Asked:
    body: Mapping[str, Json] = source if isinstance(source, dict) else {}
    start, end = (date.fromisoformat(str(body[one])) for one in ("start", "end"))
    kind, origin, target = (str(body[one]) for one in ("kind", "origin", "target"))
    cause = str(body.get("cause") or "")
    return Asked(str(body["model"]), start, end, kind, origin, target, cause)
