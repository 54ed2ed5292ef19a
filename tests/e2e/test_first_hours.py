"""Three people's first hour, from an empty workspace to tiers that the boss opens, worked out again with pandas.

Every click and choice goes through a `Hand`, which counts them; whatever is typed the browser itself counts.
"""

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import LOCALES, OpenContext, Server, fill_welcome, reload_until
from tierloom.services import workspaces
from tierloom.services.access import accounts
from tierloom.services.demo.names import Lang
from tierloom.services.demo.practice import dealer_workbook, fuel_files, order_lines
from tierloom.services.platform import open_platform
from tierloom.services.settings import Settings

ZONES = {"zh": "Asia/Shanghai", "en": "America/New_York"}
CLICKS, TYPED = 15, 3
TYPING = """
addEventListener("change", (one) => {
  if (one.target.matches("textarea, input:not([type=file], [type=checkbox], [type=radio])")) noteTyped();
}, true);
"""
HEADS = {
    "zh": ("手机", "购车日期", "成交价"),
    "en": ("Phone", "Purchase date", "Price"),
}
RFM = (
    "key_value", "key_keep", "key_develop", "key_win_back",
    "plain_value", "plain_keep", "plain_develop", "plain_win_back",
)  # fmt: skip
Sizes = Mapping[str, int]

pytestmark = pytest.mark.timeout(240)
both_languages = pytest.mark.parametrize("lang", ["zh", "en"])


@dataclass
class Hand:
    """Somebody at a page: what they click or choose, and what they type."""

    page: Page
    today: date
    clicks: int = 0
    typed: int = 0
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on(
            "console", lambda one: self.errors.append(one.text) if one.type == "error" else None
        )
        self.page.on("pageerror", lambda one: self.errors.append(str(one)))
        self.page.expose_binding("noteTyped", lambda _: self._note_typed())
        self.page.add_init_script(TYPING)

    def _note_typed(self) -> None:
        self.typed += 1

    def click(self, selector: str, then: str = "") -> None:
        """Click, and wait for an address."""
        self.clicks += 1
        self.page.locator(selector).click()
        if then:
            self.page.wait_for_url(re.compile(then))

    def drop(self, *files: Path) -> None:
        """Choose the files of one dialog, as they lie there."""
        self.clicks += 1
        self.page.locator("#file").set_input_files(files)


@pytest.fixture
def begin(server: Server, open_context: OpenContext) -> Callable[[str, Lang], Hand]:
    """Return somebody at the first page of a workspace of their own, with nothing in it."""

    def make(who: str, lang: Lang) -> Hand:
        key = f"hour-{who}-{lang}"
        with open_platform(Settings(server.folder)) as platform:
            made, _ = workspaces.ensure(platform, key, key, LOCALES[lang][1], "UTC")
            secret = accounts.first_owner_link(platform, made.id)
        page = open_context(lang, timezone_id=ZONES[lang]).new_page()
        page.goto(f"/welcome/{secret}")
        fill_welcome(page, key)
        return Hand(page, datetime.now(ZoneInfo(ZONES[lang])).date())

    return make


# ── the way ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def bring_in(hand: Hand, *files: Path) -> None:
    """Let files become tables as proposed."""
    hand.drop(*files)
    hand.click("#upload-file", r"/start/\d+")
    hand.click("#create-tables", r"/data/\w+")


def draft(hand: Hand, template: str) -> Mapping[str, Decimal]:
    """Choose a template from the cards, and make its draft; returns the thresholds that it proposes."""
    hand.click(f"#template-{template}", f"/start/templates/{template}")
    found = {}
    for one in hand.page.locator("input[name^='number.']").all():
        name = str(one.get_attribute("name")).removeprefix("number.")
        found[name] = Decimal(one.input_value())
    hand.click("#create-draft", r"/tiers/\w+")
    expect(hand.page.locator("#checks")).to_be_visible()  # the rules were looked over too
    return found


def publish(hand: Hand, sizes: Sizes) -> None:
    """Publish the draft that is open; the tier view lists the tiers in these sizes."""
    expect_sizes(hand.page.locator("#strip a.tier-card"), sizes)
    hand.click("a[href$='/publish']", "/publish$")
    hand.click("main form button.primary", "/views/")
    cards = hand.page.locator(".tier-strip .tier-card")
    # The recalculation is a job.
    reload_until(hand.page, lambda: numbers(cards) == list(sizes.values()))
    expect_sizes(cards, sizes)
    first = next(one for one, size in sizes.items() if size)
    hand.page.goto(str(cards.nth(list(sizes).index(first)).get_attribute("href")))
    expect(hand.page.locator(".page-head .sub")).to_contain_text(f"{sizes[first]:,}")
    hand.page.go_back()


def numbers(cards: Locator) -> list[int]:
    return [int(re.sub(r"\D", "", one)) for one in cards.locator(".value").all_inner_texts()]


def expect_sizes(cards: Locator, sizes: Sizes) -> None:
    expect(cards.locator(".value")).to_have_text([f"{one:,}" for one in sizes.values()])


def sized(placed: "pd.Series[str]", tiers: tuple[str, ...]) -> Sizes:
    """Count who is in each tier; every record is in one of them."""
    assert set(placed) <= set(tiers)
    return {one: int((placed == one).sum()) for one in tiers}


def days_since(moments: "pd.Series[pd.Timestamp]", today: date) -> "pd.Series[int]":
    return (pd.Timestamp(today) - moments.dt.normalize()).dt.days


# ── a car dealer ────────────────────────────────────────────────────────────────────────────────────────────────────


def buyers(body: bytes, lang: str, today: date) -> pd.DataFrame:
    """Clean the workbook as somebody would by hand; one row for each phone number."""
    raw = pd.read_excel(
        io.BytesIO(body), header=2, dtype=str, keep_default_na=False, engine="openpyxl"
    )
    phone, bought, price = HEADS[lang]
    assert len(raw) == 1_840
    rows = pd.DataFrame(
        {
            "phone": raw[phone].str.replace(r"\D", "", regex=True).str[-11:],
            "day": raw[bought].map(_day),
            "paid": raw[price].map(_paid),
        }
    )
    found = rows.groupby("phone").agg(
        count=("day", "size"), last=("day", "max"), spend=("paid", "sum")
    )
    return found.assign(days=days_since(found["last"], today))


def _day(text: str) -> pd.Timestamp:
    year, month, day = (int(one) for one in re.findall(r"\d+", text))
    return pd.Timestamp(year + 2000 if year < 100 else year, month, day)


def _paid(text: str) -> Decimal:
    number = Decimal(re.sub(r"[^\d.]", "", text))
    return number * 10_000 if "万" in text else number


@both_languages
def test_car_dealer(
    lang: Lang, begin: Callable[[str, Lang], Hand], open_context: OpenContext, tmp_path: Path
) -> None:
    hand = begin("dealer", lang)
    page = hand.page
    body = dealer_workbook(lang, hand.today)
    (tmp_path / "sales.xlsx").write_bytes(body)
    found = buyers(body, lang, hand.today)

    hand.click("#settle-confirm")
    expect(page.locator("#settle")).to_have_count(0)
    bring_in(hand, tmp_path / "sales.xlsx")
    expect(page.locator(".page-head .sub")).to_contain_text("1,206")
    expect(page.locator("#toasts")).to_contain_text("1,840")
    hand.click("#next-step-go", "/start/templates$")
    asked = draft(hand, "car_dealer")

    known = found["days"] <= int(asked["risk_days"])
    tiers = pd.Series("potential", index=found.index)
    tiers[(found["count"] >= 1) & ~known] = "at_risk"
    tiers[(found["count"] >= int(asked["loyal_count"])) & known] = "loyal"
    sizes = sized(tiers, ("loyal", "at_risk", "potential"))
    assert min(sizes.values()) > 0
    publish(hand, sizes)

    hand.click("#next-step-go", "/share$")
    page.locator("#note").fill("老板" if lang == "zh" else "The boss")
    hand.click("#make-link")
    link = page.locator("#new-link").input_value()
    assert hand.clicks <= CLICKS
    assert 1 <= hand.typed <= TYPED

    boss = Hand(open_context(lang).new_page(), hand.today)
    boss.page.goto(link)
    expect_sizes(boss.page.locator(".tier-strip .tier-card"), sizes)
    expect(boss.page.locator(".page-head .sub")).to_contain_text("1,206")
    expect(boss.page.locator("tbody tr")).not_to_have_count(0)
    page.goto("/data/customers?sort=-total_spend")
    expect(page.locator("tbody tr").first).to_contain_text(f"{found['spend'].max():,.0f}")
    assert (hand.errors, boss.errors) == ([], [])


# ── a fuel chain ────────────────────────────────────────────────────────────────────────────────────────────────────


def fuel_cards(files: Mapping[str, bytes], today: date) -> tuple[pd.DataFrame, dict[str, int]]:
    """Put the months together; one row for each card, and the numbers of records of each table."""
    rows = pd.concat(
        pd.read_csv(io.BytesIO(one), encoding="gb18030", dtype=str) for one in files.values()
    )
    rows["when"] = pd.to_datetime(rows["加油时间"], format="%Y/%m/%d %H:%M")
    rows["paid"] = rows["金额(元)"].map(Decimal)
    rows["litres"] = rows["升数"].astype(float)
    days = rows.assign(day=rows["when"].dt.normalize()).sort_values("when", kind="stable")
    last_gap = days.groupby("卡号")["day"].agg(lambda one: one.diff().dt.days.iloc[-1])
    found = rows.groupby("卡号").agg(
        count=("when", "size"),
        last=("when", "max"),
        spend=("paid", "sum"),
        litres=("litres", "mean"),
        fuel=("油品", lambda one: one.mode().iloc[0]),
    )
    found = found.assign(days=days_since(found["last"], today), gap=last_gap)
    return found, {
        "companies": rows["公司名称"].nunique(),
        "cards": len(found),
        "transactions": len(rows),
    }


def by_value(found: pd.DataFrame, asked: Mapping[str, Decimal]) -> "pd.Series[str]":
    tiers = pd.Series("everyone_else", index=found.index)
    for one in ("silver", "gold", "diamond"):
        tiers[found["spend"] >= asked[one]] = one
    return tiers


def by_lifecycle(found: pd.DataFrame, asked: Mapping[str, Decimal]) -> "pd.Series[str]":
    active, lost = int(asked["active_days"]), int(asked["lost_days"])
    tiers = pd.Series("lost", index=found.index)
    tiers[found["days"] <= lost] = "asleep"
    tiers[found["days"] <= active] = "active"
    tiers[(found["gap"] > lost) & (found["days"] <= active)] = "returning"
    tiers[(found["count"] == 1) & (found["days"] <= active)] = "new"
    return tiers


def by_driver(found: pd.DataFrame, asked: Mapping[str, Decimal]) -> "pd.Series[str]":
    often = found["count"] >= int(asked["business_count"])
    tiers = pd.Series("private", index=found.index)
    tiers[often] = "business"
    tiers[found["fuel"].str.contains("乙醇")] = "eco"
    heavy = found["litres"] >= float(asked["heavy_litres"])
    tiers[heavy | (found["fuel"].str.contains("柴油") & often)] = "heavy"
    return tiers


VALUE = ("diamond", "gold", "silver", "everyone_else")
LIFECYCLE = ("prospect", "new", "returning", "active", "asleep", "lost")
DRIVERS = ("heavy", "eco", "business", "private")


@both_languages
def test_fuel_chain(lang: Lang, begin: Callable[[str, Lang], Hand], tmp_path: Path) -> None:
    hand = begin("fuel", lang)
    page = hand.page
    files = fuel_files(hand.today)
    for name, body in files.items():
        (tmp_path / name).write_bytes(body)
    found, records = fuel_cards(files, hand.today)

    # In whichever order: the newest month first, or the oldest.
    bring_in(hand, *sorted(tmp_path.glob("*.csv"), reverse=lang == "zh"))
    for size in records.values():
        expect(page.locator("#toasts")).to_contain_text(f"{size:,}")
    hand.click("#next-step-go", "/start/templates$")
    value = by_value(found, draft(hand, "value_tiers"))
    publish(hand, sized(value, VALUE))
    to_templates(hand)
    lifecycle = by_lifecycle(found, draft(hand, "lifecycle_churn"))
    publish(hand, sized(lifecycle, LIFECYCLE))
    to_templates(hand)
    drivers = sized(by_driver(found, draft(hand, "fuel_drivers")), DRIVERS)
    assert min(drivers.values()) > 0
    publish(hand, drivers)

    page.goto("/")
    crossed = pd.crosstab(value, lifecycle).reindex(index=VALUE, columns=LIFECYCLE, fill_value=0)
    cells = page.locator("table.heat.tiers tbody td a")
    shown = [int(one.split()[0].replace(",", "")) for one in cells.all_inner_texts()]
    assert shown == crossed.to_numpy().ravel().tolist()
    most = int(crossed.to_numpy().argmax())
    hand.page.goto(str(cells.nth(most).get_attribute("href")))
    expect(page.locator(".page-head .sub")).to_contain_text(f"{shown[most]:,}")
    assert (hand.errors, hand.typed) == ([], 0)


def to_templates(hand: Hand) -> None:
    hand.click("a.place[href='/tiers/']", "/tiers/$")
    hand.click("#from-template", "/start/templates$")


# ── an online shop ──────────────────────────────────────────────────────────────────────────────────────────────────


def shoppers(body: bytes, today: date) -> pd.DataFrame:
    """Add the lines up by order, and the orders by customer."""
    lines = pd.read_csv(io.BytesIO(body), dtype=str)
    lines["when"] = pd.to_datetime(lines["Order Date"])
    lines["paid"] = lines["Qty"].map(Decimal) * lines["Unit Price"].map(Decimal)
    orders = lines.groupby("Order ID").agg(
        who=("Customer ID", "first"), when=("when", "first"), paid=("paid", "sum")
    )
    found = orders.groupby("who").agg(
        count=("when", "size"), last=("when", "max"), spend=("paid", "sum")
    )
    return found.assign(days=days_since(found["last"], today))


def by_rfm(found: pd.DataFrame, asked: Mapping[str, Decimal]) -> "pd.Series[str]":
    near = found["days"] <= int(asked["recent_days"])
    often = found["count"] >= int(asked["often"])
    much = found["spend"] >= asked["much"]
    kinds = (
        "win_back",
        "develop",
        "keep",
        "value",
    )  # by often and near: neither, near, often, both
    place = near.astype(int) + 2 * often.astype(int)
    return much.map({True: "key_", False: "plain_"}) + place.map(dict(enumerate(kinds)))


@both_languages
def test_online_shop(lang: Lang, begin: Callable[[str, Lang], Hand], tmp_path: Path) -> None:
    hand = begin("shop", lang)
    body = order_lines(hand.today)
    (tmp_path / "order-lines.csv").write_bytes(body)
    found = shoppers(body, hand.today)

    bring_in(hand, tmp_path / "order-lines.csv")
    expect(hand.page.locator(".page-head .sub")).to_contain_text(f"{len(found):,}")
    hand.click("#next-step-go", "/start/templates$")
    sizes = sized(by_rfm(found, draft(hand, "rfm_eight")), RFM)
    assert min(sizes.values()) > 0
    publish(hand, {**sizes, "none": 0})
    # Nobody confirmed anything: the currency is that of the browser's time zone.
    expect(hand.page.locator("tbody")).to_contain_text("¥" if lang == "zh" else "$")
    assert hand.errors == []
    assert hand.clicks <= CLICKS
    assert hand.typed == 0
