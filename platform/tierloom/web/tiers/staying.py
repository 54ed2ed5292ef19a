"""The card about staying: how long records keep a tier that the rules no longer give them, as a form sends it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tierloom.domain.tiers import LONGEST_STAY, StayPolicy, TierModel
from tierloom.errors import Invalid, Problem, raise_if
from tierloom.services.stay_policies import stay_in_words
from tierloom.text import T, Text


class Kind(StrEnum):
    """The sorts of policies that people choose from."""

    OFF = "off"
    GRACE = "grace"
    MINIMUM = "minimum"
    PERIOD = "period"


KINDS = (
    (Kind.OFF.value, T("Off"), T("Whoever no longer qualifies goes down at once.")),
    (Kind.GRACE.value, T("Grace period only"), T("Some more days to qualify again.")),
    (Kind.MINIMUM.value, T("Minimum stay"), T("Nobody goes down in the first days.")),
    (Kind.PERIOD.value, T("Membership period"), T("It begins again for whoever still qualifies.")),
)
WAYS = (
    ("one", T("Down one tier")),
    ("straight", T("Straight to the tier that the rules give")),
)
DAYS, GRACE = T("Days in the tier"), T("Days of grace")
_USUAL = {"days": "365", "grace_days": "30"}


@dataclass(frozen=True, slots=True)
class StayCard:
    """The card about staying: what holds now in words, and the form as it is filled in."""

    words: Text
    kind: str
    days: str
    grace_days: str
    way: str
    wrong: Mapping[str, Text]
    kinds: tuple[tuple[str, Text, Text], ...] = KINDS
    ways: tuple[tuple[str, Text], ...] = WAYS


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that was sent, and what is wrong with it."""

    form: Mapping[str, str]
    problems: tuple[Problem, ...]


def stay_card(model: TierModel, refused: Refused | None = None) -> StayCard:
    """Return the card of a tier model, with the form as it was sent if that was refused."""
    policy, words = model.stay, stay_in_words(model.stay)
    if refused is not None:
        kind, days, grace_days, way = (
            refused.form.get(name, "") for name in ("kind", "days", "grace_days", "way")
        )
        wrong = {one.pointer.lstrip("/"): one.message for one in refused.problems}
        return StayCard(words, kind, days, grace_days, way, wrong)
    if policy is None:
        return StayCard(words, Kind.OFF.value, _USUAL["days"], _USUAL["grace_days"], "one", {})
    days = str(policy.days or _USUAL["days"])
    way = "one" if policy.one_level else "straight"
    return StayCard(words, _kind_of(policy).value, days, str(policy.grace_days), way, {})


def _kind_of(policy: StayPolicy) -> Kind:
    if not policy.days:
        return Kind.GRACE
    return Kind.PERIOD if policy.renews else Kind.MINIMUM


def policy_of(form: Mapping[str, str]) -> StayPolicy | None:
    """Read the policy that a form asks for; None where it is off.

    Raises:
        Invalid: naming the field that is wrong.
    """
    kind = form.get("kind", "")
    if kind not in set(Kind):
        raise Invalid([Problem("bad-kind", "/kind", T("Choose how long a tier is kept."))])
    if kind == Kind.OFF:
        return None
    raise_if(tuple(_faults(kind, form)))
    stays = kind != Kind.GRACE
    return StayPolicy(
        int(form["days"]) if stays else 0,
        kind == Kind.PERIOD,
        int(form["grace_days"]),
        form.get("way") == "one",
    )


def _faults(kind: str, form: Mapping[str, str]) -> Iterator[Problem]:
    if kind != Kind.GRACE:
        yield from _fault("days", DAYS, form, 1)
    yield from _fault("grace_days", GRACE, form, 1 if kind == Kind.GRACE else 0)


def _fault(name: str, label: Text, form: Mapping[str, str], least: int) -> Iterator[Problem]:
    sent = form.get(name, "").strip()
    days = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 7 else -1
    if not least <= days <= LONGEST_STAY:
        text = T(
            "“%(field)s” is a whole number from %(least)s to %(most)s.",
            field=label,
            least=least,
            most=LONGEST_STAY,
        )
        yield Problem("bad-days", f"/{name}", text)
