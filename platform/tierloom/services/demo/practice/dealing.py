"""A car dealer's workbook: a title on top, one row for each purchase, everything written as people write it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

import xlsxwriter

from tierloom.services.demo.names import Lang, draw_name

ROWS = 1_840
CUSTOMERS = 1_206
TITLE_ROWS = 2
"""The title and an empty row; the head comes after them."""
_HEADS = {
    "zh": (
        "姓名", "手机", "性别", "生日", "城市", "客户来源", "购车日期", "车型", "成交价", "销售顾问",
        "到店次数", "是否置换", "备注",
    ),
    "en": (
        "Name", "Phone", "Gender", "Birthday", "City", "Source", "Purchase date", "Model", "Price",
        "Sales consultant", "Visits", "Trade-in", "Remarks",
    ),
}  # fmt: skip
_TITLES = {"zh": "星途汽车销售明细（内部资料）", "en": "Nova Motors: sales, internal use"}
_SHEETS = {"zh": "销售明细", "en": "Sales"}
_GENDERS = {"zh": {"female": "女", "male": "男"}, "en": {"female": "Female", "male": "Male"}}
_CITIES = {
    "zh": ("杭州", "苏州", "上海", "南京", "宁波"),
    "en": ("Philadelphia", "Baltimore", "New York", "Boston", "Trenton"),
}
_SOURCES = {
    "zh": ("车展", "老客户介绍", "官网", "自然到店"),
    "en": ("Motor show", "Referral", "Website", "Walked in"),
}
_CONSULTANTS = {
    "zh": ("陈晨", "刘洋", "孙悦", "吴桐", "赵敏"),
    "en": ("Alex Chen", "Sam Lewis", "Joy Sutton", "Toni Woods", "Mia Zane"),
}
_MODELS = {
    "zh": ("星途 A4", "星途 A6", "远山 Q3", "远山 Q5", "流光 E5"),
    "en": ("Nova A4", "Nova A6", "Ridge Q3", "Ridge Q5", "Lumen E5"),
}
_YES_NO = {"zh": ("是", "否"), "en": ("Yes", "No")}
_REMARKS = {
    "zh": ("要求周末试驾", "已送脚垫，下次保养提醒", "家里有充电桩"),
    "en": ("Test drive at a weekend", "Mats given, remind of service", "Has a charger at home"),
}


@dataclass(frozen=True, slots=True)
class _Buyer:
    name: str
    phone: str
    gender: str
    birthday: date
    city: str
    source: str


def dealer_workbook(lang: Lang, today: date) -> bytes:
    """Return the workbook as an XLSX file: `ROWS` purchases of `CUSTOMERS` customers, some of them three times."""
    random, naming = Random("practice dealer"), Random("practice names")  # noqa: S311
    buyers = [_buyer(random, naming, lang, number, today) for number in range(CUSTOMERS)]
    again = ROWS - CUSTOMERS
    bought = [*buyers, *buyers[: again // 2], *buyers[: again - again // 2]]
    random.shuffle(bought)
    rows = [_row(random, lang, one, today) for one in bought]
    return _workbook(lang, rows, today)


def _buyer(random: Random, naming: Random, lang: Lang, number: int, today: date) -> _Buyer:
    gender = random.choice(("female", "male", "male"))
    return _Buyer(
        draw_name(naming, lang, gender).full,
        f"13{random.randrange(5, 10)}{random.randrange(1_000):03}{number:05}",
        _GENDERS[lang][gender],
        today - timedelta(days=random.randrange(20 * 365, 65 * 365)),
        random.choice(_CITIES[lang]),
        random.choice(_SOURCES[lang]),
    )


def _row(random: Random, lang: Lang, one: _Buyer, today: date) -> tuple[str | int, ...]:
    day = today - timedelta(days=min(int(random.expovariate(1 / 420)) + 2, 1_430))
    return (
        one.name,
        _phone(random, one.phone),
        one.gender,
        one.birthday.isoformat(),
        one.city,
        one.source,
        _day(random, lang, day),
        random.choice(_MODELS[lang]),
        _price(random, lang, random.randrange(86, 420)),
        random.choice(_CONSULTANTS[lang]),
        random.randrange(1, 7),
        random.choice(_YES_NO[lang]),
        random.choice(_REMARKS[lang]) if random.random() < 0.3 else "",
    )


def _phone(random: Random, number: str) -> str:
    spaced = f"{number[:3]} {number[3:7]} {number[7:]}"
    return random.choice((number, number, spaced, spaced.replace(" ", "-"), f"+86 {spaced}"))


def _day(random: Random, lang: Lang, day: date) -> str:
    short = f"{day:%y}/{day.month}/{day.day}"
    if lang == "en":
        return random.choice((f"{day}", f"{day.year}/{day.month}/{day.day}"))
    spelt = f"{day.year}年{day.month}月{day.day}日"
    return random.choice((short, spelt, f"{day}", f"{day.year}/{day.month}/{day.day}"))


def _price(random: Random, lang: Lang, thousands: int) -> str:
    """Write a price, given in thousands of yuan, or in fifths of that in dollars."""
    if lang == "en":
        dollars = thousands * 200
        return random.choice((f"{dollars:,}", f"${dollars:,.2f}", f"{dollars}"))
    wan = f"{thousands / 10:g}"
    yuan = thousands * 1_000
    return random.choice((f"{wan}万", f"{wan}万", f"{yuan:,}", f"{wan}万元", f"{yuan}.00"))


def _workbook(lang: Lang, rows: Sequence[tuple[str | int, ...]], today: date) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_numbers": False}) as book:
        # Its making is dated too: the same file on the same day.
        made = datetime(today.year, today.month, today.day, tzinfo=UTC).replace(tzinfo=None)
        book.set_properties({"created": made})
        sheet = book.add_worksheet(_SHEETS[lang])
        sheet.write(0, 0, _TITLES[lang])
        for number, cells in enumerate([_HEADS[lang], *rows], TITLE_ROWS):
            sheet.write_row(number, 0, cells)
        sheet.set_column(0, len(_HEADS[lang]) - 1, 15)
    return target.getvalue()
