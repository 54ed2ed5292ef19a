"""What people send by mistake: each gets a message that names the place, and nothing that was typed is lost."""

import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.unit.services.shop import KeptShop, Shop
from tierloom.domain.people import Role
from tierloom.jobs.worker import Worker
from tierloom.services import tables
from tierloom.services.access import accounts
from tierloom.services.workbench import reading
from tierloom.web import WebSettings, create_app
from tierloom.web.i18n import LANGUAGE_COOKIE
from tierloom.web.session import COOKIE

HTMX = {"HX-Request": "true"}
HEADER = "Number,Name,City,Points,Joined\n"
PASSWORD = "the owner's password"


@dataclass
class Site:
    """The shop behind a browser that is signed in as its owner."""

    shop: Shop
    client: FlaskClient

    def get(self, address: str) -> TestResponse:
        return self.client.get(address)

    def post(
        self, address: str, form: dict[str, object], headers: dict[str, str] | None = None
    ) -> TestResponse:
        return self.client.post(address, data=form, headers=headers)

    def upload(self, content: bytes, name: str = "people.csv") -> TestResponse:
        form = {"table": "customers", "file": (io.BytesIO(content), name)}
        return self.post("/import", form)

    def check(self, content: bytes | str, name: str = "people.csv", **form: str) -> str:
        """Upload, match by name, check; returns the page that says what was found."""
        body = content.encode() if isinstance(content, str) else content
        address = self.upload(body, name).headers["Location"].partition("?")[0]
        page = self.get(f"{address}?table=customers&match=1").text
        places = re.findall(r'<select[^>]*name="(c\d+\.field)".*?</select>', page, re.DOTALL)
        chosen = {
            place: found[1]
            for place in places
            if (
                found := re.search(
                    rf'name="{re.escape(place)}"(?:(?!</select>).)*?<option value="([^"]+)" selected',
                    page,
                    re.DOTALL,
                )
            )
        }
        wanted = {"table": "customers", "key": "number", "unknown": "leave", **chosen, **form}
        answer = self.post(f"{address}/match", wanted)
        assert answer.status_code in (303, 422), answer.text
        if answer.status_code == 422:
            return answer.text
        Worker(self.shop.platform).run_until_done()
        return self.get(address).text

    def count(self) -> int:
        with reading(self.shop.platform, self.shop.owner) as bench:
            return bench.columns("customers").size


@pytest.fixture
def site(kept_shop: KeptShop, tmp_path: Path) -> Iterator[Site]:
    with kept_shop.opened(tmp_path) as shop:
        accounts.add_member(shop.platform, shop.owner, "boss", "Boss", PASSWORD, Role.OWNER)
        app = create_app(WebSettings(secret_key="a key for tests alone"), shop.platform)
        app.config["WTF_CSRF_ENABLED"] = False
        client = app.test_client()
        signed_in = accounts.sign_in(shop.platform, "boss", PASSWORD)
        client.set_cookie(COOKIE, signed_in.secret)
        client.set_cookie(LANGUAGE_COOKIE, "en")
        yield Site(shop, client)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


# ── files that cannot be taken ──────────────────────────────────────────────────────────────────


def bomb() -> bytes:
    """A workbook of a few kilobytes that would unpack to gigabytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(64):
                sheet.write(bytes(1 << 20))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.csv"),
        (b"\n\n\n", "blank.csv"),
        (bomb(), "bomb.xlsx"),
        (b"PK\x03\x04 no workbook", "broken.xlsx"),
        (gzip.compress(b"Number,Name\n" + b"1,a\n" * 5_000, mtime=0)[:-40], "cut.csv.gz"),
    ],
    ids=["empty", "blank", "bomb", "broken workbook", "cut archive"],
)
def test_a_file_that_cannot_be_taken_says_why(site: Site, content: bytes, name: str) -> None:
    answer = site.upload(content, name)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "This file could not be taken" in words(answer.text)
    assert not re.search(r"Traceback|Error\b", words(answer.text))


def test_no_file_at_all(site: Site) -> None:
    answer = site.post("/import", {"table": "customers"})
    assert answer.status_code == 422
    assert "Choose a file first." in words(answer.text)


def test_header_only(site: Site) -> None:
    answer = site.upload(HEADER.encode())
    found = words(answer.text) if answer.status_code == 422 else words(site.check(HEADER))
    assert "no row" in found.lower() or "0 rows" in found or "no rows" in found


def test_duplicate_headers_keep_both_columns_apart(site: Site) -> None:
    answer = site.upload(b"Number,Name,Name\n1,a,b\n")
    assert answer.status_code == 303
    page = site.get(answer.headers["Location"]).text
    assert len(re.findall(r'name="c\d+\.field"', page)) == 3
    titles = re.findall(r'<b class="truncate" title="([^"]*)"', page)
    assert len(set(titles)) == 3


def test_a_wrong_encoding_is_read_or_refused_never_mangled(site: Site) -> None:
    text = "Number,Name\n90001,欧阳\n90002,司马\n"
    page = site.get(site.upload(text.encode("gb18030")).headers["Location"]).text
    assert "欧阳" in page
    broken = site.upload("Number,Name\n1,好的\n".encode() + b"2,\xff\xfe\xfa\x81\n")
    said = words(
        broken.text if broken.status_code == 422 else site.get(broken.headers["Location"]).text
    )
    assert broken.status_code == 422 or "encod" in said.lower() or "\ufffd" not in said


# ── rows that cannot be taken ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("abc,Wang,bj,1,2026-01-01", "Number", "abc"),
        ("90001,Wang,bj,many,2026-01-01", "Points", "many"),
        ("90001,Wang,bj,1,2026-02-31", "Joined", "2026-02-31"),
        ("90001,Wang,Atlantis,1,2026-01-01", "City", "Atlantis"),
        ("90001,Wang,bj,-5,2026-01-01", "Points", "-5"),
        (",Wang,bj,5,2026-01-01", "Number", ""),
    ],
    ids=["key", "text for a number", "31 February", "unknown option", "too small", "no key"],
)
def test_a_bad_row_is_named_and_the_others_go_in(
    site: Site, row: str, column: str, value: str
) -> None:
    before = site.count()
    page = site.check(f"{HEADER}90010,Li,sh,3,2026-01-05\n{row}\n90011,Zhao,sh,4,2026-01-06\n")
    line = re.search(r'<tr id="problem-3">.*?</tr>', page, re.DOTALL)
    assert line, words(page)
    assert column in words(line[0])
    assert value in line[0]
    assert 'class="error-line bad"' in line[0]
    address = re.search(r'action="(/import/\d+)/publish"', page)
    assert address
    site.post(f"{address[1]}/publish", {})
    Worker(site.shop.platform).run_until_done()
    assert site.count() == before + 2
    assert re.search(r'id="count-rejected".*?<span class="value">1<', site.get(address[1]).text)


def test_ragged_rows_are_named(site: Site) -> None:
    good = "".join(f"9002{n},Li,sh,3,2026-01-05\n" for n in range(5))
    page = site.check(
        f"{HEADER}90010,Li,sh,3,2026-01-05\n90011,Zhao\n90012,a,sh,1,2026-01-01,x\n{good}"
    )
    assert 'id="problem-3"' in page
    assert 'id="problem-4"' in page


def test_a_cell_is_corrected_in_place(site: Site) -> None:
    page = site.check(f"{HEADER}90010,Li,sh,three,2026-01-05\n90011,Zhao,sh,4,2026-01-06\n")
    name = re.search(r'name="(fix\.2\.\d+)" value="three"', page)
    address = re.search(r'action="(/import/\d+)/publish"', page)
    assert name
    assert address
    was = name[1].replace("fix.", "was.")
    site.post(f"{address[1]}/correct", {name[1]: "3", was: "three"})
    Worker(site.shop.platform).run_until_done()
    again = site.get(address[1]).text
    assert "problem-2" not in again
    assert "2 rows can be imported" in words(again)


def test_the_same_file_again_is_said_before_it_is_imported(site: Site) -> None:
    body = f"{HEADER}90010,Li,sh,3,2026-01-05\n"
    page = site.check(body)
    address = re.search(r'action="(/import/\d+)/publish"', page)
    assert address
    site.post(f"{address[1]}/publish", {})
    Worker(site.shop.platform).run_until_done()
    again = site.get(site.upload(body.encode()).headers["Location"]).text
    assert "This very file was imported already" in words(again)
    assert f'href="{address[1]}"' in again
    assert re.search(r'id="count-unchanged".*?<span class="value">1<', site.check(body))


def test_a_plan_that_does_not_fit_keeps_what_was_chosen(site: Site) -> None:
    page = site.check(f"{HEADER}90010,Li,sh,3,2026-01-05\n", **{"c1.field": "number"})
    assert "This does not fit yet" in words(page)
    assert page.count('<option value="number" selected') >= 2


# ── two tabs, things in use, sessions ───────────────────────────────────────────────────────────


def version_of(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def test_a_stale_edit_keeps_the_typed_words_and_overwrites_nothing(site: Site) -> None:
    address = "/data/customers/fields"
    version = version_of(site.get(address).text)
    form = {"op": "save", "field": "points", "version": version, "label_en": "Score"}
    assert site.post(address, {**form}).status_code == 303
    late = site.post(address, {**form, "label_en": "Bonus points", "label_zh": "积分"})
    assert late.status_code == 409
    assert 'value="Bonus points"' in late.text
    with reading(site.shop.platform, site.shop.owner) as bench:
        assert str(tables.draft(bench, "customers").table.field("points").label) == "Score"
    again = {**form, "version": version_of(late.text), "label_en": "Bonus points"}
    assert site.post(address, again).status_code == 303


def test_a_field_that_a_rule_reads_is_not_deleted_and_the_rule_is_named(site: Site) -> None:
    address = "/data/customers/fields"
    version = version_of(site.get(address).text)
    answer = site.post(address, {"op": "delete:points", "version": version})
    assert answer.status_code == 409
    assert "Value" in words(answer.text)
    assert "in use" in words(answer.text)


def test_a_wrong_limit_names_the_control_and_keeps_the_rest(site: Site) -> None:
    address = "/data/customers/fields"
    version = version_of(site.get(address).text)
    form = {"op": "save", "field": "points", "version": version, "label_en": "Bonus"}
    answer = site.post(address, {**form, "minimum": "ten", "required": "1"})
    assert answer.status_code == 422
    assert 'value="Bonus"' in answer.text
    assert 'value="ten"' in answer.text
    assert 'aria-describedby="minimum-error"' in answer.text
    assert re.search(r'name="required"[^>]*checked', answer.text)


def test_a_schema_that_cannot_be_read_stays_in_the_box(site: Site) -> None:
    version = version_of(site.get("/data/customers/schema").text)
    form = {
        "version": version,
        "schema": '{"type": "object", "properties": {"a": {"type": "array"}}',
    }
    answer = site.post("/data/customers/schema", form)
    assert answer.status_code == 422
    assert "&#34;array&#34;" in answer.text


def test_a_schema_is_taken_over_and_keeps_ids(site: Site) -> None:
    page = site.get("/data/customers/schema").text
    found = re.search(r'<textarea[^>]*id="schema"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found
    text = (
        found[1]
        .replace("&#34;", '"')
        .replace("&#39;", "'")
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
    )
    with reading(site.shop.platform, site.shop.owner) as bench:
        before = tables.draft(bench, "customers").table
    answer = site.post("/data/customers/schema", {"version": version_of(page), "schema": text})
    assert answer.status_code == 303, words(answer.text)
    with reading(site.shop.platform, site.shop.owner) as bench:
        after = tables.draft(bench, "customers").table
    assert after == before


def test_an_expired_session_leaves_the_page_alone(site: Site) -> None:
    site.client.delete_cookie(COOKIE)
    answer = site.post("/data/customers/fields", {"op": "save", "label_en": "typed"}, HTMX)
    assert answer.status_code == 401
    assert answer.headers["HX-Reswap"] == "none"
    assert "HX-Redirect" not in answer.headers
    assert 'href="/sign-in" target="_blank"' in answer.text
    plain = site.post("/data/customers/fields", {"op": "save"})
    assert (plain.status_code, plain.headers["Location"]) == (303, "/sign-in")


def test_a_wrong_password_keeps_the_name_and_tells_nothing(site: Site) -> None:
    site.client.delete_cookie(COOKIE)
    texts = set()
    for login in ("boss", "nobody"):
        answer = site.post("/sign-in", {"login": login, "password": "wrong password"})
        assert answer.status_code == 422
        assert f'value="{login}"' in answer.text
        assert "wrong password" not in answer.text
        texts.add(words(answer.text.replace(login, "")))
    assert len(texts) == 1


def test_a_missing_token_is_explained(site: Site) -> None:
    site.client.application.config["WTF_CSRF_ENABLED"] = True
    answer = site.post("/data/new-table", {"label_en": "Cars"})
    assert answer.status_code == 400
    assert "no longer valid" in words(answer.text)
    fragment = site.post("/data/new-table", {"label_en": "Cars"}, HTMX)
    assert fragment.headers["HX-Reswap"] == "none"


def test_a_new_field_gets_its_key_from_its_name(site: Site) -> None:
    address = "/data/customers/fields"
    made = site.post(address, {"op": "add:date", "version": version_of(site.get(address).text)})
    field = made.headers["Location"].partition("field=")[2]
    form = {"op": "save", "field": field, "label_en": "First visit", "label_zh": "首次到店"}
    saved = site.post(address, {**form, "version": version_of(site.get(address).text)})
    assert saved.headers["Location"].endswith("?field=first_visit")
