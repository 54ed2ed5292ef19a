"""docs/cli.md names every command and option, with examples that the command line understands."""

import re
import shlex
from pathlib import Path

import click
import pytest

cli = pytest.importorskip("tierloom.cli")

PAGE = (Path(__file__).resolve().parents[2] / "docs/cli.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## tierloom (\S+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
COMMANDS = cli.main.commands
EXAMPLES = [
    line for block in re.findall(r"```\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()
]


def options(command: click.Command) -> set[str]:
    """Long options of a command; of a group those of all its commands."""
    if isinstance(command, click.Group) and command is not cli.main:
        return set().union(*map(options, command.commands.values()))
    given = [one for one in command.params if isinstance(one, click.Option)]
    spelt = {name for one in given for name in (*one.opts, *one.secondary_opts)}
    return {name for name in spelt if name.startswith("--")} - {"--help"}


def test_the_page_has_the_commands() -> None:
    assert set(SECTIONS) == set(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_is_documented(name: str) -> None:
    assert set(re.findall(r"`(--[\w-]+)", SECTIONS[name])) == options(COMMANDS[name])


@pytest.mark.parametrize(
    ("name", "inner"),
    [
        (name, inner)
        for name, group in COMMANDS.items()
        if isinstance(group, click.Group)
        for inner in group.commands
    ],
)
def test_every_command_of_a_group_is_documented(name: str, inner: str) -> None:
    assert f"\ntierloom {name} {inner}" in SECTIONS[name]


def test_options_of_all_commands() -> None:
    head = PAGE.partition("\n## ")[0]
    assert set(re.findall(r"^\| `(--[\w-]+)", head, re.MULTILINE)) == options(cli.main)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_an_example(name: str) -> None:
    assert f"\ntierloom {name}" in SECTIONS[name]


@pytest.mark.parametrize("line", EXAMPLES)
def test_examples_parse(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    program, *words = shlex.split(line)
    assert program == "tierloom"
    for word in words:
        if re.search(r"\.(csv|xlsx|json)(\.gz)?$", word) and "/" not in word:
            (tmp_path / word).touch()
    main = cli.main.make_context("tierloom", list(words))
    name, command, rest = cli.main.resolve_command(main, [*main._protected_args, *main.args])
    assert command.make_context(name, list(rest), parent=main) is not None


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_names_the_commands(name: str) -> None:
    page = (Path(__file__).resolve().parents[2] / name).read_text("utf-8")
    table = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `tierloom")]
    named = {word for cell in table for word in re.findall(r"`(?:tierloom )?([\w-]+)", cell)}
    assert named == set(COMMANDS)
