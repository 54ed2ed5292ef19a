"""A stay policy is a part of a tier model's draft, and has words for people."""

import pytest

from tests.unit.services.shop import Shop
from tests.unit.services.test_drafts import POINTS, create, model, segment
from tierloom.domain.people import Role
from tierloom.domain.tiers import StayPolicy, TierModel
from tierloom.errors import Conflict, Forbidden, NotFound
from tierloom.services import drafts
from tierloom.services.drafts import Draft
from tierloom.services.stay_policies import set_stay, stay_in_words
from tierloom.services.workbench import reading
from tierloom.text import translator

YEAR = StayPolicy(days=365, renews=True, grace_days=30, one_level=True)


def stay_of(draft: Draft) -> StayPolicy | None:
    assert isinstance(draft.thing, TierModel)
    return draft.thing.stay


def test_a_policy_is_saved_undone_and_published_with_the_draft(shop: Shop) -> None:
    made = create(shop, model("stay1", POINTS))
    saved = set_stay(shop.platform, shop.owner, "stay1", made.document.version, YEAR)
    assert stay_of(saved) == YEAR
    assert stay_of(drafts.undo(shop.platform, shop.owner, "tier_model", "stay1")) is None
    again = drafts.redo(shop.platform, shop.owner, "tier_model", "stay1")
    assert stay_of(again) == YEAR
    drafts.publish(shop.platform, shop.owner, "tier_model", "stay1", again.document.version)
    with reading(shop.platform, shop.owner) as bench:
        assert bench.published.tier_model("stay1").stay == YEAR
        off = drafts.opened(bench, "tier_model", "stay1").document.version
    changed = set_stay(shop.platform, shop.owner, "stay1", off, None)
    assert stay_of(changed) is None
    assert changed.has_changes


def test_a_stale_version_and_other_things_are_refused(shop: Shop) -> None:
    made = create(shop, model("stay2", POINTS))
    with pytest.raises(Conflict):
        set_stay(shop.platform, shop.owner, "stay2", made.document.version + 1, YEAR)
    create(shop, segment("stay3"))
    with pytest.raises(NotFound):
        set_stay(shop.platform, shop.owner, "stay3", 1, YEAR)


def test_who_does_not_draft_rules_does_not_set_it(shop: Shop) -> None:
    made = create(shop, model("stay4", POINTS))
    with pytest.raises(Forbidden):
        set_stay(shop.platform, shop.people[Role.VIEWER], "stay4", made.document.version, YEAR)


UP = "Going up is never delayed.", "升级始终立即生效。"


@pytest.mark.parametrize(
    ("policy", "english", "chinese"),
    [
        (
            YEAR,
            [
                "Whoever enters a tier keeps it for 365 days; whoever still qualifies then keeps it as long again.",
                "Whoever no longer qualifies has 30 days of grace, and then goes down one tier.",
            ],
            "进入层级后至少保留 365 天，到期仍达标则续期同样天数。不再达标时先保级 30 天，之后降一级。",
        ),
        (
            StayPolicy(days=1),
            [
                "Whoever enters a tier keeps it for at least 1 day.",
                "Whoever no longer qualifies then goes to the tier that the rules give.",
            ],
            "进入层级后至少保留 1 天。此后不再达标时直接降到规则给出的层级。",
        ),
        (
            StayPolicy(grace_days=7),
            [
                "Whoever no longer qualifies has 7 days of grace, and then goes to the tier that the rules give."
            ],
            "不再达标时先保级 7 天，之后直接降到规则给出的层级。",
        ),
        (
            StayPolicy(days=90, one_level=True),
            [
                "Whoever enters a tier keeps it for at least 90 days.",
                "Whoever no longer qualifies then goes down one tier.",
            ],
            "进入层级后至少保留 90 天。此后不再达标时降一级。",
        ),
    ],
)
def test_a_policy_in_words(policy: StayPolicy, english: list[str], chinese: str) -> None:
    said = stay_in_words(policy)
    assert translator("en").read(said) == " ".join([*english, UP[0]])
    assert translator("zh_Hans_CN").read(said) == chinese + UP[1]


def test_no_policy_in_words() -> None:
    said = stay_in_words(None)
    assert "goes down at once" in translator("en").read(said)
    assert translator("zh_Hans_CN").read(said) == "未启用保级，不再达标时立即降级。"
