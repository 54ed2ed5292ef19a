"""Messages and labels: named places, plurals, languages."""

import pickle

import pytest

from tierloom.text import LOCALES, TN, Label, T, Text, translator


def test_messages_are_read_in_both_languages() -> None:
    assert str(T("Published")) == "Published"
    for locale in LOCALES:
        assert translator(locale).read(T("no such message %(n)s", n=5)) == "no such message 5"
    assert translator("zh_Hans_CN").read(T("Import")) == "导入"


def test_places_are_read_in_the_same_language() -> None:
    inner = T("Import")
    label = Label({"zh": "客户", "en": "Customers"})
    text = T("%(a)s of %(b)s: %(c)s", a=inner, b=label, c=["x", label])
    assert translator("en").read(text) == "Import of Customers: x, Customers"
    assert translator("zh_Hans_CN").read(text) == "导入 of 客户: x、客户"


def test_percent_signs_and_braces_in_values_are_only_text() -> None:
    assert str(T("Value: %(v)s", v="100% {x} %(y)s")) == "Value: 100% {x} %(y)s"
    assert str(T("100% sure")) == "100% sure"


@pytest.mark.parametrize(("n", "words"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows")])
def test_plurals(n: int, words: str) -> None:
    assert str(TN("%(n)s row", "%(n)s rows", n=n)) == words


def test_equal_messages() -> None:
    assert T("a %(b)s", b=[1]) == Text("a %(b)s", {"b": [1]})
    assert hash(T("a", b=[1])) == hash(T("a", b=[2]))
    assert T("a", b=1) != T("a", b=2)


def test_labels() -> None:
    label = Label({"zh": " 客户 ", "en": "", "fr": "Clients"})
    assert dict(label.words) == {"zh": "客户", "fr": "Clients"}
    assert label.read("zh_Hans_CN") == "客户"
    assert label.read("en") == "客户", "the first there is"
    assert Label.of("Gold").read("zh_Hans_CN") == "Gold"
    assert Label.of(label) is label
    assert pickle.loads(pickle.dumps(label)) == label
    assert hash(label) == hash(Label({"fr": "Clients", "zh": "客户"}))
    with pytest.raises(ValueError, match="at least one language"):
        Label({"zh": "  "})
