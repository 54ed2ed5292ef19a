"""What came of a job, in words: what it did, what was left when it was stopped, and what to do when it failed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tierloom.domain.rules import Json
from tierloom.store.jobs import GIVEN_UP, Job
from tierloom.text import TN, Label, T, Text


@dataclass(frozen=True, slots=True)
class Checked:
    """What a self-check found of one tier model: `differences` of its `records`."""

    label: Label
    records: int
    differences: int


def outcome(job: Job) -> list[Text]:
    """Say what a finished job has done."""
    found = job.result if isinstance(job.result, dict) else {}
    match job.kind:
        case "run":
            return _run(found)
        case "import" | "creation":
            return _import(found)
        case "export":
            rows = _number(found, "rows")
            return [TN("%(n)s row is in the file.", "%(n)s rows are in the file.", n=rows)]
        case "check":
            return [_check(found)]
        case "cleanup":
            return _cleanup(found)
        case _:
            return []


def checked(job: Job) -> list[Checked]:
    """Return what a self-check found of each tier model."""
    models = job.result.get("models") if isinstance(job.result, dict) else None
    if job.kind != "check" or not isinstance(models, dict):
        return []
    rows = [cast(Mapping[str, Json], one) for one in models.values()]
    return [
        Checked(
            Label.of(cast("dict[str, str]", one["label"])),
            *(_number(one, name) for name in ("records", "differences")),
        )
        for one in rows
    ]


def left_behind(job: Job) -> Text:
    """Say what is there after a job was stopped."""
    match job.kind:
        case "run":
            return T("The tiers stay as they were before.")
        case "import" | "creation":
            return T(
                "Rows that were stored before it stopped stay. On the import's page you can go on or undo it."
            )
        case "export":
            return T("There is no file.")
        case "check":
            return T("The tiers were not compared to the end.")
        case _:
            return T("What was done before it stopped stays.")


def advice(job: Job) -> Text:
    """Say what somebody can do about a failed job, and what it has not harmed."""
    if job.error == GIVEN_UP:
        return T(
            "Nothing is half done. Perhaps the computer was short of memory, or was restarted: try again when"
            " it has settled. If it happens again, whoever runs Tierloom finds the cause in the log."
        )
    match job.kind:
        case "run":
            return T(
                "The tiers stay as they were before. Put right what is said above, then try again."
            )
        case "import" | "creation":
            return T(
                "Rows that were stored before it stopped stay, none is there twice. Try again, or undo it on the"
                " import's page."
            )
        case "export":
            return T("There is no file. Put right what is said above, then try again.")
        case _:
            return T("Put right what is said above, then try again.")


def _run(found: Mapping[str, Json]) -> list[Text]:
    models = [one for one in found.values() if isinstance(one, dict)]
    moved = sum(_number(one, "moves") for one in models)
    return [
        TN("%(n)s move between tiers.", "%(n)s moves between tiers.", n=moved)
        if moved
        else T("Nobody has moved."),
        TN("%(n)s tier model was calculated.", "%(n)s tier models were calculated.", n=len(models)),
    ]


def _import(found: Mapping[str, Json]) -> list[Text]:
    if "removed" in found:
        return [
            T(
                "%(removed)s removed, %(restored)s restored, %(kept)s kept.",
                **_numbers(found, "removed", "restored", "kept"),
            )
        ]
    if "rows" not in found:
        return []
    return [
        TN("%(n)s row read.", "%(n)s rows read.", n=_number(found, "rows")),
        T(
            "%(created)s new, %(updated)s changed, %(unchanged)s unchanged, %(rejected)s rejected.",
            **_numbers(found, "created", "updated", "unchanged", "rejected"),
        ),
    ]


def _check(found: Mapping[str, Json]) -> Text:
    differences = _number(found, "differences")
    if not differences:
        return T("Every stored tier is what a full recalculation gives.")
    return TN(
        "%(n)s record is in another tier than a full recalculation gives. A recalculation was asked for.",
        "%(n)s records are in another tier than a full recalculation gives. A recalculation was asked for.",
        n=differences,
    )


def _cleanup(found: Mapping[str, Json]) -> list[Text]:
    jobs, days = _number(found, "jobs"), _number(found, "days")
    return [
        TN(
            "%(n)s job that ended more than %(days)s days ago was removed.",
            "%(n)s jobs that ended more than %(days)s days ago were removed.",
            n=jobs,
            days=days,
        )
    ]


def _numbers(found: Mapping[str, Json], *names: str) -> dict[str, str]:
    return {name: f"{_number(found, name):,}" for name in names}


def _number(found: Mapping[str, Json], name: str) -> int:
    value = found.get(name)
    return int(value) if isinstance(value, int | float) else 0
