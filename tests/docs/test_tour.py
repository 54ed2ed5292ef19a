"""The ten-minute tour of the READMEs: every number in it is what the samples show.

A number is followed by a comment with its name, which readers do not see; numbers without one are not allowed.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from shutil import copyfile

import pytest

from tierloom.domain.people import Actor
from tierloom.services import grid, workspaces
from tierloom.services.access import accounts
from tierloom.services.crossing import crossings
from tierloom.services.demo import load
from tierloom.services.demo.names import Lang
from tierloom.services.demo.practice import practice_file
from tierloom.services.demo.trades import TradeKey
from tierloom.services.grid import Query
from tierloom.services.imports import creating, proposals
from tierloom.services.imports.proposing.choices import Choices
from tierloom.services.overview import ModelFigures, overview
from tierloom.services.platform import Platform, open_platform
from tierloom.services.settings import Settings
from tierloom.services.shown import RecordView
from tierloom.services.thresholds import trial
from tierloom.services.workbench import Workbench, reading

ROOT = Path(__file__).resolve().parents[2]
READMES: dict[Lang, tuple[str, str]] = {
    "en": ("README.md", "## Ten minutes with the samples"),
    "zh": ("README.zh-CN.md", "## 十分钟看懂示例"),
}
MARKED = re.compile(r"([\d,]+)<!-- ([\w.]+) -->")
UNMARKED = re.compile(r"\b12 months|12 个月|18\.6万|--lang \w+|^\d\. ", re.MULTILINE)


def tour(lang: Lang) -> str:
    file, heading = READMES[lang]
    text = (ROOT / file).read_text("utf-8")
    return text.partition(heading)[2].partition("\n## ")[0]


def told(lang: Lang) -> dict[str, int]:
    return {name: int(number.replace(",", "")) for number, name in MARKED.findall(tour(lang))}


@pytest.mark.parametrize("lang", READMES)
def test_every_number_has_a_name(lang: Lang) -> None:
    rest = UNMARKED.sub("", MARKED.sub("", tour(lang)))
    assert len(tour(lang)) > 500
    assert re.findall(r"[^\n]*\d[^\n]*", rest) == []


def test_both_tours_tell_the_same() -> None:
    """An amount is told in dollars in one and in yuan in the other."""
    found = {lang: told(lang) for lang in READMES}
    amounts = {lang: one.pop("shop.gold_amount") for lang, one in found.items()}
    assert found["en"] == found["zh"]
    assert amounts == {"en": 800, "zh": 4_000}


@pytest.fixture(scope="module")
def installation(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("tour")
    copyfile(migrated_file, folder / "tierloom.sqlite3")
    with open_platform(Settings(folder), migrate=False) as platform:
        yield platform


@contextmanager
def sample(installation: Platform, lang: Lang, trade: TradeKey) -> Iterator[Workbench]:
    """Open a sample, loaded when it is first asked for."""
    actor = load(installation, f"{trade}-{lang}", lang, trade=trade)
    with reading(installation, actor) as bench:
        yield bench


def model(bench: Workbench, key: str) -> ModelFigures:
    return next(one for one in overview(bench).models if one.model.key == key)


def records(bench: Workbench, query: Query) -> list[RecordView]:
    return [one for chunk in grid.chunks(bench, query) for one in chunk]


@pytest.mark.parametrize("lang", READMES)
def test_the_shop(lang: Lang, installation: Platform) -> None:
    said = told(lang)
    with sample(installation, lang, "shop") as bench:
        assert grid.listing(bench, Query("customers")).total == said["shop.customers"]
        assert grid.listing(bench, Query("orders")).total == said["shop.orders"]
        value = model(bench, "value")
        assert value.best is not None
        _, customers, spend = value.best
        assert round(100 * customers) == said["shop.best_customers"]
        assert round(100 * spend) == said["shop.best_spend"]
        assert value.sizes["diamond"] == said["shop.diamond"]
        assert value.sizes["gold"] == said["shop.gold"]
        tried = trial(bench, value.model, {"gold": str(said["shop.gold_amount"])})
        assert tried is not None
        assert tried.sizes["gold"] == said["shop.gold_then"]
        crossed = next(one for one in crossings(bench) if one.across.key == "lifecycle")
        assert crossed.counts["silver", "at_risk"] == said["shop.silver_at_risk"]
        sizes = {one.key: size for one, size in overview(bench).segments}
        assert sizes["sleeping_value"] == said["shop.asleep"]


@pytest.mark.parametrize("lang", READMES)
def test_the_silent_customer(lang: Lang, installation: Platform) -> None:
    """Whoever has spent most of the diamond customers, found by looking at each."""
    with sample(installation, lang, "shop") as bench:
        found = records(bench, Query("customers", tiers=(("value", "diamond"),)))
    assert len(found) == told(lang)["shop.diamond"]
    best = max(found, key=lambda one: float(str(one.values["spend_12m"])))
    assert best.values["days_since_order"] == told(lang)["shop.silent_days"]


@pytest.mark.slow
def test_the_fuel_chain(installation: Platform) -> None:
    """Its sizes are the same in every language."""
    said = told("en")
    with sample(installation, "en", "fuel") as bench:
        assert grid.listing(bench, Query("customers")).total == said["fuel.customers"]
        assert grid.listing(bench, Query("transactions")).total == said["fuel.transactions"]
        driver = model(bench, "driver")
        assert driver.sizes["heavy"] == said["fuel.heavy"]
        assert round(100 * driver.shares["heavy"]) == said["fuel.heavy_spend"]
        saved = bench.published.view("no_city")
        without = grid.listing(bench, Query(saved.record_type, saved.filter)).total
    assert without == said["fuel.without_city"]


@pytest.mark.parametrize("lang", READMES)
def test_the_file_to_practise_with(lang: Lang, installation: Platform) -> None:
    """Looked into as a new workspace would."""
    place, _ = workspaces.ensure(installation, f"practice-{lang}", "Practice")
    owner: Actor = accounts.actor_named(installation, place.key, None)
    with reading(installation, owner) as bench:
        today = bench.context.today
    file = practice_file("dealer", lang, today)
    number = creating.receive(installation, owner, [(BytesIO(file.body), file.name)])
    with reading(installation, owner) as bench:
        found = proposals.proposal(bench, proposals.files(bench, number), Choices())
    made = sorted(one.records for one in found.tables)
    assert made == [told(lang)["practice.customers"], told(lang)["practice.rows"]]
    assert found.rows == told(lang)["practice.rows"]
