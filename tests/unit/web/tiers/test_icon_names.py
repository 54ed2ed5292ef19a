"""Every icon that a tier can have is said in words."""

from tierloom.domain.tiers import TIER_ICONS
from tierloom.web.tiers.inputs import ICON_NAMES


def test_every_icon_has_a_name() -> None:
    assert tuple(ICON_NAMES) == TIER_ICONS
