from datetime import UTC, datetime

from tierloom.web.workspace.choices import currencies, zones

MARCH, JULY = datetime(2026, 3, 10, tzinfo=UTC), datetime(2026, 7, 10, tzinfo=UTC)


def test_zones_go_from_west_to_east_and_are_called_by_their_country() -> None:
    found = zones("zh_Hans_CN", MARCH, "Asia/Shanghai")
    names = [one.name for one in found]
    order = ["Pacific/Honolulu", "America/New_York", "Europe/London", "Asia/Shanghai", "Asia/Tokyo"]
    assert sorted(order, key=names.index) == order
    assert len(names) == len(set(names))
    shanghai = next(one for one in found if one.name == "Asia/Shanghai")
    assert (shanghai.label, shanghai.currency) == ("UTC+08:00 中国（上海）时间", "CNY")


def test_a_zone_shows_the_offset_that_it_has_at_the_moment() -> None:
    labels = [
        next(one.label for one in zones("en", at, "UTC") if one.name == "Europe/Paris")
        for at in (MARCH, JULY)
    ]
    assert labels == ["UTC+01:00 France Time", "UTC+02:00 France Time"]


def test_a_zone_that_is_chosen_is_offered_even_where_it_is_an_old_name() -> None:
    assert "Asia/Kolkata" in {one.name for one in zones("en", MARCH, "Asia/Kolkata")}
    assert "Asia/Atlantis" not in {one.name for one in zones("en", MARCH, "Asia/Atlantis")}


def test_currencies_begin_with_the_usual_ones_and_have_no_dead_ones() -> None:
    codes = [code for code, _ in currencies("en")]
    assert codes[:2] == ["CNY", "USD"]
    assert codes[8:] == sorted(codes[8:])
    assert {"CHF", "BRL", "ZAR"} <= set(codes)
    assert not {"DEM", "FRF", "XXX"} & set(codes)
    assert dict(currencies("zh_Hans_CN"))["EUR"] == "EUR · 欧元"
