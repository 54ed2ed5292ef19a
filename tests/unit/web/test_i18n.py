from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask, g

from tierloom.text import Label, T
from tierloom.web import formats
from tierloom.web.i18n import Preferences, choose_locale, preferences, read

NOW = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cookie", "account", "accepted", "locale"),
    [
        ("en", "zh_Hans_CN", ["zh-CN"], "en"),
        ("", "zh_Hans_CN", ["en"], "zh_Hans_CN"),
        ("../etc", "", ["en-GB", "zh"], "en"),
        ("", "", ["zh-TW", "en"], "zh_Hans_CN"),
        ("", "", ["fr", "zh-Hans-CN"], "zh_Hans_CN"),
        ("", "", ["fr-FR"], "en"),
        ("", "", [], "zh_Hans_CN"),
    ],
)
def test_cookie_before_account_before_browser(
    cookie: str, account: str, accepted: list[str], locale: str
) -> None:
    assert choose_locale(cookie, account, accepted) == locale


def test_an_account_gives_zone_and_theme(app: Flask) -> None:
    with app.test_request_context():
        g.account_preferences = Preferences(locale="en", theme="dark", currency="USD")
        chosen = preferences()
        assert (chosen.locale, chosen.theme, chosen.currency) == ("en", "dark", "USD")
        assert formats.money(12) == "$12"


def test_texts_and_labels_are_read_in_the_language_of_the_request(app: Flask) -> None:
    label = Label({"zh": "黄金", "en": "Gold"})
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        assert [read(label), read(T("Not enough data")), read(None)] == ["黄金", "资料不足", ""]
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert [read(label), read(T("Not enough data"))] == ["Gold", "Not enough data"]


@pytest.mark.parametrize(
    ("write", "value", "words"),
    [
        (formats.money, (1234,), "¥1,234"),
        (formats.money, (Decimal("1234.5"),), "¥1,234.50"),
        (formats.money, (-3,), "−¥3"),
        (formats.money, (None,), "–"),
        (formats.number, (1284975,), "1,284,975"),
        (
            formats.number,
            (
                2.5,
                2,
            ),
            "2.50",
        ),
        (formats.number, (-0.0,), "0"),
        (formats.number, (0.0,), "0"),
        (formats.percent, (-0.0,), "0.0%"),
        (formats.signed, (-12,), "−12"),
        (formats.signed, (0,), "0"),
        (formats.percent, (0.098,), "9.8%"),
        (formats.percent, (0.0001,), "<0.1%"),
        (formats.percent, (Decimal("0.0005"),), "<0.1%"),
        (formats.percent, (0.00051,), "0.1%"),
        (formats.percent, (0.004, 0), "<1%"),
        (
            formats.percent,
            (
                1,
                0,
            ),
            "100%",
        ),
        (formats.percent, (-0.25,), "−25.0%"),
        (formats.number, (-1234,), "−1,234"),
        (formats.signed_percent, (0.031,), "+3.1%"),
        (formats.signed_percent, (-0.25,), "−25.0%"),
        (formats.filesize, (0,), "0 B"),
        (formats.filesize, (999,), "999 B"),
        (formats.filesize, (14_000,), "14 kB"),
        (formats.filesize, (3_200_000,), "3.2 MB"),
        (formats.filesize, (5 * 10**12,), "5,000 GB"),
    ],
)
def test_numbers(
    app: Flask, write: Callable[..., str], value: tuple[object, ...], words: str
) -> None:
    for language in ("zh", "en"):
        with app.test_request_context(headers={"Accept-Language": language}):
            assert write(*value) == words


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (None, "", ""),
        (1, "约剩 1 秒", "about 1 second left"),
        (89, "约剩 89 秒", "about 89 seconds left"),
        (90, "约剩 2 分钟", "about 2 minutes left"),
        (176, "约剩 3 分钟", "about 3 minutes left"),
        (5_399, "约剩 90 分钟", "about 90 minutes left"),
        (5_400, "约剩 2 小时", "about 2 hours left"),
    ],
)
def test_what_is_left_of_a_job(app: Flask, seconds: int | None, zh: str, en: str) -> None:
    for language, words in (("zh", zh), ("en", en)):
        with app.test_request_context(headers={"Accept-Language": language}):
            assert formats.time_left(seconds) == words


@pytest.mark.parametrize(
    ("day", "zh", "en"),
    [
        (None, "–", "–"),
        (date(2026, 2, 3), "2026-02-03", "Feb 3, 2026"),
        # An instant of the evening before in the zone of the reader, which is Shanghai.
        (datetime(2026, 2, 2, 17, 30, tzinfo=UTC), "2026-02-03", "Feb 3, 2026"),
    ],
)
def test_days_in_tables(app: Flask, day: date | None, zh: str, en: str) -> None:
    for language, words in (("zh", zh), ("en", en)):
        with app.test_request_context(headers={"Accept-Language": language}):
            assert formats.table_day(day) == words


@pytest.mark.parametrize(
    ("ago", "zh", "en"),
    [
        (timedelta(seconds=20), "刚刚", "just now"),
        (timedelta(minutes=2), "2 分钟前", "2 minutes ago"),
        (timedelta(minutes=50), "50 分钟前", "50 minutes ago"),
        (timedelta(hours=5), "5 小时前", "5 hours ago"),
        (timedelta(days=1, hours=6), "1 天前", "1 day ago"),
        (timedelta(days=-3), "3 天后", "in 3 days"),
        (timedelta(days=40), "2026年10月12日", "Oct 12, 2026"),
    ],
)
def test_spans_of_time(app: Flask, ago: timedelta, zh: str, en: str) -> None:
    for language, words in (("zh", zh), ("en", en)):
        with app.test_request_context(headers={"Accept-Language": language}):
            assert formats.relative(NOW - ago, NOW) == words


def test_moments_are_shown_in_the_readers_zone(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert formats.moment(NOW) == "Nov 21, 2026, 12:30"
        assert formats.day(datetime(2026, 11, 20, 20, tzinfo=UTC)) == "Nov 21, 2026"
        assert formats.day(date(2026, 11, 20)) == "Nov 20, 2026"
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        assert formats.moment(NOW) == "2026年11月21日 12:30"
