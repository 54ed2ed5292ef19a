"""Keys: what rules, files and addresses may call things."""

import pytest

from tierloom.domain.keys import is_key, require_key

GOOD = ["a", "spend", "annual_spend", "客户等级", "naïve", "a-b", "x1", "A" * 60]
BAD = [
    "", " ", "a b", "1a", "-a", "__class__", "a.b", "a/b", "../etc", "a'b", 'a"b', "a;b", "a\n", "A" * 61,
    "id", "version", "length", "accumulator", "current", "me", "nai\u0308ve", "a\u0000", "💰",
]  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_good(name: str) -> None:
    assert is_key(name)
    require_key(name)


@pytest.mark.parametrize("name", BAD)
def test_bad(name: str) -> None:
    assert not is_key(name)
    with pytest.raises(ValueError, match="is no key"):
        require_key(name)
