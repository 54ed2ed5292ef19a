"""Every message of ours can be read in every language that we promise."""

import pytest
from babel.messages.catalog import Catalog

from tools.messages import COMPLETE, extract, missing, read


@pytest.mark.parametrize("locale", COMPLETE)
def test_every_message_is_translated(locale: str) -> None:
    lines = list(missing(read(locale), extract()))
    assert not lines, "\n".join(["run `make messages` and translate:", *lines])


def test_what_counts_as_missing() -> None:
    sources, catalogue = Catalog(), Catalog("zh_Hans_CN")
    for message in ("Gold", "Silver", "Bronze", "%(n)s rows"):
        sources.add(message, locations=[("views.py", 1)])
    catalogue.add("Gold", "黄金")
    catalogue.add("Silver", "白银", flags=["fuzzy"])
    catalogue.add("%(n)s rows", "%(m)s 行")
    found = list(missing(catalogue, sources))
    assert found[:2] == [
        "views.py:1: not translated: 'Silver'",
        "views.py:1: not translated: 'Bronze'",
    ]
    assert found[2].startswith("views.py:1: '%(n)s rows': ")
