"""Every route × every role and strangers, by a table written by hand. A route that the table does not have fails."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from secrets import token_urlsafe

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.unit.services.shop import KeptShop, Shop
from tierloom.domain.people import Role
from tierloom.services.access import accounts
from tierloom.services.exports import requests
from tierloom.services.grid import Query
from tierloom.services.imports import batches
from tierloom.services.jobs import schedules
from tierloom.web import WebSettings, create_app
from tierloom.web.session import COOKIE

OWNER, DESIGNER, DATA_ADMIN, ANALYST, VIEWER = Role
ALL = frozenset(Role)
WRITERS = frozenset({OWNER, DATA_ADMIN})
DRAFTERS = frozenset({OWNER, DESIGNER, ANALYST})
DESIGNERS = frozenset({OWNER, DESIGNER})
SAVERS = ALL - {VIEWER}
ONLY_OWNER = frozenset({OWNER})


@dataclass(frozen=True)
class Page:
    """An address of a route, who may use it, and what they get. `undo` is posted by the owner afterwards."""

    address: str
    allowed: frozenset[Role]
    status: int = 200
    form: Mapping[str, str] = field(default_factory=dict)
    undo: str = ""


PAGES: dict[str, Page] = {
    "GET /": Page("/", ALL),
    "GET /tiers/<key>/thresholds": Page("/tiers/value/thresholds?at.gold=900", ALL),
    "GET /<any(tiers, segments, labels):place>/<key>/json": Page("/tiers/value/json?tier=gold", ALL),
    "POST /<any(tiers, segments, labels):place>/<key>/json": Page(
        "/tiers/value/json", DRAFTERS, 422, {"tier": "gold", "rule": "no json"}
    ),
    "GET /<any(tiers, segments, labels, scores):place>/<key>/check": Page("/tiers/value/check?tier=gold", ALL),
    "GET /tiers/<key>/almost": Page("/tiers/value/almost?tier=gold", ALL),
    "POST /tiers/<key>/thresholds": Page(
        "/tiers/value/thresholds", DRAFTERS, 303, {"op": "draft", "at.gold": "1000"}
    ),
    "GET /tiers/<key>/over-time": Page("/tiers/value/over-time?by=day", ALL),
    "GET /tiers/<key>/moved": Page("/tiers/value/moved?kind=any", ALL),
    "POST /tiers/<key>/moved": Page("/tiers/value/moved", WRITERS, 303, {"format": "csv"}),
    "GET /data/": Page("/data/", ALL),
    "GET /data/<table_key>": Page("/data/customers", ALL),
    "GET /data/<table_key>/<int:record_id>": Page("/data/customers/{record}", ALL),
    "POST /data/<table_key>/<int:record_id>/delete": Page(
        "/data/customers/{record}/delete", WRITERS, 303, undo="/data/customers/{record}/restore"
    ),
    "POST /data/<table_key>/<int:record_id>/restore": Page(
        "/data/customers/{record}/restore", WRITERS, 303
    ),
    "GET /data/<table_key>/<int:record_id>/edit": Page("/data/customers/{record}/edit", WRITERS),
    "POST /data/<table_key>/<int:record_id>/edit": Page(
        "/data/customers/{record}/edit", WRITERS, 409, {"shown": "points", "points": "3", "version": "99"}
    ),
    "GET /data/<table_key>/<int:record_id>/history": Page(
        "/data/customers/{record}/history?kind=given", ALL
    ),
    "GET /data/<table_key>/<int:record_id>/tiers/<model_key>": Page(
        "/data/customers/{record}/tiers/value", WRITERS
    ),
    "POST /data/<table_key>/<int:record_id>/tiers/<model_key>": Page(
        "/data/customers/{record}/tiers/value", WRITERS, 422, {"tier": "gold"}
    ),
    "POST /data/<table_key>/<int:record_id>/given/<int:number>/end": Page(
        "/data/customers/{record}/given/0/end", WRITERS, 404
    ),
    "POST /data/<table_key>/<int:record_id>/given/<int:number>/again": Page(
        "/data/customers/{record}/given/0/again", WRITERS, 404
    ),
    "GET /data/<table_key>/new": Page("/data/customers/new", WRITERS),
    "POST /data/<table_key>/new": Page("/data/customers/new", WRITERS, 422),
    "GET /data/<table_key>/fields": Page("/data/customers/fields", DESIGNERS),
    "POST /data/<table_key>/fields": Page(
        "/data/customers/fields", DESIGNERS, 409, {"op": "delete:points", "version": "1"}
    ),
    "GET /data/<table_key>/forms": Page("/data/customers/forms", ALL, 303),
    "GET /data/<table_key>/forms/<key>": Page("/data/customers/forms/plain", DESIGNERS),
    "POST /data/<table_key>/forms/<key>": Page(
        "/data/customers/forms/plain", DESIGNERS, 409, {"op": "publish", "version": "99"}
    ),
    "GET /regions": Page("/regions?of=home&home=广东", ALL),
    "GET /data/new-table": Page("/data/new-table", DESIGNERS),
    "POST /data/new-table": Page("/data/new-table", DESIGNERS, 422),
    "GET /<any(tiers, segments, labels, scores):place>/": Page("/tiers/", ALL),
    "GET /<any(tiers, segments, labels, scores):place>/new": Page("/tiers/new", DRAFTERS),
    "POST /<any(tiers, segments, labels, scores):place>/new": Page("/tiers/new", DRAFTERS, 422),
    "GET /<any(tiers, segments, labels, scores):place>/<key>": Page("/tiers/value", ALL),
    "POST /<any(tiers, segments, labels, scores):place>/<key>": Page("/tiers/value", DRAFTERS, 303, {"version": "99"}),
    "POST /<any(tiers, segments, labels, scores):place>/<key>/settings": Page(
        "/tiers/value/settings", DRAFTERS, 303, {"version": "99", "label_en": "V"}
    ),
    "POST /tiers/<key>/stay": Page("/tiers/value/stay", DRAFTERS, 303, {"version": "99", "kind": "off"}),
    "GET /<any(tiers, segments, labels, scores):place>/<key>/publish": Page("/tiers/value/publish", DESIGNERS),
    "POST /<any(tiers, segments, labels, scores):place>/<key>/publish": Page(
        "/tiers/value/publish", DESIGNERS, 303, {"version": "99"}
    ),
    "POST /<any(tiers, segments, labels, scores):place>/<key>/delete": Page(
        "/tiers/value/delete", DESIGNERS, 303, undo="/tiers/value/restore"
    ),
    "POST /<any(tiers, segments, labels, scores):place>/<key>/restore": Page("/tiers/value/restore", DESIGNERS, 404),
    "GET /views/": Page("/views/", ALL),
    "GET /views/<key>": Page("/views/tiers", ALL),
    "POST /views/save": Page("/views/save", SAVERS, 303, {"table": "customers", "name": "Mine"}),
    "POST /views/<key>/delete": Page(
        "/views/tiers/delete", DESIGNERS, 303, undo="/views/tiers/restore"
    ),
    "POST /views/<key>/restore": Page("/views/tiers/restore", SAVERS, 404),
    "POST /views/export": Page("/views/export", WRITERS, 303, {"table": "customers", "format": "csv"}),
    "GET /import": Page("/import", WRITERS),
    "POST /import": Page("/import", WRITERS, 422),
    "GET /import/<int:number>": Page("/import/{batch}", WRITERS),
    "POST /import/<int:number>/match": Page("/import/{batch}/match", WRITERS, 422, {"table": "customers"}),
    "GET /import/<int:number>/problems.csv": Page("/import/{batch}/problems.csv", WRITERS, 422),
    "POST /import/<int:number>/publish": Page("/import/{batch}/publish", WRITERS, 422),
    "POST /import/<int:number>/undo": Page("/import/{batch}/undo", WRITERS, 422),
    "GET /start": Page("/start", ONLY_OWNER),
    "POST /start": Page("/start", ONLY_OWNER, 422),
    "GET /start/<int:number>": Page("/start/0", ONLY_OWNER, 404),
    "POST /start/<int:number>": Page("/start/0", ONLY_OWNER, 404),
    "POST /start/<int:number>/look": Page("/start/0/look", ONLY_OWNER, 404),
    "POST /start/<int:number>/again": Page("/start/0/again", ONLY_OWNER, 404),
    "POST /start/<int:number>/undo": Page("/start/0/undo", ONLY_OWNER, 404),
    "GET /help/": Page("/help/", ALL, 303),
    "GET /help/<chapter>": Page("/help/tiers", ALL),
    "GET /start/templates": Page("/start/templates", DRAFTERS),
    "GET /start/templates/<name>": Page("/start/templates/value_tiers?table=customers", DRAFTERS),
    "POST /start/templates/<name>/look": Page(
        "/start/templates/value_tiers/look", DRAFTERS, 200, {"table": "customers"}
    ),
    "POST /start/templates/<name>": Page(
        "/start/templates/value_tiers", DRAFTERS, 422, {"table": "customers", "number.gold": "x"}
    ),
    "POST /start/templates/<name>/tables": Page(
        "/start/templates/value_tiers/tables", DESIGNERS, 404
    ),
    "GET /jobs/": Page("/jobs/", ALL),
    "GET /jobs/<int:job_id>": Page("/jobs/{job}", ONLY_OWNER),
    "GET /jobs/<int:job_id>/file": Page("/jobs/{job}/file", ONLY_OWNER, 404),
    "POST /jobs/<int:job_id>/again": Page("/jobs/{job}/again", ONLY_OWNER, 409),
    "POST /jobs/<int:job_id>/cancel": Page("/jobs/{job}/cancel", ONLY_OWNER, 303),
    "GET /jobs/schedules/new": Page("/jobs/schedules/new", ONLY_OWNER),
    "POST /jobs/schedules": Page("/jobs/schedules", ONLY_OWNER, 303, {"kind": "check", "zone": "UTC"}),
    "GET /jobs/schedules/<int:number>": Page("/jobs/schedules/{schedule}", ONLY_OWNER),
    "POST /jobs/schedules/<int:number>": Page("/jobs/schedules/{schedule}", ONLY_OWNER, 422),
    "POST /jobs/schedules/<int:number>/pause": Page("/jobs/schedules/{schedule}/pause", ONLY_OWNER, 409),
    "POST /jobs/schedules/<int:number>/resume": Page("/jobs/schedules/{schedule}/resume", ONLY_OWNER, 409),
    "POST /jobs/schedules/<int:number>/delete": Page("/jobs/schedules/{schedule}/delete", ONLY_OWNER, 409),
    "POST /jobs/schedules/<int:number>/restore": Page("/jobs/schedules/{schedule}/restore", ONLY_OWNER, 303),
    "GET /data/<table_key>/schema": Page("/data/customers/schema", DESIGNERS),
    "POST /data/<table_key>/schema": Page("/data/customers/schema", DESIGNERS, 422),
    "GET /data/<table_key>/filter": Page("/data/customers/filter", ALL),
    "POST /data/<table_key>/filter": Page("/data/customers/filter", ALL, 422),
    "POST /views/<key>/update": Page("/views/tiers/update", SAVERS, 303),
    "POST /views/<key>/rename": Page("/views/tiers/rename", SAVERS, 303, {"label_en": "Tiers"}),
    "POST /import/<int:number>/correct": Page("/import/{batch}/correct", WRITERS, 422, {"fix.1.0": "5"}),
    "GET /settings": Page("/settings", ONLY_OWNER),
    "POST /settings": Page("/settings", ONLY_OWNER, 422),
    "POST /settings/confirm": Page("/settings/confirm", ONLY_OWNER, 422),
    "POST /settings/skip": Page("/settings/skip", ONLY_OWNER, 303),
    "POST /checklist/close": Page("/checklist/close", ONLY_OWNER, 303),
    "POST /checklist/open": Page("/checklist/open", ONLY_OWNER, 303),
    "GET /settings/people": Page("/settings/people", ONLY_OWNER),
    "POST /settings/people/invite": Page("/settings/people/invite", ONLY_OWNER, 200, {"role": "viewer"}),
    "POST /settings/people/<int:account>/role": Page("/settings/people/0/role", ONLY_OWNER, 404, {"role": "viewer"}),
    "POST /settings/people/<int:account>/disable": Page("/settings/people/0/disable", ONLY_OWNER, 404),
    "POST /settings/people/<int:account>/enable": Page("/settings/people/0/enable", ONLY_OWNER, 404),
    "POST /settings/people/invitations/<int:number>/cancel": Page(
        "/settings/people/invitations/0/cancel", ONLY_OWNER, 404
    ),
    "GET /account": Page("/account", ALL),
    "POST /account/password": Page("/account/password", ALL, 422, {"old": "x", "new": "y"}),
    "POST /account/sessions/<handle>/end": Page("/account/sessions/guess/end", ALL, 404),
    "POST /account/sessions/end-others": Page("/account/sessions/end-others", ALL, 303),
    "GET /views/<key>/share": Page("/views/tiers/share", ONLY_OWNER),
    "POST /views/<key>/share": Page("/views/tiers/share", ONLY_OWNER, 422),
    "POST /views/<key>/share/file": Page("/views/tiers/share/file", ONLY_OWNER, 422),
    "POST /workspace": Page("/workspace", ALL, 404, {"workspace": "0"}),
    "POST /samples/<name>": Page("/samples/no-such-sample", ONLY_OWNER, 404),
    "GET /samples/<name>": Page("/samples/shop", ONLY_OWNER, 303),
    "GET /samples/<name>/practice": Page("/samples/shop/practice", ALL),
    "POST /samples/remove": Page("/samples/remove", ONLY_OWNER, 403),
    "POST /shares/<int:number>/revoke": Page("/shares/0/revoke", ONLY_OWNER, 404),
}  # fmt: skip
PUBLIC: dict[str, Page] = {
    "GET /healthz": Page("/healthz", ALL),
    "GET /patterns": Page("/patterns", ALL),
    "POST /patterns/undo": Page("/patterns/undo", ALL, 303),
    "POST /preferences": Page("/preferences", ALL, 303, {"locale": "en"}),
    "GET /sign-in": Page("/sign-in", ALL),
    "POST /sign-in": Page("/sign-in", ALL, 422),
    "POST /sign-out": Page("/sign-out", ALL, 303),
    "GET /static/<path:filename>": Page("/static/no-such-file", ALL, 404),
    "GET /invite/<secret>": Page("/invite/guess", ALL, 410),
    "POST /invite/<secret>": Page("/invite/guess", ALL, 410, {"login": "eve", "password": "a long password"}),
    "GET /s/<token>": Page("/s/guess", ALL, 404),
    "POST /s/<token>": Page("/s/guess", ALL, 404, {"password": "x"}),
    "GET /welcome/<secret>": Page("/welcome/guess", ALL, 410),
    "POST /welcome/<secret>": Page(
        "/welcome/guess", ALL, 410, {"login": "eve", "password": "a long password"}
    ),
}  # fmt: skip
REFUSED = {403, 404}


@dataclass
class Site:
    """The shop's pages. Every request has a session of its own, and sends the token that its page gave."""

    shop: Shop
    app: Flask
    numbers: dict[str, int]

    def ask(self, name: str, page: Page, role: Role | None) -> TestResponse:
        return self.send(name.partition(" ")[0], page.address, page.form, role)

    def send(
        self,
        method: str,
        address: str,
        form: Mapping[str, str],
        role: Role | None,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        client = self.app.test_client()
        if role is not None:
            client.set_cookie(COOKIE, self._session(role))
        address = address.format(**self.numbers)
        if method == "GET":
            return client.get(address)
        return client.post(address, data=dict(form), headers=dict(headers or {}))

    def _session(self, role: Role) -> str:
        secret, now = token_urlsafe(32), self.shop.platform.now_ms()
        actor = self.shop.people[role]
        with self.shop.platform.database.writing() as uow:
            uow.accounts.open_session(
                accounts.hashed(secret), actor.account, actor.workspace, now, now + 10**7
            )
        return secret


def _site(shop: Shop) -> Site:
    app = create_app(WebSettings(secret_key="a key for tests alone"), shop.platform)
    job = requests.request(shop.platform, shop.owner, Query("customers"), "csv", "en")
    batch = batches.receive(shop.platform, shop.owner, BytesIO(b"number\n1\n"), "a.csv").batch.id
    schedule = schedules.add(shop.platform, shop.owner, "check", "0 3 * * *", "UTC")
    record = next(iter(shop.customers))
    numbers = {"record": record, "job": job, "batch": batch, "schedule": schedule}
    return Site(shop, app, numbers)


@pytest.fixture(scope="module")
def site(kept_shop: KeptShop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Tokens against forged requests have a test of their own; here they would hide who is refused for what."""
    folder = tmp_path_factory.mktemp("site")
    with kept_shop.opened(folder) as shop:
        shop.apply(
            {"format": 1, "kind": "form", "key": "plain", "label": "Plain", "record_type": "customers",
             "sections": [{"label": "Main", "items": [{"field": "number"}]}]}
        )  # fmt: skip
        found = _site(shop)
        found.app.config["WTF_CSRF_ENABLED"] = False
        yield found


def _routes(app: Flask) -> set[str]:
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_in_the_table(site: Site) -> None:
    assert _routes(site.app) == {*PAGES, *PUBLIC}


@pytest.mark.parametrize("name", PAGES)
def test_roles(site: Site, name: str) -> None:
    page = PAGES[name]
    for role in Role:
        found = site.ask(name, page, role).status_code
        if role in page.allowed:
            assert found == page.status, role
            if page.undo:
                assert site.send("POST", page.undo, {}, OWNER).status_code == 303
        else:
            assert found in REFUSED, role


@pytest.mark.parametrize("name", PAGES)
def test_strangers_are_sent_to_the_sign_in_page(site: Site, name: str) -> None:
    answer = site.ask(name, PAGES[name], None)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize("name", PUBLIC)
def test_public_pages_tell_strangers_nothing(site: Site, name: str) -> None:
    answer = site.ask(name, PUBLIC[name], None)
    assert answer.status_code == PUBLIC[name].status
    assert site.shop.platform.folder.name not in answer.text
    assert "customers" not in answer.text.lower() or "/patterns" in name


@pytest.mark.parametrize("name", [one for one in [*PAGES, *PUBLIC] if one.startswith("POST")])
def test_forged_requests_do_nothing(site: Site, name: str) -> None:
    """Without the token, and with it from another site."""
    page = {**PAGES, **PUBLIC}[name]
    site.app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert site.ask(name, page, OWNER).status_code == 400
    finally:
        site.app.config["WTF_CSRF_ENABLED"] = False
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert site.send("POST", page.address, page.form, OWNER, headers).status_code == 403


@pytest.mark.parametrize("name", [one for one in PAGES if one.startswith("GET")])
def test_pages_show_no_hidden_value(site: Site, name: str) -> None:
    """Names and phones of all records, on every page that a role which sees them masked can open."""
    secrets = {str(row[key]) for row in site.shop.customers.values() for key in ("name", "phone")}
    secrets |= {str(row["receiver"]) for row in site.shop.orders.values()}
    seen = False
    for role in Role:
        answer = site.ask(name, PAGES[name], role)
        plain = {one for one in secrets if one in answer.text or one in str(answer.headers)}
        assert not plain or role in WRITERS, role
        seen |= bool(plain)
    listed = ("/data/<table_key>", "/data/<table_key>/<int:record_id>", "/views/<key>")
    assert seen or name.partition(" ")[2] not in listed
