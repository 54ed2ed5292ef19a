"""Modules and functions stay small enough to be read at once."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULE_LINES = 600
BODY_LINES = 50

Function = ast.FunctionDef | ast.AsyncFunctionDef


def body_lines(function: Function) -> int:
    """Return how many lines a function's body has, without its docstring."""
    body = function.body
    if ast.get_docstring(function) is not None and len(body) > 1:
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def too_long(source: str, name: str) -> Iterator[str]:
    """Yield a line for a module, and for each function in it, that is too long."""
    lines = source.count("\n")
    if lines > MODULE_LINES:
        yield f"{name}: {lines} lines (at most {MODULE_LINES})"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function) and (length := body_lines(node)) > BODY_LINES:
            yield f"{name}:{node.lineno} {node.name}: body of {length} lines (at most {BODY_LINES})"


def test_modules_and_functions_are_short() -> None:
    folders = ("platform/tierloom", "migrations", "tools")
    found = [
        line
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in too_long(path.read_text("utf-8"), str(path.relative_to(ROOT)))
    ]
    assert not found, "\n".join(["too long:", *found])


def test_a_long_function_is_found() -> None:
    body = '    """Docstring."""\n' + "    x = 1\n" * BODY_LINES
    assert list(too_long(f"def f():\n{body}", "m.py")) == []
    assert list(too_long(f"def f():\n{body}    y = 2\n", "m.py")) == [
        "m.py:1 f: body of 51 lines (at most 50)"
    ]


def test_a_long_module_is_found() -> None:
    assert list(too_long("x = 1\n" * MODULE_LINES, "m.py")) == []
    assert list(too_long("x = 1\n" * (MODULE_LINES + 1), "m.py")) == [
        "m.py: 601 lines (at most 600)"
    ]
