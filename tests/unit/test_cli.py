"""The command line: every command explains itself, does its work, and says in one line what is wrong."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copyfile
from typing import Any

import click
import openpyxl
import pytest
from click.testing import CliRunner, Result

from tests.unit.services.shop import CUSTOMERS, DOCUMENTS, ORDERS
from tierloom.cli import main

Command = Callable[..., Result]
COMMANDS = sorted(main.commands)
ORDERS_CSV = """Order,Customer,Day,Amount
A1,1,2026-03-01,1200.50
A2,1,2026-03-02,30
A3,2,2026-02-28,400
A4,,2026-02-01,5
"""


@pytest.fixture
def data(migrated_file: Path, tmp_path: Path) -> Path:
    """A data folder with a migrated database and nothing in it."""
    folder = tmp_path / "data"
    folder.mkdir()
    copyfile(migrated_file, folder / "tierloom.sqlite3")
    return folder


@pytest.fixture
def command(data: Path) -> Command:
    def run(*words: str | Path, good: bool = True, **places: str) -> Result:
        place = {"TIERLOOM_DATA": str(data), "TIERLOOM_DATABASE_URL": "", **places}
        found = CliRunner().invoke(main, [str(word) for word in words], env=place)
        if found.exception and not isinstance(found.exception, SystemExit):
            raise found.exception
        assert (found.exit_code == 0) == good, found.output
        return found

    return run


@pytest.fixture
def shop(command: Command, tmp_path: Path) -> Command:
    """A workspace with tables, rules and a view."""
    command("init", "--lang", "en")
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(list(DOCUMENTS)), "utf-8")
    command("apply", file)
    return command


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS_CSV, "utf-8")
    return file


MAP = ("--map", "Order=invoice")


def one_line(found: Result) -> str:
    """What an error says: one line, and exit code 2."""
    assert found.exit_code == 2
    assert found.stdout == ""
    lines = [one for one in found.stderr.strip().splitlines() if one.startswith("Error: ")]
    assert len(lines) == 1
    assert "Traceback" not in found.stderr
    return lines[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example(name: str) -> None:
    found = CliRunner().invoke(main, [name, "--help"])
    assert found.exit_code == 0
    assert f"Example: tierloom {name}" in found.output or (
        name == "init" and "Example: tierloom --workspace" in found.output
    )


def test_every_option_says_what_it_is_for() -> None:
    for name, one in main.commands.items():
        for option in one.params:
            assert not isinstance(option, click.Option) or option.help, (name, option.name)


def test_commands_that_are_promised() -> None:
    promised = {
        "init", "demo", "serve", "migrate", "worker", "import", "run", "export", "apply", "dump", "undo", "doctor",
    }  # fmt: skip
    assert promised <= set(COMMANDS)


def test_init_prints_a_link_that_works_once(command: Command) -> None:
    first = command("init", "--name", "Our shop", "--port", "9000")
    assert "created" in first.output
    assert "http://127.0.0.1:9000/welcome/" in first.output
    again = command("init")
    assert "there already" in again.output
    assert "/welcome/" in again.output
    assert first.output.split("/welcome/")[1] != again.output.split("/welcome/")[1]


def test_import_run_export_undo(shop: Command, orders: Path, tmp_path: Path) -> None:
    found = json.loads(
        shop(
            "import", orders, "--table", "orders", *MAP, "--unknown-parent", "create", "--json"
        ).stdout
    )
    assert {key: found[key] for key in ("rows", "created", "parents_created", "without_parent", "rejected")} == {
        "rows": 4, "created": 4, "parents_created": 2, "without_parent": 1, "rejected": 0,
    }  # fmt: skip
    [outcome] = json.loads(shop("run", "value", "--json").stdout)
    assert outcome["sizes"] == {"gold": 1, "silver": 0, "rest": 1}
    [before] = json.loads(shop("run", "--as-of", "2026-03-01", "--json").stdout)
    assert before["sizes"] == {"gold": 1, "silver": 0, "rest": 1}
    [earlier] = json.loads(shop("run", "--as-of", "2026-02-28", "--json").stdout)
    assert earlier["sizes"] == {"gold": 0, "silver": 0, "rest": 2}
    assert "1  Gold" in shop("run").output
    target = tmp_path / "gold.csv"
    assert (
        "1 rows" in shop("export", "tiers", "--tier", "gold", "-o", target, "--lang", "en").output
    )
    with target.open(encoding="utf-8-sig", newline="") as stream:
        [row] = csv.DictReader(stream)
    assert (row["Number"], row["Spend"], row["Value"]) == ("1", "1230.50", "Gold")
    book = tmp_path / "all.XLSX"
    shop("export", "tiers", "-o", book)
    opened = openpyxl.load_workbook(book, read_only=True)
    assert len(opened.sheetnames) >= 1
    opened.close()
    assert "6 removed" in shop("undo", str(found["import"])).output
    [after] = json.loads(shop("run", "--json").stdout)
    assert sum(after["sizes"].values()) <= 2
    assert after["sizes"]["gold"] == 0


def test_dry_run_stores_nothing(shop: Command, orders: Path) -> None:
    text = shop("import", orders, "--table", "orders", *MAP, "--dry-run").output
    assert "4 rows (checked only)" in text
    [outcome] = json.loads(shop("run", "--json").stdout)
    assert sum(outcome["sizes"].values()) == 0


def test_problem_rows_are_named(shop: Command, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(
        "invoice,day,amount\nB1,2026-02-31,5\nB2,2026-02-01,much\nB3,2026-02-01,7\n", "utf-8"
    )
    text = shop("import", file, "--table", "orders").output
    assert "1  created" in text
    assert "2  rejected" in text
    assert "row 2, day" in text
    assert "row 3, amount" in text


def test_dump_and_apply(shop: Command, tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shop("dump", "-o", folder)
    files = sorted(folder.iterdir())
    assert "table-customers.json" in {one.name for one in files}
    before = {one.name: one.read_text("utf-8") for one in files}
    assert "created" not in shop("apply", *files).output
    assert "updated" not in shop("apply", *files).output
    assert {one["key"] for one in json.loads(shop("dump").stdout)} >= {
        "customers",
        "orders",
        "value",
    }
    shop("--workspace", "second", "init")
    assert "created" in shop("--workspace", "second", "apply", *reversed(files)).output
    shop("--workspace", "second", "dump", "-o", folder)
    assert {one.name: one.read_text("utf-8") for one in folder.iterdir()} == before


def test_doctor(shop: Command, orders: Path) -> None:
    shop("import", orders, "--table", "orders", *MAP, "--unknown-parent", "create")
    text = shop("doctor").output
    assert "FAIL" not in text
    assert "main/orders: 4 records, 4 in the columns" in text


def test_migrate_worker_and_version(command: Command) -> None:
    assert "The database is at" in command("migrate").output
    command("worker", "--once")
    assert "version" in command("--version").output


def test_acting_as_somebody(shop: Command, data: Path, orders: Path) -> None:
    from tierloom.domain.people import Role
    from tierloom.services.platform import open_platform
    from tierloom.services.settings import Settings

    with (
        open_platform(Settings(data), migrate=False) as platform,
        platform.database.writing() as uow,
    ):
        uow.accounts.join(
            uow.workspaces.by_key("main").id, uow.accounts.create("mei", "Mei", ""), Role.VIEWER
        )
    for words in (
        ("import", orders, "--table", "orders"),
        ("export", "tiers", "-o", data / "x.csv"),
        ("run",),
        ("dump",),
        ("undo", "1"),
    ):
        assert "role does not allow" in one_line(shop("--as", "mei", *words, good=False)), words
    assert "No account" in one_line(shop("--as", "nobody", "run", good=False))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--workspace", "a b", "init"), "a b"),
        (("--workspace", "nowhere", "run"), "nowhere"),
        (("init", "--zone", "Mars/Olympus"), "Mars/Olympus"),
        (("run", "nothing"), "nothing"),
        (("run", "--as-of", "yesterday"), "yesterday"),
        (("run", "--as-of", "2026-02-31"), "2026-02-31"),
        (("export", "nothing", "-o", "{tmp}/x.csv"), "nothing"),
        (("export", "tiers", "-o", "{tmp}/x.pdf"), "x.pdf"),
        (("export", "tiers", "-o", "{tmp}/orders.csv/x.csv"), "orders.csv"),
        (("export", "tiers", "--tier", "platinum", "-o", "{tmp}/x.csv"), "platinum"),
        (("import", "{tmp}/orders.csv", "--table", "nothing"), "nothing"),
        (("import", "{tmp}/orders.csv", "--table", "orders", "--map", "nonsense"), "nonsense"),
        (("import", "{tmp}/orders.csv", "--table", "orders", "--map", "Nope=invoice"), "Nope"),
        (("import", "{tmp}/orders.csv", "--table", "orders", "--map", "Order=nope"), "nope"),
        (("import", "{tmp}/orders.csv", "--table", "orders", "--key", "nope"), "nope"),
        (("import", "{tmp}/missing.csv", "--table", "orders"), "missing.csv"),
        (("import", "{tmp}/empty.csv", "--table", "orders"), "empty"),
        (("apply", "{tmp}/bad.json"), "bad.json"),
        (("apply", "{tmp}/binary.json"), "binary.json"),
        (("undo", "424242"), "424242"),
        (("undo", "many"), "many"),
        (("nonsense",), "nonsense"),
    ],
)
def test_errors_are_one_line(
    shop: Command, orders: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "bad.json").write_text('{"kind": "spell"}', "utf-8")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "empty.csv").write_bytes(b"")
    found = shop(*(word.replace("{tmp}", str(tmp_path)) for word in words), good=False)
    assert said in one_line(found)


@pytest.mark.parametrize(
    "address", ["mysql://localhost/x", "postgresql+psycopg://127.0.0.1:1/none"]
)
def test_a_database_that_is_not_there(command: Command, address: str) -> None:
    one_line(command("init", good=False, TIERLOOM_DATABASE_URL=address))


def test_a_data_folder_that_cannot_be_one(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    one_line(command("init", good=False, TIERLOOM_DATA=str(tmp_path / "file")))


def test_a_broken_configuration_changes_nothing(shop: Command, tmp_path: Path) -> None:
    before = shop("dump").stdout
    wrong: Any = {
        **CUSTOMERS,
        "fields": [*CUSTOMERS["fields"], {"key": "x", "label": "X", "type": "spell"}],
    }  # type: ignore[dict-item, index, call-overload, misc]
    (tmp_path / "a.json").write_text(json.dumps(ORDERS | {"label": "Other"}), "utf-8")  # type: ignore[operator]
    (tmp_path / "b.json").write_text(json.dumps(wrong), "utf-8")
    assert "b.json" in one_line(shop("apply", tmp_path / "a.json", tmp_path / "b.json", good=False))
    assert shop("dump").stdout == before


def test_as_a_program(data: Path, tmp_path: Path) -> None:
    """The way it is really started: another process, with nothing of ours loaded."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tierloom", *words],
            env={**os.environ, "TIERLOOM_DATA": str(data), "TIERLOOM_DATABASE_URL": ""},
            cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    assert run("init").returncode == 0
    wrong = run("run", "nothing")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("Error: ")
    assert wrong.stderr.count("\n") == 1
