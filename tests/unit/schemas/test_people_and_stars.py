"""Ratings and people: what is read, what is stored, what is refused."""

from zoneinfo import ZoneInfo

import pytest

from tierloom.domain.fields import Field, FieldKind, FieldType, Option
from tierloom.domain.rules import Json
from tierloom.domain.tables import RecordType
from tierloom.errors import Invalid
from tierloom.schemas import documents
from tierloom.schemas.parsing import BadText, parse_text
from tierloom.schemas.person_text import person_name, person_option
from tierloom.schemas.records import check_value
from tierloom.schemas.star_text import stars
from tierloom.text import Label

UTC = ZoneInfo("UTC")
STARS = FieldType(FieldKind.RATING)
PEOPLE = FieldType(
    FieldKind.PERSON,
    options=(
        person_option(1, "王芳", "wang.fang"),
        person_option(7, "李明", "li.ming"),
        person_option(8, "李明", "liming2"),
        person_option(9, "陈静", "chen.jing", shut_out=True),
        person_option(12, " ", "robot"),
    ),
)


@pytest.mark.parametrize(
    ("text", "value"),
    [("4", 4), ("★★★☆☆", 3), ("⭐️⭐️", 2), ("5星", 5), ("3 stars", 3), ("", None), ("４", 4)],
)
def test_stars_are_read(text: str, value: int | None) -> None:
    assert parse_text(STARS, text, UTC) == value


def test_stars_have_an_end() -> None:
    one = Field("stars", Label.of("Stars"), STARS)
    assert (STARS.minimum, STARS.maximum) == (1, 5)
    assert [problem.code for problem in check_value(one, 6)] == ["too-large"]
    assert [problem.code for problem in check_value(one, 0)] == ["too-small"]
    assert stars(2, 5) == "★★☆☆☆"
    with pytest.raises(BadText):
        parse_text(STARS, "4.5", UTC)


@pytest.mark.parametrize("limits", [{"maximum": 2}, {"maximum": 11}, {"minimum": 0}])
def test_a_rating_has_three_to_ten_stars(limits: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="3 to 10 stars"):
        FieldType(FieldKind.RATING, **limits)  # type: ignore[arg-type]
    field: dict[str, Json] = {"key": "stars", "type": "rating", **limits}
    head: dict[str, Json] = {"format": 1, "kind": "record_type", "key": "things", "label": "Things"}
    with pytest.raises(Invalid) as caught:
        documents.from_document({**head, "fields": [field]})
    assert caught.value.problems[0].code == "bad-limit"


@pytest.mark.parametrize(
    ("text", "account"),
    [("王芳", 1), ("wang.fang", 1), ("WANG.FANG", 1), ("liming2", 8), ("陈静", 9), ("robot", 12),
     ("7", 7), ("", None)],
)  # fmt: skip
def test_a_person_goes_by_name_or_login(text: str, account: int | None) -> None:
    assert parse_text(PEOPLE, text, UTC) == account


@pytest.mark.parametrize(
    ("text", "code"),
    [("李明", "ambiguous-person"), ("Bob", "no-such-person"), ("99", "no-such-person")],
)
def test_a_name_that_is_not_one_person_is_refused(text: str, code: str) -> None:
    with pytest.raises(BadText) as caught:
        parse_text(PEOPLE, text, UTC)
    assert caught.value.problem.code == code


def test_who_left_keeps_records_and_gets_no_new_ones() -> None:
    owner = Field("owner", Label.of("Owner"), PEOPLE)
    assert [problem.code for problem in check_value(owner, 9)] == ["retired-option"]
    assert not list(check_value(owner, 9, before=9))
    assert not list(check_value(owner, 1))
    assert [problem.code for problem in check_value(owner, 99)] == ["no-such-option"]
    assert person_name(PEOPLE, 9, "zh") == "陈静"
    assert person_name(PEOPLE, 99, "zh") == "#99"


def test_no_document_has_the_members() -> None:
    table = RecordType("things", Label.of("Things"), (Field("owner", Label.of("Owner"), PEOPLE),))
    assert "wang" not in documents.dump(table)
    read = documents.load(documents.dump(table))
    assert isinstance(read, RecordType)
    assert read.field("owner").type == FieldType(FieldKind.PERSON)


def test_other_words_name_an_option_too() -> None:
    red = Option("red", Label.of("Red"), aliases=("crimson",))
    assert parse_text(FieldType(FieldKind.CHOICE, options=(red,)), "Crimson", UTC) == "red"
