"""Tiers are coloured in a workbook, in the list and on the summary, with the colours of the interface."""

import re
from pathlib import Path

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from tests.unit.services.shop import Shop
from tierloom.domain.people import Role
from tierloom.domain.tiers import Slot
from tierloom.resources import folder
from tierloom.services.exports import requests
from tierloom.services.exports.tints import TINTS
from tierloom.services.exports.writing import ExportKind
from tierloom.services.grid import Query
from tierloom.services.workbench import reading

SLOTS = {"Gold": Slot.GOLD, "Silver": Slot.SLATE, "Rest": Slot.ASH}


def _book(shop: Shop, tmp_path: Path, role: Role = Role.OWNER) -> openpyxl.Workbook:
    target = tmp_path / "customers.xlsx"
    with reading(shop.platform, shop.people[role]) as bench:
        kind = ExportKind.XLSX
        requests.write(bench, Query("customers"), kind, "en", target, lambda *_: None)
    return openpyxl.load_workbook(target)


def _is_tinted(cell: Cell) -> bool:
    tint = TINTS[SLOTS[str(cell.value)]]
    assert cell.font.color
    return (cell.fill.fgColor.rgb, cell.font.color.rgb) == (
        f"FF{tint.chip[1:].upper()}",
        f"FF{tint.ink[1:].upper()}",
    )


def _sheet(book: openpyxl.Workbook, name: str) -> Worksheet:
    found = book[name]
    assert isinstance(found, Worksheet)
    return found


def test_each_tier_of_the_list_has_its_colour(shop: Shop, tmp_path: Path) -> None:
    sheet = _sheet(_book(shop, tmp_path), "Customers")
    head = [cell.value for cell in sheet[1]]
    tiers = [row[head.index("Value")] for row in sheet.iter_rows(min_row=2)]
    found = [str(cell.value) for cell in tiers]
    assert {key.lower(): found.count(key) for key in SLOTS} == shop.sizes()
    assert all(isinstance(cell, Cell) and _is_tinted(cell) for cell in tiers)
    numbers = [row[head.index("Number")] for row in sheet.iter_rows(min_row=2)]
    assert {cell.fill.fill_type for cell in numbers} == {None}, "nothing else is coloured"


def test_the_summary_says_how_many_why_when_and_by_whom(shop: Shop, tmp_path: Path) -> None:
    sheet = _sheet(_book(shop, tmp_path, Role.DATA_ADMIN), "Summary")
    lines = [[cell for cell in row if cell.value is not None] for row in sheet.iter_rows()]
    by_name = {str(line[0].value): line for line in lines if line}
    assert by_name["By"][1].value == shop.people[Role.DATA_ADMIN].name
    assert str(by_name["As of"][1].value) == "2026-03-10 12:00"
    for key, size in shop.sizes().items():
        line = next(line for line in lines if line and line[0].value == key.capitalize())
        assert line[1].value == size
        assert line[2].value == size / len(shop.customers)
        assert line[2].number_format == "0.0%"
        assert isinstance(line[0], Cell)
        assert _is_tinted(line[0])
    rules = {str(line[0].value): str(line[1].value) for line in lines if len(line) == 2}
    assert "1,000" in rules["Gold"]
    assert "Points" in rules["Silver"] or "points" in rules["Silver"]


def test_the_colours_are_those_of_the_interface() -> None:
    tokens = (folder("ui") / "static" / "css" / "tokens.css").read_text()
    drawn = {
        slot: (chip, ink)
        for slot, chip, ink in re.findall(
            r"\.slot-(\w+) \{.*?--chip: light-dark\((#\w+),.*?--chip-ink: light-dark\((#\w+),",
            tokens,
        )
    }
    assert {slot.value: (one.chip, one.ink) for slot, one in TINTS.items()} == drawn
    assert set(TINTS) == set(Slot)
