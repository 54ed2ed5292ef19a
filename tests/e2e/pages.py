"""Every page of the product with sample parameters over the sample shop, found through its routes."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page
from werkzeug.routing import Rule

from tierloom.web import WebSettings, create_app
from tierloom.web.handbook.chapters import CHAPTERS

NOT_PAGES = {"static", "shell.health", "regions.suggest"}
"""Answers that are no pages."""
GUESTS = ("/sign-in", "/welcome/", "/invite/", "/s/")
"""Where strangers are answered."""
FILES = re.compile(r"\.(csv|json|xlsx|html|svg)$|/file$|/download$|/practice$")
BEFORE = (datetime.now(UTC).replace(day=1) - timedelta(days=40)).date().isoformat()
"""A day of the past."""
QUERIES = {
    "/data/customers": ["tier=value.gold", "tier=value.gold,lifecycle.active", "q=王"],
    "/tiers/value/almost": ["tier=gold"],
    "/tiers/value/moved": ["kind=any&origin=silver", f"from={BEFORE}&kind=incomplete&origin=gold"],
    "/tiers/value/over-time": ["by=day"],
    "/": [f"as_of={BEFORE}"],
    "/views/value": [f"as_of={BEFORE}"],
    "/tiers/value/thresholds": ["at.gold=4200&moved=gold"],
    "/data/customers/fields": ["field=city", "field=name"],
    "/jobs/": ["kind=run&state=done", "kind=sample&state=failed"],
    "/import": ["table=customers"],
    "/patterns": ["opened=dialog"],
}
"""Further states of some pages."""
ADDRESSES = {
    "/welcome/<secret>": ["/welcome/no-such-link"],
    "/invite/<secret>": ["/invite/no-such-link"],
    "/s/<token>": ["/s/no-such-link"],
    "/samples/<name>": ["/samples/shop"],
    "/start/templates/<name>": [
        "/start/templates/value_tiers",
        "/start/templates/rfm_eight",
        "/start/templates/loyalty_points",
        "/start/templates/product_interest",
    ],
}


@dataclass(frozen=True)
class Samples:
    """What stands for each parameter of a route, by its name; several kinds of things share some names."""

    job: int
    imported: int
    started: int
    record: int
    form: str
    model: str
    segment: str
    view: str
    labels: str
    score: str
    schedule: int

    def addresses(self, rule: Rule) -> list[str]:
        """Return the addresses to look at for a route; a route that nobody thought of has none."""
        route = re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", r"<\1>", rule.rule)
        if route in ADDRESSES:
            return ADDRESSES[route]
        known = {
            "table_key": ["customers"],
            "record_id": [str(self.record)],
            "model_key": ["value"],
            "job_id": [str(self.job)],
            "number": [str(self._number_at(route))],
            "place": ["tiers", "segments", "labels", "scores"],
            "chapter": [one.key for one in CHAPTERS],
        }
        things = {"/views/": self.view, "/tiers/": self.model}
        keys = [next((one for place, one in things.items() if route.startswith(place)), self.form)]
        if route.startswith("/<place>/<key>"):
            rest = route.removeprefix("/<place>/<key>")
            places = {
                "tiers": self.model,
                "segments": self.segment,
                "labels": self.labels,
                "scores": self.score,
            }
            # A route of some places only says which.
            return [f"/{place}/{key}{rest}" for place, key in places.items() if place in rule.rule]
        found = [route]
        for name in re.findall(r"<([^<>]+)>", route):
            values = keys if name == "key" else known.get(name, [])
            found = [one.replace(f"<{name}>", value) for one in found for value in values]
        return found

    def _number_at(self, route: str) -> int:
        numbers = {"/start/": self.started, "/jobs/": self.schedule}
        return next(
            (one for place, one in numbers.items() if route.startswith(place)), self.imported
        )


def routes() -> list[Rule]:
    """Return the routes that a browser may open."""
    app: Flask = create_app(WebSettings(secret_key="only for its routes"))
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint not in NOT_PAGES
        and not FILES.search(rule.rule)
    ]


def all_pages(samples: Samples) -> dict[str, list[str]]:
    """Return the addresses of every page by its route."""
    found = {}
    for rule in routes():
        addresses = samples.addresses(rule)
        more = [f"{one}?{query}" for one in addresses for query in QUERIES.get(one, [])]
        found[rule.rule] = [*addresses, *more]
    return found


def prepare(page: Page, folder: Path) -> Samples:
    """Leave an import at its check, with problem rows, and a finished export, and tell their numbers."""
    file = folder / "sample.csv"
    rows = [
        "客户编号,姓名,入会日期",
        "S-1,样例一,2026-02-31",
        "S-2,样例二,2026-03-01",
        "S-3,样例三",
    ]
    file.write_text("\n".join(rows), "utf-8")
    page.goto("/import?table=customers")
    page.locator("#file").set_input_files(file)
    page.locator("#upload-file").click()
    page.wait_for_url(re.compile(r"/import/\d+"))
    number = _number(page.url)
    page.locator("#check-rows").click()
    page.locator("#problem-rows").wait_for()
    started = _start(page, folder)
    page.goto("/data/customers")
    record = _last_part(page, "tbody a[href^='/data/customers/']")
    page.locator("button[popovertarget='export-menu']").click()
    page.locator("button[name=format][value=csv]").click()
    page.locator("a[href$='/file']").wait_for()
    job = _number(page.url)
    page.goto("/data/customers/forms")
    form = page.url.rsplit("/", 1)[1]
    found = {}
    for place in ("tiers", "segments", "views"):
        page.goto(f"/{place}/")
        found[place] = _last_part(
            page, f"main a[href^='/{place}/']:not([href='/{place}/'], [href$='/new'])"
        )
    return Samples(
        job,
        number,
        started,
        int(record),
        form,
        found["tiers"],
        found["segments"],
        found["views"],
        _designed(page, "labels"),
        _designed(page, "scores"),
        _schedule(page),
    )


def _schedule(page: Page) -> int:
    """Add a schedule, and return its number."""
    page.goto("/jobs/schedules/new")
    page.locator("#save-schedule").click()
    page.wait_for_url(re.compile(r"/jobs/(#.*)?$"))
    return int(_last_part(page, "#schedules .row-link"))


def _designed(page: Page, place: str) -> str:
    """Begin a label set or a score, and return its key."""
    page.goto(f"/{place}/new")
    page.locator("#label_zh").fill({"labels": "示例标签", "scores": "示例评分"}[place])
    page.locator("#label_en").fill(f"Sample {place}")
    page.locator("main form button.primary").click()
    page.locator("#builder").wait_for()
    return page.url.rsplit("/", 1)[1]


def _start(page: Page, folder: Path) -> int:
    """Let the product look into a file of unknown content; returns the number of what it proposes."""
    file = folder / "members.csv"
    rows = [f"M{n:03d},会员{n},{n * 37 % 900}.50,2026-0{n % 9 + 1}-15" for n in range(1, 40)]
    file.write_text("\n".join(["会员号,会员名,消费金额,加入日期", *rows]), "utf-8")
    page.goto("/start")
    page.locator("main input[type=file]").first.set_input_files(file)
    page.locator("main form:has(input[type=file]) button.primary").first.click()
    page.wait_for_url(re.compile(r"/start/\d+"))
    return _number(page.url)


def _last_part(page: Page, links: str) -> str:
    return str(page.locator(links).first.get_attribute("href")).rsplit("/", 1)[1]


def _number(address: str) -> int:
    return int(re.findall(r"\d+", address.partition("?")[0])[-1])
