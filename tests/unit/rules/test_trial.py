"""The tests of packs find what is wrong."""

from dataclasses import replace
from datetime import date

import pytest

from tierloom.domain.tiers import Segment
from tierloom.rules import packs, trial
from tierloom.rules.packs import Entry, Example


def entry(answer: bool) -> Entry:
    (found,) = [one for one in packs.read_pack("shop") if one.thing.key == "plus_metro"]
    assert isinstance(found.thing, Segment)
    return replace(found, examples=(Example({"plus_member": True, "city": "shanghai"}, answer),))


@pytest.mark.parametrize("answer", [True, False])
def test_an_example_passes_or_fails(answer: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    made = entry(answer)
    monkeypatch.setattr(packs, "read_pack", lambda _name: (made,))
    (outcome,) = trial.try_pack("shop")
    assert (outcome.answer, outcome.passed, outcome.number) == (True, answer, 1)


def test_examples_need_a_day() -> None:
    one = entry(True)
    world = trial.world_of("shop", (one,))
    assert trial.ask(one, one.examples[0], world) is True
    with pytest.raises(ValueError, match="no day"):
        trial.ask(replace(one, as_of=None), one.examples[0], world)
    assert one.as_of != date.min


@pytest.mark.parametrize("name", packs.pack_names())
def test_every_pack_passes(name: str) -> None:
    outcomes = list(trial.try_pack(name))
    assert outcomes
    assert [one for one in outcomes if not one.passed] == []
