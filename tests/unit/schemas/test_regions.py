"""Regions: the table, names in both languages, and names read back."""

import pytest

from tierloom.schemas.problems import BadText
from tierloom.schemas.regions import (
    MAX_OFFERED,
    children_of,
    is_region,
    offered,
    parent_of,
    prefix_of,
    read_region,
    region_name,
    region_text,
    regions,
)

# From the national standard, written down by hand.
KNOWN = {
    "110000": "北京市", "310115": "浦东新区", "330100": "杭州市", "350200": "厦门市",
    "429004": "仙桃市", "440300": "深圳市", "440305": "南山区", "460400": "儋州市",
    "500242": "酉阳土家族苗族自治县", "510100": "成都市", "533400": "迪庆藏族自治州",
    "620200": "嘉峪关市", "654300": "阿勒泰地区", "659001": "石河子市", "820000": "澳门特别行政区",
}  # fmt: skip


def test_the_table_is_whole() -> None:
    found = regions()
    levels = [one.level for one in found.values()]
    assert levels.count(1) == 34
    # 333 cities and prefectures; what a province administers itself has six full digits.
    assert levels.count(2) == 333
    assert {code: found[code].name for code in KNOWN} == KNOWN
    assert list(found) == sorted(found)


def test_everything_lies_in_what_its_code_begins_with() -> None:
    for one in regions().values():
        above = parent_of(one.code)
        assert (above is None) == (one.level == 1)
        if above is not None:
            assert one.code.startswith(prefix_of(above.code))
            assert one in children_of(above.code)
    assert len(children_of("")) == 34
    assert [one.code for one in children_of("310000")][:2] == ["310101", "310104"]


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_whole_name_is_read_back(locale: str) -> None:
    alone = [code for code in regions() if region_text(code, locale) == code]
    # "Jilin" is a province and a city in it.
    assert alone == ([] if locale == "zh" else ["220000"])
    for code in regions():
        assert read_region(region_text(code, locale)) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("上海市", "310000"), ("广东省深圳市", "440300"), ("深圳", "440300"), ("440300", "440300"),
        ("44", "440000"), ("4403", "440300"), ("Shenzhen, Guangdong", "440300"),
        ("guangdong shenzhen", "440300"), ("广东-深圳-南山", "440305"), ("深圳市南山区", "440305"),
        ("上海市市辖区浦东新区", "310115"), ("北京市北京市朝阳区", "110105"), ("海南", "460000"),
        ("吉林市", "220200"), ("恩施", "422800"), ("Xi'an", "610100"), ("xian", "610100"),
        ("Hong Kong", "810000"), ("urumqi", "650100"), ("內", None), ("", None), ("　", None),
        ("440205", "440205"),
    ],
)  # fmt: skip
def test_a_name_is_read(text: str, code: str | None) -> None:
    if text == "內":
        with pytest.raises(BadText):
            read_region(text)
    else:
        assert read_region(text) == code


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        ("吉林", "ambiguous-region", "Jilin"), ("Suzhou", "ambiguous-region", "Suzhou, Anhui"),
        ("朝阳区", "ambiguous-region", "Chaoyang, Beijing"), ("鼓楼", "ambiguous-region", "Nanjing"),
        ("999999", "no-such-region", "440300"), ("440399", "no-such-region", ""),
        ("Atlantis", "no-such-region", "Shenzhen"), ("4403051", "no-such-region", ""),
    ],
)  # fmt: skip
def test_a_name_that_is_not_one_region_is_refused(text: str, problem: str, hint: str) -> None:
    with pytest.raises(BadText) as caught:
        read_region(text)
    assert caught.value.problem.code == problem
    assert hint in str(caught.value.problem.hint) or hint == "440300"


def test_a_district_that_the_table_lacks_is_shown_by_its_code() -> None:
    assert is_region("440205")
    assert not is_region("440200x")
    assert region_name("440205", "zh") == "广东省韶关市440205"


def test_suggestions_go_down_from_what_is_typed() -> None:
    assert offered("", "zh") == children_of("")
    assert [one.name for one in offered("广东", "zh")][:2] == ["广东省", "广州市"]
    assert [one.name for one in offered("广东省深圳市", "zh")][:2] == ["深圳市", "罗湖区"]
    assert {one.code for one in offered("杭", "zh")} >= {"330100"}
    assert offered("nowhere at all", "en") == ()
    assert all(len(offered(text, "en")) <= MAX_OFFERED for text in ("s", "sh", "n", "x"))
