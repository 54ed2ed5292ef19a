"""Asks an engine what is known already, record by record, strictly and under hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tierloom.backends.sql import Refused, translate
from tierloom.backends.sql.connections import Connection
from tierloom.backends.sql.exams import Exam, Question, exams
from tierloom.backends.sql.loading import layout
from tierloom.domain.fields import Value
from tierloom.domain.rules import Json

_BATCH = 20
_LAYOUT = layout("tierloom_check_")


@dataclass(frozen=True, slots=True)
class Difference:
    """A record for which an engine answers otherwise. None is uncertain."""

    rule: Json
    record: Mapping[str, Value]
    expected: bool | None
    found: bool | None


@dataclass(slots=True)
class Report:
    """What an engine was asked, why it was not asked some rules, and where it was wrong."""

    rules: int = 0
    answers: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether the engine may be used."""
        return not self.differences


def verify(connection: Connection) -> Report:
    """Load the records, ask every rule and compare the answers."""
    report = Report()
    for exam in exams():
        connection.load(exam.tables, _LAYOUT)
        report.rules += len(exam.questions)
        for hold in (False, True):
            for start in range(0, len(exam.questions), _BATCH):
                some = exam.questions[start : start + _BATCH]
                _ask(connection, exam, some, report, hold=hold)
    report.rules -= len(report.refused)
    return report


def _ask(
    connection: Connection, exam: Exam, questions: Sequence[Question], report: Report, *, hold: bool
) -> None:
    """Ask several rules in one query; where one of them cannot be translated, one by one."""
    rules = [one.predicate for one in questions]
    try:
        statement = translate(
            rules, exam.table, exam.context, connection.engine, _LAYOUT, hold=hold
        )
    except Refused as refused:
        if len(questions) == 1:
            report.refused[str(questions[0].rule)] = str(refused)
            return
        for one in questions:
            _ask(connection, exam, [one], report, hold=hold)
        return
    found = {answer[0]: answer[1:] for answer in connection.ask(statement)}
    for place, question in enumerate(questions):
        wanted: Mapping[int, bool | None] = question.hold if hold else question.strict
        for number, expected in wanted.items():
            answer = _answer(found.get(number, ()), place, hold=hold)
            report.answers += 1
            if answer is not expected:
                record = exam.records[number]
                report.differences.append(Difference(question.rule, record, expected, answer))


def _answer(answers: tuple[int, ...], place: int, *, hold: bool) -> bool | None:
    if not answers:
        return None
    if not hold:
        return answers[place] == 1
    true, certain = answers[2 * place : 2 * place + 2]
    return true == 1 if certain == 1 else None
