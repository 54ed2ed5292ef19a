"""What a check found, kept beside the rows."""

import json
from dataclasses import dataclass
from typing import Self

from tierloom.domain.rules import Json
from tierloom.errors import Problem
from tierloom.services.imports.counts import ImportCounts
from tierloom.services.imports.problem_rows import RowProblem, first_problem_rows
from tierloom.services.imports.work import ImportWork
from tierloom.services.notes import problem_from_json, problem_to_json

REPORT_FILE = "check.json"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What publishing would do, and what is wrong.

    `warnings` are about the plan; `problem_rows` are the first 1,000 of `problems` in the file (a
    row may have several; a repeated key is a warning and means a skipped row).
    """

    counts: ImportCounts
    problems: int
    warnings: tuple[Problem, ...]
    problem_rows: tuple[RowProblem, ...]

    def save(self, work: ImportWork) -> None:
        """Write the report into the import's folder; the problem rows are there already."""
        body: Json = {
            "format": 1,
            "plan": work.plan.to_json(),
            "counts": self.counts.to_json(),
            "problems": self.problems,
            "warnings": [problem_to_json(one) for one in self.warnings],
        }
        partial = work.folder / f"{REPORT_FILE}.part"
        partial.write_text(json.dumps(body, ensure_ascii=False), "utf-8")
        partial.replace(work.folder / REPORT_FILE)

    @classmethod
    def load(cls, work: ImportWork) -> Self | None:
        """Return the report of an earlier check of this very plan, None where there was none."""
        path = work.folder / REPORT_FILE
        if not path.is_file():
            return None
        body = json.loads(path.read_text("utf-8"))
        if body["plan"] != work.plan.to_json():
            return None
        return cls(
            ImportCounts.from_json(body["counts"]),
            int(body["problems"]),
            tuple(problem_from_json(one) for one in body["warnings"]),
            first_problem_rows(work.problem_files),
        )
