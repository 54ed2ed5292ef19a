"""Provinces, cities and districts of China: their codes (GB/T 2260), their names, and names read back.

A code has six digits, two for each level: 440000 is Guangdong, 440300 Shenzhen in it, 440305 a
district of Shenzhen. The four municipalities have districts and no cities between. The table in
the data folder `schemas/regions` has all provinces and cities, and the districts of the larger
cities; of other cities any district's code is taken, and shown as a number.
"""

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from tierloom.resources import folder
from tierloom.schemas.free_text import fold_width
from tierloom.schemas.problems import BadText, shown
from tierloom.text import Label, T, Text

_CODE = re.compile(r"\d{2}(?:\d{2}(?:\d{2})?)?\Z")
_BETWEEN = re.compile(r"[\W_]+")
_ENGLISH_ENDS = re.compile(
    r"(?:province|municipality|city|district|county|prefecture|autonomous region)\s*\Z"
)
_WHOLE = re.compile(r"^中国|市辖区")
_OFFERED = 5
MAX_OFFERED = 40


@dataclass(frozen=True, slots=True)
class Region:
    """A province, city or district. `short` is its name without "省", "市" and the like."""

    code: str
    name: str
    short: str
    english: str

    @property
    def level(self) -> int:
        """1 for a province, 2 for a city, 3 for a district."""
        return len(prefix_of(self.code)) // 2


def prefix_of(code: str) -> str:
    """Return the digits that the codes of everything in a region begin with."""
    return re.sub(r"(?:00){1,2}\Z", "", code)


@lru_cache(maxsize=1)
def regions() -> Mapping[str, Region]:
    """Return all regions of the table by code, in the order of codes."""
    path = folder("schemas") / "regions" / "regions.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))[1:]
    return {row[0]: Region(*row) for row in rows}


def parent_of(code: str) -> Region | None:
    """Return the region that a code lies in directly, None for a province and for no code."""
    above = (code[:4] + "00", code[:2] + "0000")
    return next((regions()[one] for one in above if one != code and one in regions()), None)


@lru_cache(maxsize=1)
def _children() -> Mapping[str, tuple[Region, ...]]:
    found: dict[str, list[Region]] = defaultdict(list)
    for one in regions().values():
        above = parent_of(one.code)
        found[above.code if above else ""].append(one)
    return {code: tuple(inside) for code, inside in found.items()}


def children_of(code: str) -> tuple[Region, ...]:
    """Return what lies directly in a region; of an empty code, the provinces."""
    return _children().get(code, ())


def is_region(code: str) -> bool:
    """Tell whether this is the code of a region.

    Any district is taken in a city whose districts the table does not have.
    """
    if code in regions():
        return True
    city = regions().get(code[:4] + "00")
    inside = len(code) == 6 and code.isdecimal() and code.isascii() and not code.endswith("00")
    return inside and city is not None and not children_of(city.code)


def path_of(code: str) -> tuple[Region, ...]:
    """Return the region with those that it lies in, the province first.

    What the table does not have is called by its code.
    """
    found = [regions().get(code) or Region(code, code, code, code)]
    while (above := parent_of(found[0].code)) is not None:
        found.insert(0, above)
    return tuple(found)


def region_name(code: str, locale: str) -> str:
    """Return a region's whole name: "广东省深圳市南山区", "Nanshan, Shenzhen, Guangdong"."""
    path = path_of(code)
    if locale.startswith("zh"):
        return "".join(one.name for one in path)
    return ", ".join(one.english for one in reversed(path))


def region_text(code: str, locale: str, *, commas: bool = True) -> str:
    """Return a region's whole name where it reads back as the same region, else its code.

    Without `commas` it can stand in a list.
    """
    name = region_name(code, locale)
    name = name if commas else name.replace(",", "")
    try:
        return name if read_region(name) == code else code
    except BadText:
        return code


def offered(typed: str, locale: str) -> tuple[Region, ...]:
    """Return the regions to offer for what is typed so far: of nothing, the provinces.

    A name that can be read is followed by what lies in it.
    """
    key = _key(fold_width(typed).strip())
    if not key:
        return children_of("")
    found = {code: regions()[code] for code in _index().get(key, ())}
    for one in list(found.values()):
        found.update((inside.code, inside) for inside in children_of(one.code))
    for one in regions().values():
        if len(found) >= MAX_OFFERED:
            break
        if any(_key(part).startswith(key) for part in (one.short, one.name, one.english)) or (
            _key(region_name(one.code, locale)).startswith(key)
        ):
            found.setdefault(one.code, one)
    return tuple(found.values())[:MAX_OFFERED]


def region_label(code: str) -> Label:
    """Return a region's whole name in both languages."""
    return Label({locale: region_name(code, locale) for locale in ("zh", "en")})


def read_region(text: str) -> str | None:
    """Return the code of the region in `text`, None where there is no text.

    A region goes by its code, or by its name in Chinese or English, with or without those that it
    lies in. A district needs its city, because several cities may have one of that name.

    Raises:
        BadText: there is no such region, or several.
    """
    word = fold_width(text).strip()
    if not word:
        return None
    if _CODE.match(word):
        code = word.ljust(6, "0")
        if is_region(code):
            return code
        raise _unknown(text)
    found = _index().get(_key(word), ())
    if not found:
        raise _alone(text) if _key(word) in _districts() else _unknown(text)
    if len(found) > 1:
        raise _several(text, found)
    return found[0]


def _key(text: str) -> str:
    """Return a name as it is compared: without signs, spaces, accents and case."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    parts = (_ENGLISH_ENDS.sub("", one.strip()) for one in letters.split(","))
    return _WHOLE.sub("", _BETWEEN.sub("", "".join(parts)))


@lru_cache(maxsize=1)
def _index() -> Mapping[str, tuple[str, ...]]:
    """Return the codes behind every way to write a province, a city, or a district in its city."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in regions().values():
        for written in _ways(one):
            found[_key(written)].add(one.code)
    return {key: _meant(codes) for key, codes in found.items()}


@lru_cache(maxsize=1)
def _districts() -> Mapping[str, tuple[str, ...]]:
    """Return the codes behind the names of districts that stand alone."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in regions().values():
        if one.level == 3:
            for written in (one.name, one.short, one.english):
                found[_key(written)].add(one.code)
    return {key: tuple(sorted(codes)) for key, codes in found.items()}


def _ways(region: Region) -> Iterator[str]:
    above = path_of(region.code)[:-1]
    if region.level < 3:
        yield from (region.name, region.short, region.english)
    if not above:
        return
    # With its city alone, or with the province before that; a municipality may be named twice.
    city, province = above[-1], above[0]
    lines = [(city, region), (province, city, region)]
    for line in lines:
        yield from map("".join, product(*((one.name, one.short) for one in line)))
        yield ",".join(one.english for one in line)
        yield ",".join(one.english for one in reversed(line))


def _meant(codes: set[str]) -> tuple[str, ...]:
    """Leave out a prefecture that shares a province's name and is no city: 海南 is the province."""
    found = [regions()[code] for code in sorted(codes)]
    if any(one.level == 1 for one in found):
        found = [one for one in found if one.level == 1 or one.name.endswith("市")]
    return tuple(one.code for one in found)


def _unknown(text: str) -> BadText:
    return BadText(
        "no-such-region",
        T("%(text)s is no province, city or district that is known.", text=shown(text)),
        T(
            "Write a name such as %(example)s, or a code of six digits.",
            example=region_label("440300"),
        ),
    )


def _alone(text: str) -> BadText:
    found = _districts()[_key(fold_width(text).strip())]
    return BadText(
        "ambiguous-region",
        T("%(text)s is a district; several cities may have one.", text=shown(text)),
        _hint(found),
    )


def _several(text: str, codes: tuple[str, ...]) -> BadText:
    return BadText(
        "ambiguous-region",
        T("%(text)s may be one of several regions.", text=shown(text)),
        _hint(codes),
    )


def _hint(codes: tuple[str, ...]) -> Text:
    names = [T("“%(name)s”", name=region_label(code)) for code in codes[:_OFFERED]]
    return T("Write it with its city or province: %(names)s.", names=names)
