"""An engine that is right is found to be so, and one that is wrong is not."""

from collections.abc import Iterator
from contextlib import contextmanager

from click.testing import CliRunner

from tierloom import cli
from tierloom.backends.sql import traps
from tierloom.backends.sql.connections import Answers, Connection, Statement, connect
from tierloom.backends.sql.exams import exams


def test_sqlite_answers_as_the_row_evaluator_does() -> None:
    found = CliRunner().invoke(cli.main, ["verify-engine", "sqlite://"])
    assert found.exit_code == 0, found.output
    assert "0 differences" in found.output
    assert "Not translated" not in found.output


class Wrong:
    """An engine that takes the first record for every rule."""

    def __init__(self, connection: Connection) -> None:
        self.engine, self.version, self.load = (
            connection.engine,
            connection.version,
            connection.load,
        )
        self._ask = connection.ask

    def ask(self, statement: Statement) -> Answers:
        first, *rest = self._ask(statement)
        return [(first[0], *[1] * (len(first) - 1)), *rest]


@contextmanager
def wrong(address: str) -> Iterator[Connection]:
    with connect(address) as connection:
        yield Wrong(connection)


def test_a_wrong_answer_is_shown_with_its_record(monkeypatch) -> None:
    monkeypatch.setattr(traps, "rules", lambda: iter([{"==": [{"var": "plus"}, False]}]))
    *_, about_traps = exams()
    monkeypatch.setattr("tierloom.backends.sql.verify.exams", lambda: iter([about_traps]))
    monkeypatch.setattr("tierloom.backends.sql.connections.connect", wrong)
    found = CliRunner().invoke(cli.main, ["verify-engine", "sqlite://", "--limit", "1"])
    assert found.exit_code == 1
    assert "expected, True found for" in found.output
    assert "'no': 'K1'" in found.output
