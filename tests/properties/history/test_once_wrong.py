"""Scripts that once ended otherwise than in the brute-force world, cut down to what mattered."""

from datetime import date
from typing import Any

import pytest

from tests.properties.history.conditions import Compared, InTier
from tests.properties.history.driver import Driver
from tests.properties.history.expected import Model, Policy
from tests.properties.history.scripts import DAY, Give, Publish, Script, Step, Work
from tests.properties.history.test_histories import installation, on_both

POINTS = (("gold", Compared("points", ">=", 5)), ("bronze", Compared("points", ">=", 3)))


def model(key: str, *tiers: Any, stay: Policy | None = None) -> Model:
    return Model(key, "customers", False, tiers, stay)


def script(*steps: Step, models: tuple[Model, ...]) -> Script:
    customer = {"points": 0, "joined": -1}
    return Script("Europe/Berlin", date(2025, 3, 27), models, (customer,), (), steps)


SCRIPTS = {
    # The frontier of the second model went on without the first one, which was due.
    "a model that reads another one waits for it": script(
        Publish(100 * DAY, model("second", *POINTS), 1000, None),
        models=(
            model("first", ("bronze", Compared("joined", "<", 60))),
            model("second", ("silver", InTier("first", ">=", "bronze"))),
        ),
    ),
    # The policy took the tier that somebody had by hand for one that it had given.
    "a first policy does not keep what was given by hand": script(
        Give(1000, 0, 0, 0, 0),
        Publish(1000, model("first", *POINTS, stay=Policy(10, True, 7, True)), 1000, None),
        Work(2 * DAY, None),
        models=(model("first", ("bronze", Compared("points", ">=", 3))),),
    ),
}


@pytest.mark.parametrize("name", SCRIPTS)
@on_both
def test_scripts_that_once_were_wrong(name: str, kind: str, request: pytest.FixtureRequest) -> None:
    with installation(kind, request) as (platform, clock):
        Driver(platform, clock, SCRIPTS[name]).play()
