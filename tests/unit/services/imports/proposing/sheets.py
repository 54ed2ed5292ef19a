"""Files as three people have them on their first day, made from a seed: the same ones every time."""

# ruff: noqa: DTZ001

import gzip
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import xlsxwriter

ROWS, CUSTOMERS = 1_840, 1_206
"""Of the dealer's workbook."""
MODELS = ("追光 S", "追光 S Plus", "远山 7", "远山 5", "星河 MPV")
ADVISORS = ("周敏", "陈立", "何倩", "孙浩", "马超")
CITIES = ("上海", "苏州", "杭州", "南京", "宁波")
SOURCES = ("车展", "老客户介绍", "汽车之家", "自然到店")


@dataclass(frozen=True)
class Buyer:
    """A customer of the dealer."""

    name: str
    phone: str
    gender: str
    birthday: str
    city: str
    source: str


def _phone(random: Random, number: str) -> str:
    """A phone as people write it down."""
    spaced = f"{number[:3]} {number[3:7]} {number[7:]}"
    return random.choice((number, spaced, spaced.replace(" ", "-"), f"+86 {spaced}", number))


def _short(random: Random, day: date) -> str:
    """A day as people write it down."""
    return random.choice(
        (f"{day:%y}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日", f"{day}")
    )


def _amount(random: Random, wan: float) -> str:
    return random.choice((f"{wan}万", f"{wan * 10_000:,.0f}", f"{wan}万元", f"{wan * 10_000:.2f}"))


def buyers(random: Random) -> list[Buyer]:
    """The dealer's customers; no two have a phone in common."""
    phones = random.sample(range(10**8), CUSTOMERS)
    return [
        Buyer(
            random.choice("赵钱孙李周吴郑王冯陈")
            + random.choice("伟芳娜敏静丽强磊军洋")
            + random.choice(("", "一", "文", "子")),
            f"13{random.randrange(5, 10)}{number:08}",
            random.choice("男女"),
            f"{random.randrange(1960, 2004)}-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}",
            random.choice(CITIES),
            random.choice(SOURCES),
        )
        for number in phones
    ]


def dealer(path: Path, seed: int = 20_240_305) -> Path:
    """Write the dealer's workbook: a title on top, one row for each purchase, some customers several times."""
    random = Random(seed)
    known = buyers(random)
    bought = [*known, *random.choices(known[:400], k=ROWS - CUSTOMERS)]
    random.shuffle(bought)
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
    sheet = book.add_worksheet("销售明细")
    sheet.write(0, 0, "星驰汽车 2022–2025 年销售明细（内部资料）")
    head = [
        "姓名",
        "手机",
        "性别",
        "生日",
        "城市",
        "客户来源",
        "购车日期",
        "车型",
        "成交价",
        "销售顾问",
        "到店次数",
        "是否置换",
        "备注",
    ]
    for place, word in enumerate(head):
        sheet.write(2, place, word)
    for row, one in enumerate(bought, 3):
        day = date(2022, 1, 3) + timedelta(random.randrange(1_400))
        cells = (
            one.name, _phone(random, one.phone), one.gender, one.birthday, one.city, one.source,
            _short(random, day), random.choice(MODELS), _amount(random, random.randrange(86, 420) / 10),
            random.choice(ADVISORS), random.randrange(1, 7), random.choice("是否"),
            random.choice(["", "", "", "要求周末试驾", "已送脚垫，下次保养提醒"]),
        )  # fmt: skip
        for place, cell in enumerate(cells):
            sheet.write(row, place, cell)
    sheet.write(3 + 100, 8, "面议")
    sheet.write(3 + 700, 6, "24/2/30")
    sheet.write(3 + 1_500, 1, "见备注")
    book.close()
    return path


FUEL_HEAD = "公司名称,行业,卡号,持卡人,车牌号,加油时间,油站,油品,升数,单价,金额(元)"


def fuel(folder: Path, seed: int = 7) -> list[Path]:
    """Write three months of a fuel chain's transactions in GB18030."""
    random = Random(seed)
    companies = [
        f"{city}{word}物流有限公司" for city in CITIES for word in ("顺达", "通远", "宏昌", "天行")
    ]
    trades = {one: random.choice(("快递", "冷链", "客运", "建材")) for one in companies}
    cards = [
        (random.choice(companies), f"{9_000_030 + 37 * n:010}",
         f"{random.choice('赵钱孙李')}{random.choice('师强军')}{n}", f"沪A{10_000 + n * 3}")
        for n in range(160)
    ]  # fmt: skip
    paths = []
    for month in (1, 2, 3):
        lines = [FUEL_HEAD]
        for _ in range(900):
            company, card, holder, plate = random.choice(cards)
            moment = datetime(
                2025, month, random.randrange(1, 29), random.randrange(24), random.randrange(60)
            )
            litres, price = random.randrange(2_000, 30_000) / 100, random.choice((7.15, 7.62, 8.04))
            lines.append(
                f"{company},{trades[company]},{card},{holder},{plate},{moment:%Y/%m/%d %H:%M},"
                f"{random.choice(('虹桥站', '浦东站', '园区站'))},{random.choice(('0#柴油', '92#汽油', '95#汽油'))},"
                f"{litres:.2f},{price},{round(litres * price, 2):.2f}"
            )
        path = folder / f"加油流水 2025-0{month}.csv"
        path.write_bytes(("\r\n".join(lines) + "\r\n").encode("gb18030"))
        paths.append(path)
    return paths


def order_lines(path: Path, seed: int = 11, orders: int = 600) -> Path:
    """Write an English shop's export: one row for each line of an order."""
    random = Random(seed)
    people = [
        (f"C-{1_000 + n}", f"{name} {random.choice(('Miller', 'Baker', 'Smith', 'Young'))}",
         f"{name.lower()}{n}@example.com")
        for n, name in enumerate(random.choices(("Anna", "Ben", "Clara", "David", "Ella"), k=220))
    ]  # fmt: skip
    lines = [
        "Order ID,Order Date,Customer ID,Customer Name,Email,Country,SKU,Product Name,Qty,Unit Price,Newsletter"
    ]
    flags = {person[0]: random.choice(("yes", "no")) for person in people}
    countries = {
        person[0]: random.choice(("Germany", "France", "United Kingdom")) for person in people
    }
    for number in range(orders):
        person = random.choice(people)
        moment = datetime(2024, 1, 1) + timedelta(minutes=random.randrange(700 * 24 * 60))
        for _ in range(random.randrange(1, 6)):
            sku = random.randrange(100, 160)
            cells = (f"{100_000 + number}", f"{moment:%Y-%m-%d %H:%M:%S}", *person, countries[person[0]],
                     f"P{sku:05}", f"Product {sku}", str(random.randrange(1, 5)),
                     f"{random.randrange(199, 9_999) / 100:.2f}", flags[person[0]])  # fmt: skip
            lines.append(",".join(cells))
    path.write_bytes(
        gzip.compress("\n".join(lines).encode())
        if path.suffix == ".gz"
        else "\n".join(lines).encode()
    )
    return path
