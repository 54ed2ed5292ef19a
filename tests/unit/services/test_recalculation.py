"""Recalculation: a baseline, then moves."""

from tests.unit.services.shop import Shop


def test_first_run_places_everybody(any_shop: Shop) -> None:
    [again] = any_shop.run()
    assert again.sizes == any_shop.sizes()
    assert again.moves == 0
    assert min(again.sizes.values()) > 0
