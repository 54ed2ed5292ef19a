"""Stay policies of tier models: how one is set in a draft, and what it means in words."""

from collections.abc import Mapping
from dataclasses import replace

from tierloom.domain.people import Actor, Grant
from tierloom.domain.tiers import StayPolicy, TierModel
from tierloom.errors import NotFound
from tierloom.rules.builder import Group
from tierloom.services import authorize, drafts
from tierloom.services.drafts import Draft, Ruled
from tierloom.services.platform import Platform
from tierloom.text import TN, T, Text


def set_stay(
    platform: Platform, actor: Actor, key: str, version: int, policy: StayPolicy | None
) -> Draft:
    """Give the draft of a tier model another stay policy, or none.

    Raises:
        NotFound: there is no such tier model.
        Conflict: somebody changed it since `version`.
    """
    authorize.require(actor, Grant.DRAFT_RULES)

    def change(thing: Ruled, trees: Mapping[str, Group]) -> tuple[Ruled, Mapping[str, Group]]:
        if not isinstance(thing, TierModel):
            raise NotFound(T("Only a tier model has a stay policy."))
        return replace(thing, stay=policy), trees

    return drafts.edit(platform, actor, "tier_model", key, version, change)


def stay_in_words(policy: StayPolicy | None) -> Text:
    """Say what a stay policy means for those whom it concerns."""
    if policy is None:
        return T("Nobody is kept: whoever no longer qualifies for a tier goes down at once.")
    words = _going_down(policy)
    if policy.days:
        words = T("%(one)s %(other)s", one=_staying(policy), other=words)
    return T("%(one)s %(other)s", one=words, other=T("Going up is never delayed."))


def _staying(policy: StayPolicy) -> Text:
    if policy.renews:
        return TN(
            "Whoever enters a tier keeps it for %(n)s day; whoever still qualifies then keeps it as long again.",
            "Whoever enters a tier keeps it for %(n)s days; whoever still qualifies then keeps it as long again.",
            n=policy.days,
        )
    return TN(
        "Whoever enters a tier keeps it for at least %(n)s day.",
        "Whoever enters a tier keeps it for at least %(n)s days.",
        n=policy.days,
    )


def _going_down(policy: StayPolicy) -> Text:
    if policy.grace_days and policy.one_level:
        return TN(
            "Whoever no longer qualifies has %(n)s day of grace, and then goes down one tier.",
            "Whoever no longer qualifies has %(n)s days of grace, and then goes down one tier.",
            n=policy.grace_days,
        )
    if policy.grace_days:
        return TN(
            "Whoever no longer qualifies has %(n)s day of grace, and then goes to the tier that the rules give.",
            "Whoever no longer qualifies has %(n)s days of grace, and then goes to the tier that the rules give.",
            n=policy.grace_days,
        )
    if policy.one_level:
        return T("Whoever no longer qualifies then goes down one tier.")
    return T("Whoever no longer qualifies then goes to the tier that the rules give.")
