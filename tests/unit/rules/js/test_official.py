"""The public test-suite of JSON Logic, and what json-logic-js answers at the edges."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from tierloom.errors import Invalid
from tierloom.rules.js import compile_js

ROOT = Path(__file__).resolve().parents[4]
SHARED = ROOT.parent / "shared/conformance"
OFFICIAL = SHARED / "jsonlogic-official.json"
PROBES = SHARED / "js-probes.json"

pytestmark = pytest.mark.skipif(not OFFICIAL.exists(), reason="the public test-suite is not here")


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8")) if path.exists() else {"probes": []}


def listed() -> set[str]:
    """Rules that the documentation names as answered differently, as JSON."""
    page = (ROOT / "docs/rules.md").read_text("utf-8")
    (section,) = re.findall(r"^## The JavaScript mode\n(.*?)(?=^## |\Z)", page, re.M | re.S)
    bullets = " ".join(re.findall(r"^\* .*?(?=\n\*|\n\n)", section, re.M | re.S))
    return {json.dumps(json.loads(one)) for one in re.findall(r"`(\{.*?\})`", bullets)}


def test_the_official_suite() -> None:
    cases = [one for one in read(OFFICIAL) if isinstance(one, list)]
    assert len(cases) == 275
    wrong = [one for one in cases if not same(compile_js(one[0])(one[1]), one[2])]
    assert wrong == []


def same(found: object, wanted: object) -> bool:
    """Equal as JSON: 1 and 1.0 are one number, true is none."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    return found == wanted


def test_probes_answer_alike_or_are_listed() -> None:
    """A string that begins with # stands for what JSON cannot hold: an error, NaN, a function."""
    differ = set()
    for probe in read(PROBES)["probes"]:
        wanted = probe["json_logic_js"]
        ask = compile_js(probe["rule"])
        if isinstance(wanted, str) and wanted.startswith("#ERR"):
            with pytest.raises(Invalid):
                ask(probe["data"])
        elif not same(ask(probe["data"]), wanted):
            differ.add(json.dumps(probe["rule"]))
    assert differ == listed()


@pytest.mark.parametrize(
    ("rule", "is_it"),
    [
        ({"min": []}, math.inf),
        ({"max": []}, -math.inf),
        ({"/": [1, 0]}, math.inf),
        ({"/": [-1, 0]}, -math.inf),
    ],
)
def test_numbers_that_json_cannot_hold_are_worked_with(rule: Any, is_it: float) -> None:
    assert compile_js(rule)({}) is None
    assert compile_js({"==": [{"cat": [rule]}, f"{'-' if is_it < 0 else ''}Infinity"]})({}) is True


@pytest.mark.parametrize("rule", [{"max": [1, "x"]}, {"+": [1, None]}, {"/": [0, 0]}])
def test_nan_is_no_number_and_not_itself(rule: Any) -> None:
    assert compile_js(rule)({}) is None
    assert compile_js({"cat": [rule]})({}) == "NaN"
    assert compile_js({"==": [rule, rule]})({}) is False
    assert compile_js({"!": [rule]})({}) is True
