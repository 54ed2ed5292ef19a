"""Regions and people in sentences and in the builder: by name, in both languages."""

import pytest

from tests.unit.rules.world import CATALOGUE, OBJECTS, ZONE
from tierloom.domain.rules import Json, RuleDocument
from tierloom.rules.builder import Condition, Group, read_tree, write_tree
from tierloom.rules.sentence import sentence


@pytest.mark.parametrize(
    ("rule", "zh", "en"),
    [
        (
            {"within": [{"var": "home"}, "440000"]},
            "所在地区位于广东省", "home is within Guangdong",
        ),
        (
            {"within": [{"var": "home"}, ["440300", "310000"]]},
            "所在地区位于广东省深圳市或上海市",
            "home is within Shenzhen, Guangdong or Shanghai",
        ),
        (
            {"!": [{"within": [{"var": "home"}, "310115"]}]},
            "所在地区不位于上海市浦东新区", "home is not within Pudong, Shanghai",
        ),
        ({"==": [{"var": "owner"}, 1]}, "负责人为王芳", "account owner is 王芳"),
        # Whoever was shut out is still called by name, whoever is gone by the number.
        ({"in": [{"var": "owner"}, [12, 99]]}, "负责人为陈静或#99", "account owner is 陈静 or #99"),
        ({">=": [{"var": "stars"}, 4]}, "评分不低于 4", "rating is at least 4"),
    ],
)  # fmt: skip
def test_a_rule_in_words(rule: Json, zh: str, en: str) -> None:
    document = RuleDocument.of(rule)
    said = {
        locale: str(sentence(document, "customers", CATALOGUE, OBJECTS, locale, zone=ZONE))
        for locale in ("zh_Hans_CN", "en")
    }
    assert said == {"zh_Hans_CN": zh, "en": en}


@pytest.mark.parametrize(
    ("field", "operator", "typed", "rule"),
    [
        ("home", "within", ("深圳",), {"within": [{"var": "home"}, "440300"]}),
        (
            "home",
            "within_any",
            ("广东", "Zhejiang"),
            {"within": [{"var": "home"}, ["440000", "330000"]]},
        ),
        ("home", "is", ("Shenzhen, Guangdong",), {"==": [{"var": "home"}, "440300"]}),
        ("owner", "is", ("li.ming",), {"==": [{"var": "owner"}, 7]}),
        ("owner", "none_of", ("王芳", "99"), {"!": [{"in": [{"var": "owner"}, [1, 99]]}]}),
        ("stars", "between", ("3", "★★★★★"), {"<=": [3, {"var": "stars"}, 5]}),
    ],
)
def test_a_condition_is_typed_by_name(
    field: str, operator: str, typed: tuple[str, ...], rule: Json
) -> None:
    tree = Group("n1", children=(Condition("n2", field, operator, typed),))
    written = write_tree(tree, "customers", CATALOGUE, zone=ZONE)
    assert written.document == RuleDocument.of({"and": [rule]})
    again = read_tree(written.document, "customers", CATALOGUE, zone=ZONE)
    (condition,) = again.children
    assert isinstance(condition, Condition)
    assert (condition.field, condition.operator) == (field, operator)
    assert write_tree(again, "customers", CATALOGUE, zone=ZONE).document == written.document


@pytest.mark.parametrize(
    ("field", "operator", "typed"),
    [
        ("home", "within", "吉林"),
        ("home", "is", "朝阳区"),
        ("owner", "is", "Bob"),
        ("stars", "is", "4.5"),
    ],
)
def test_a_name_that_says_nothing_leaves_the_condition_unfinished(
    field: str, operator: str, typed: str
) -> None:
    tree = Group("n1", children=(Condition("n2", field, operator, (typed,)),))
    assert write_tree(tree, "customers", CATALOGUE, zone=ZONE).unfinished == ("n2",)
