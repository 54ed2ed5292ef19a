import re
from pathlib import Path

import pytest
from flask import Flask
from markupsafe import Markup

from tierloom.resources import folder
from tierloom.web.components import attributes, initial, page_window, slug

TEMPLATES = folder("ui") / "templates"


def render(app: Flask, source: str, **context: object) -> str:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        return app.jinja_env.from_string(source).render(**context)


def test_attributes_are_escaped_and_spelled_for_html() -> None:
    given = {
        "hx_post": '/x?a="b"&c', "hidden": True, "disabled": False, "value": None,
        "aria_expanded": False, "attrs": {"hx-status:422": "x"},
    }  # fmt: skip
    assert attributes(given) == Markup(
        ' hx-post="/x?a=&#34;b&#34;&amp;c" hidden aria-expanded="false" hx-status:422="x"'
    )


@pytest.mark.parametrize(
    ("name", "letters"),
    [("胡兰", "胡"), ("Anna Weber", "AW"), ("anna", "A"), ("欧阳 娜娜", "欧"), ("", "?")],
)
def test_initials(name: str, letters: str) -> None:
    assert initial(name) == letters


def test_ids_are_made_from_names() -> None:
    assert slug("n1.op") == "n1-op"
    assert slug(slug("a[b] c")) == slug("a[b] c")


@pytest.mark.parametrize(
    ("page", "pages", "window"),
    [
        (1, 1, [1]),
        (1, 5, [1, 2, None, 5]),
        (3, 5, [1, 2, 3, 4, 5]),
        (50, 99, [1, None, 49, 50, 51, None, 99]),
    ],
)
def test_page_window(page: int, pages: int, window: list[int | None]) -> None:
    assert page_window(page, pages) == window


def test_an_unknown_component_names_the_known_ones(app: Flask) -> None:
    with pytest.raises(AttributeError, match=r"No component 'buton'. Known: .*\bbutton\b"):
        app.jinja_env.globals["ui"].buton  # noqa: B018


def test_no_two_components_have_the_same_name() -> None:
    names = [
        name
        for file in (TEMPLATES / "components").glob("*.html")
        for name in re.findall(r"{% macro ([a-z]\w*)", file.read_text("utf-8"))
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "file", sorted((TEMPLATES / "components").glob("*.html")), ids=lambda f: f.name
)
def test_every_component_is_described_and_shown(file: Path) -> None:
    text = file.read_text("utf-8")
    described = " ".join(re.findall(r"{#(.*?)#}", text, re.DOTALL))
    shown = "".join(each.read_text("utf-8") for each in TEMPLATES.rglob("*.html"))
    for name in re.findall(r"{% macro ([a-z]\w*)", text):
        assert re.search(rf"\b{name}\b", described), (
            f"{name} is not described at the head of {file}"
        )
        assert re.search(rf"ui\.{name}\b|{{{{ {name}\(", shown), f"{name} is shown nowhere"


def test_a_field_ties_label_help_and_error_to_its_control(app: Flask) -> None:
    html = render(
        app, "{{ ui.field('Phone', 'r1.phone', '<1>', help='11 digits', error='Too short') }}"
    )
    assert '<label for="r1-phone">' in html
    assert 'aria-describedby="r1-phone-help r1-phone-error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="r1-phone-error"' in html
    assert 'value="&lt;1&gt;"' in html


def test_a_tier_is_never_colour_alone(app: Flask) -> None:
    tier = {"label": "Gold", "icon": "crown", "slot": "gold"}
    html = render(app, "{{ ui.tier_badge(tier) }}{{ ui.tier_badge(none) }}", tier=tier)
    assert "#crown" in html
    assert ">Gold<" in html
    assert "Not enough data" in html


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    names = (TEMPLATES.parent / "icons.txt").read_text("utf-8").split()
    used = re.compile(r"""\b(?:draw|ui\.icon|ui\.icon_button)\("([a-z0-9-]+)\"""")
    for file in TEMPLATES.rglob("*.html"):
        for icon in used.findall(file.read_text("utf-8")):
            assert icon in names, f"{file.name} uses {icon}, which ui/icons.txt lacks"


def test_the_colours_are_named_in_one_file_only() -> None:
    for file in (TEMPLATES.parent / "static/css").glob("*.css"):
        if file.name in {"tokens.css"}:
            continue
        named = re.findall(r"#[0-9a-f]{3,8}\b", file.read_text("utf-8"))
        assert set(named) <= ALLOWED.get(file.name, set()), file.name


ALLOWED = {
    "shell.css": {"#3150d0", "#ffffff"},  # the sign of the product is the same in both themes
}
