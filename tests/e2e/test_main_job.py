"""The main job, from an empty workspace to an exported tier, with figures worked out again here."""

import csv
import io
import random
import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenContext, Server, fill_welcome, reload_until

ROWS = 200
CITIES = [("上海", "Shanghai"), ("北京", "Beijing"), ("深圳", "Shenzhen"), ("成都", "Chengdu")]
BAD = {17: ("spend", "五千"), 63: ("since", "2026-02-31"), 140: ("number", "K-140")}
"""Row of data (from 1) → what is wrong in it."""
NAMES = {
    "zh": {"number": "编号", "name": "姓名", "city": "城市", "spend": "消费", "since": "首单日期"},
    "en": {
        "number": "Number",
        "name": "Full name",
        "city": "City",
        "spend": "Spend",
        "since": "Since",
    },
}
KINDS = {"number": "integer", "city": "choice", "spend": "money", "since": "date"}


@dataclass(frozen=True)
class Customer:
    number: int
    name: str
    city: int
    spend: float | None
    since: date

    def texts(self, lang: str) -> dict[str, str]:
        return {
            "number": str(self.number),
            "name": self.name,
            "city": CITIES[self.city][0 if lang == "zh" else 1],
            "spend": "" if self.spend is None else f"{self.spend:.2f}",
            "since": self.since.isoformat(),
        }


def customers() -> list[Customer]:
    """Invent the customers; a seed makes them the same each time."""
    chance = random.Random(20261121)
    return [
        Customer(
            1000 + n,
            f"客户{n:03d}",
            chance.randrange(len(CITIES)),
            None if n % 25 == 0 else round(chance.lognormvariate(7.3, 1.2), 2),
            date(2024, 1, 1) + timedelta(days=chance.randrange(900)),
        )
        for n in range(1, ROWS + 1)
    ]


def write_file(folder: Path, lang: str) -> Path:
    """Write the CSV file, with three cells that cannot be right."""
    file = folder / f"customers-{lang}.csv"
    with file.open("w", newline="", encoding="utf-8-sig") as target:
        writer = csv.writer(target)
        writer.writerow(NAMES[lang].values())
        for row, one in enumerate(customers(), 1):
            texts = one.texts(lang)
            if row in BAD:
                texts[BAD[row][0]] = BAD[row][1]
            writer.writerow(texts.values())
    return file


def expected() -> dict[str, int]:
    """Place the customers by hand: Gold, then Silver, then everyone else."""
    sizes = {"gold": 0, "silver": 0, "rest": 0}
    for row, one in enumerate(customers(), 1):
        if row in BAD:
            continue
        sizes[tier_of(one)] += 1
    return sizes


def tier_of(one: Customer) -> str:
    spend = one.spend
    in_city = CITIES[one.city][1] in {"Shanghai", "Beijing"}
    if spend is not None and spend >= 2000 and (in_city or one.since >= date(2025, 6, 1)):
        return "gold"
    return "silver" if spend is not None and spend >= 1000 else "rest"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("width", [1440, 390], ids=["desk", "phone"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_main_job(
    lang: str, width: int, server: Server, open_context: OpenContext, tmp_path: Path
) -> None:
    workspace = f"{lang}-{'desk' if width == 1440 else 'phone'}"
    page = open_context(lang, "light", width).new_page()
    page.goto(server.links[workspace])
    fill_welcome(page, f"owner-{workspace}")

    make_table(page, lang)
    import_file(page, lang, tmp_path)
    sizes = expected()
    build_rules(page, sizes, keyboard=width == 1440)
    publish_tiers(page, sizes)
    export(page, lang, sizes)


# ── defining ────────────────────────────────────────────────────────────────────────────────────


def make_table(page: Page, lang: str) -> None:
    page.locator("a[href='/data/new-table']").locator("visible=true").first.click()
    page.locator("#label_zh").fill("客户")
    page.locator("#label_en").fill("Customers")
    page.locator("main form button.primary").click()
    page.wait_for_url("**/data/customers/fields")
    rename_field(page, "name", lang)
    for field, kind in KINDS.items():
        page.goto("/data/customers/fields")
        page.locator("#add-field").click()
        page.locator(f"#add-{kind}").click()
        page.wait_for_url(re.compile(r"\?field="))
        save_field(page, field, lang)
    page.goto("/data/customers/fields")
    page.locator("#key_field").select_option("number")
    page.locator("#save-table").click()
    expect(page.locator("#toasts .toast")).to_be_visible()
    page.locator("#publish-table").click()
    page.wait_for_load_state()
    expect(page.locator(".status.ok").first).to_be_visible()
    page.goto("/data/customers")
    expect(page.locator(".empty")).to_be_visible()


def rename_field(page: Page, field: str, lang: str) -> None:
    page.goto(f"/data/customers/fields?field={field}")
    save_field(page, field, lang)


def save_field(page: Page, field: str, lang: str) -> None:
    page.locator("#label_zh").fill(NAMES["zh"][field])
    page.locator("#label_en").fill("Number" if field == "number" else NAMES["en"][field])
    if KINDS.get(field) == "choice":
        page.locator("#options").fill("\n".join(f"{zh} / {en}" for zh, en in CITIES))
    page.locator("#save-field").click()
    expect(page.locator("#toasts .toast")).to_be_visible()


# ── importing ───────────────────────────────────────────────────────────────────────────────────


def import_file(page: Page, lang: str, folder: Path) -> None:
    page.goto("/import?table=customers")
    page.locator("#file").set_input_files(write_file(folder, lang))
    page.locator("#upload-file").click()
    page.wait_for_url(re.compile(r"/import/\d+"))
    for place in range(5):
        expect(page.locator(f"#c{place}-field")).not_to_have_value("")
    assert page.locator("#key").input_value() == "number"
    page.locator("#check-rows").click()
    problems = page.locator("#problem-rows tbody tr")
    expect(problems).to_have_count(3)
    for row, (field, value) in BAD.items():
        # Line 1 of the file holds the names.
        shown = page.locator(f"#problem-{row + 1}")
        expect(shown).to_contain_text(NAMES[lang][field])
        expect(shown).to_contain_text(value)
        expect(shown.locator(".error-line")).not_to_be_empty()
    page.locator("#import-rows").click()
    expect(page.locator("#count-created .value")).to_have_text(f"{ROWS - len(BAD)}", timeout=30_000)
    expect(page.locator("#count-rejected .value")).to_have_text(f"{len(BAD)}")
    expect(page.locator("#count-rows .value")).to_have_text(f"{ROWS}")


# ── tiers ───────────────────────────────────────────────────────────────────────────────────────


def build_rules(page: Page, sizes: dict[str, int], *, keyboard: bool) -> None:
    page.goto("/tiers/new")
    page.locator("#label_zh").fill("价值分层")
    page.locator("#label_en").fill("Value tiers")
    page.locator("main form button.primary").click()
    page.wait_for_url(re.compile(r"/tiers/value_tiers"))
    condition(page, "n1", "spend", "at_least", "2000", keyboard=keyboard)
    press(page, "#n1-addg", keyboard=keyboard)
    group = new_group(page)
    page.locator(f"label:has(#{group}-all-any)").click()
    expect(page.locator(f"#{group}-all-any")).to_be_checked()
    first = condition(page, group, "city", "any_of", keyboard=keyboard)
    choose_cities(page, first)
    condition(page, group, "since", "on_or_after", "2025-06-01", keyboard=keyboard)
    expect(page.locator("#preview .big")).to_have_text(f"{sizes['gold']}")
    expect(page.locator("#said")).to_contain_text(f"{sizes['gold']}")
    page.locator("#strip .tier-card").nth(1).click()
    page.wait_for_load_state()
    condition(page, "n1", "spend", "at_least", "1000", keyboard=keyboard)
    expect(page.locator("#preview .big")).to_have_text(f"{sizes['silver']}")
    # The third tier of the starter has no rule and is not wanted here.
    page.locator("#strip .tier-card").nth(2).click()
    page.wait_for_load_state()
    page.locator("button[value^='tier:delete']").click()
    expect(page.locator("#strip a.tier-card")).to_have_count(3)


def press(page: Page, selector: str, *, keyboard: bool) -> None:
    button = page.locator(selector)
    if keyboard:
        button.focus()
        page.keyboard.press("Enter")
    else:
        button.click()


def condition(
    page: Page, group: str, field: str, operator: str, value: str = "", *, keyboard: bool
) -> str:
    """Add a condition to a group, by keyboard alone or by mouse; returns its id."""
    empty = page.locator(f"#node-{group} select[name$='.f']:has(option[value='']:checked)")
    if not empty.count():  # a new group begins with one
        press(page, f"#{group}-addc", keyboard=keyboard)
    expect(empty).to_have_count(1)
    node = str(empty.get_attribute("name")).partition(".")[0]
    choose(page, f"#{node}-f", field, keyboard=keyboard)
    expect(page.locator(f"#{node}-op")).to_be_visible()
    choose(page, f"#{node}-op", operator, keyboard=keyboard)
    if value:
        control = page.locator(f"#{node}-v")
        expect(control).to_be_visible()
        if keyboard and "-" not in value:
            control.focus()
            page.keyboard.type(value, delay=20)
        else:
            control.fill(value)
        count = page.locator(f"#node-{node} > .hits")
        expect(count).to_have_text(re.compile(r"\d"))
        expect(control).to_have_value(value)
    return node


def choose(page: Page, selector: str, value: str, *, keyboard: bool) -> None:
    control = page.locator(selector)
    if control.input_value() == value:
        return
    if not keyboard:
        control.select_option(value)
        return
    words = dict(control.evaluate("one => [...one.options].map(o => [o.value, o.text])"))
    assert value in words, f"{selector} offers {sorted(words)}"
    word = words[value]
    control.focus()
    page.keyboard.type(str(word)) if str(word).isascii() else control.select_option(value)
    expect(page.locator(selector)).to_have_value(value)


def new_group(page: Page) -> str:
    group = page.locator("#builder .group:not(.root)")
    expect(group).to_have_count(1)
    return str(group.get_attribute("id")).removeprefix("node-")


def choose_cities(page: Page, node: str) -> None:
    page.locator(f"#{node}-picker").click()
    for place in (1, 2):
        box = page.locator(f"#{node}-v-{place}")
        box.check()
        expect(box).to_be_checked()
    page.keyboard.press("Escape")
    expect(page.locator(f"#node-{node} > .hits")).to_have_text(re.compile(r"\d"))


def publish_tiers(page: Page, sizes: dict[str, int]) -> None:
    page.locator("a[href$='/publish']").click()
    assert page.locator(".callout.bad").all_inner_texts() == []
    page.locator("main form button.primary").click()
    page.wait_for_url(re.compile(r"/views/"))
    cards = page.locator(".tier-strip .tier-card")
    expect(cards).to_have_count(3)
    first = cards.first.locator(".value")
    # The recalculation is a job.
    reload_until(page, lambda: first.inner_text() == f"{sizes['gold']}")
    for place, name in enumerate(sizes):
        expect(cards.nth(place).locator(".value")).to_have_text(f"{sizes[name]}")


# ── exporting ───────────────────────────────────────────────────────────────────────────────────


def export(page: Page, lang: str, sizes: dict[str, int]) -> None:
    view = page.url
    page.locator(".tier-strip a.tier-card").first.click()
    expect(page.locator(".page-head .sub")).to_contain_text(f"{sizes['gold']}")
    filtered = page.url
    text = download(page, "csv").decode("utf-8")
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    gold = {
        one.number
        for row, one in enumerate(customers(), 1)
        if row not in BAD and tier_of(one) == "gold"
    }
    assert {int(row[NAMES[lang]["number"]]) for row in rows} == gold
    assert len(rows) == sizes["gold"]

    page.goto(filtered)
    assert len(read_sheet(download(page, "xlsx"))) == 1 + sizes["gold"]
    page.goto(view)
    whole = read_sheet(download(page, "xlsx"))
    column = whole[0].index("价值分层" if lang == "zh" else "Value tiers")
    found = [row[column] for row in whole[1:]]
    assert sorted(found.count(one) for one in set(found)) == sorted(sizes.values())


def read_sheet(content: bytes) -> list[tuple[object, ...]]:
    book = load_workbook(io.BytesIO(content), read_only=True)
    try:
        sheet = max(book.worksheets, key=lambda one: one.max_row or 0)
        return [tuple(row) for row in sheet.iter_rows(values_only=True)]
    finally:
        book.close()


def download(page: Page, kind: str) -> bytes:
    page.locator("button[popovertarget='export-menu']").click()
    page.locator(f"button[name=format][value={kind}]").click()
    page.wait_for_url(re.compile(r"/jobs/\d+"))
    link = page.locator("a[href$='/file']")
    expect(link).to_be_visible(timeout=30_000)
    with page.expect_download() as waiting:
        link.click()
    return Path(waiting.value.path()).read_bytes()
