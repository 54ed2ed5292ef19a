"""Thresholds by other formulas; two digits; larger ones stay larger."""

from dataclasses import replace
from decimal import Decimal
from statistics import fmean, median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.services.templates.world import percentile, two_digits
from tierloom.domain.fields import FieldKind, FieldType
from tierloom.rules.templates.values import Asks, Measure, Parameter
from tierloom.services.templates import thresholds
from tierloom.text import Label

MONEY = FieldType(FieldKind.MONEY, 2, "CNY")
WHOLE = FieldType(FieldKind.INTEGER)
AMOUNTS = st.lists(st.integers(1, 10**7), min_size=2, max_size=60)


def parameter(measure: Measure, share: float, asks: Asks = Asks.AT_LEAST) -> Parameter:
    return Parameter("cut", Label.of("Cut"), "figure", measure, share, 7.0, asks)


def measured(one: Parameter, values: list[float], centre: str = "median") -> float | None:
    return thresholds.measured(one, np.array(values, np.float64), np.empty(0), centre)


@given(AMOUNTS, st.sampled_from([50, 80, 95]))
def test_quantiles_are_of_type_7(values: list[int], percent: int) -> None:
    found = measured(parameter(Measure.QUANTILE, percent / 100), [*values, 0, np.nan])
    assert found == pytest.approx(percentile(map(float, values), percent))


@given(AMOUNTS)
def test_centres(values: list[int]) -> None:
    one = parameter(Measure.CENTRE, 0.5)
    assert measured(one, [*values, 0, np.nan]) == pytest.approx(median(values))
    assert measured(one, [*values, 0, np.nan], "mean") == pytest.approx(fmean(values))


@given(AMOUNTS)
def test_pareto_is_the_last_of_those_who_bring_most(values: list[int]) -> None:
    found = measured(parameter(Measure.PARETO, 0.8), [float(one) for one in values])
    brought = 0
    for one in sorted(values, reverse=True):
        brought += one
        if brought >= 0.8 * sum(values):
            assert found == one
            return


def test_days_of_today_count() -> None:
    days = [0.0, 0.0, 10.0, np.nan, -3.0]
    assert measured(parameter(Measure.CENTRE, 0.5, Asks.AT_MOST), days) == 0.0


def test_files_of_past_months_are_measured_from_their_end() -> None:
    """Gaps of 5 days, nobody in the last 22: active within 27 days, not within 5."""
    one = parameter(Measure.GAP_QUANTILE, 0.75, Asks.AT_MOST)
    between, days = np.full(40, 5.0), {"figure": np.array([22.0, 30.0, np.nan, 60.0])}
    late = thresholds.behind((one,), days, between)
    assert late == 22
    found = thresholds.proposals((one,), days, {"cut": WHOLE}, between, "median", late)
    assert found == {"cut": (27.0, True)}


def test_data_of_today_are_measured_from_today() -> None:
    one = parameter(Measure.GAP_QUANTILE, 0.75, Asks.AT_MOST)
    days = {"figure": np.array([3.0, 30.0])}
    assert thresholds.behind((one,), days, np.full(40, 5.0)) == 0
    assert thresholds.behind((one,), days, np.full(10, 1.0)) == 0, "too few gaps"
    assert thresholds.behind((one,), {}, np.full(40, 1.0)) == 0
    fixed = parameter(Measure.FIXED, 2.0)
    assert thresholds.behind((fixed,), days, np.full(40, 1.0)) == 0


def test_few_gaps_tell_nothing() -> None:
    one = parameter(Measure.GAP_QUANTILE, 0.9)
    gaps = np.arange(1.0, 101.0)
    assert thresholds.measured(one, np.empty(0), gaps[:29], "median") is None
    assert thresholds.measured(one, np.empty(0), gaps, "median") == pytest.approx(90.1)


def test_nothing_known_is_no_threshold() -> None:
    assert measured(parameter(Measure.QUANTILE, 0.5), [np.nan, 0.0]) is None


@given(st.floats(0.5, 1e9))
def test_rounded_to_two_digits(number: float) -> None:
    found = thresholds.rounded(number, Asks.AT_LEAST, MONEY)
    # The float that is written shortest may lie on either side of a tie.
    assert abs(Decimal(str(found)) - two_digits(number)) <= Decimal(1).scaleb(
        Decimal(number).adjusted() - 1
    )
    assert len(Decimal(str(found)).normalize().as_tuple().digits) <= 2


@given(st.floats(0.01, 90.0))
def test_whole_numbers_are_reached_by_as_many(number: float) -> None:
    short = float(f"{number:.2g}")
    low = thresholds.rounded(number, Asks.AT_LEAST, WHOLE)
    high = thresholds.rounded(number, Asks.AT_MOST, WHOLE)
    counts = range(1, 120)
    assert [one >= low for one in counts] == [one >= short for one in counts]
    assert high == max(1, short // 1)


@given(st.floats(0.01, 1e7), st.floats(0.01, 1e7))
def test_what_must_be_larger_is(value: float, low: float) -> None:
    assert thresholds.above(value, low, MONEY) > low
    assert thresholds.above(round(value), float(round(low)), WHOLE) > round(low)


def test_proposals_in_order_and_their_origin() -> None:
    low = parameter(Measure.QUANTILE, 0.5)
    high = Parameter(
        "high", Label.of("High"), "figure", Measure.QUANTILE, 0.8, 9.0, above=low.key
    )  # fmt: skip
    types = {"cut": WHOLE, "high": WHOLE}
    same = {"figure": np.array([3.0, 3.0, 3.0])}
    found = thresholds.proposals((high, low), same, types, np.empty(0), "median")
    assert found == {"cut": (3.0, True), "high": (4.0, True)}
    unknown = thresholds.proposals((high, low), {}, types, np.empty(0), "median")
    assert unknown == {"cut": (7.0, False), "high": (9.0, False)}


def test_reach_counts_both_ways() -> None:
    values = np.array([1.0, 2.0, 3.0, np.nan])
    low, high = (parameter(Measure.FIXED, 1, one) for one in (Asks.AT_LEAST, Asks.AT_MOST))
    assert thresholds.reach(values, 2, low) == 2
    assert thresholds.reach(values, 1, high) == 1
    assert thresholds.reach(values, 1, replace(high, beyond=True)) == 2
