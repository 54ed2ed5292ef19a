"""Files to practise importing with, like those that people really have: titles, spaces, several spellings.

The same for the same language and day, anywhere; dated backwards from that day.
"""

import io
import zipfile
from dataclasses import dataclass
from datetime import date

from tierloom.services.demo.names import Lang
from tierloom.services.demo.practice.dealing import dealer_workbook
from tierloom.services.demo.practice.fuelling import fuel_files
from tierloom.services.demo.practice.ordering import order_lines
from tierloom.services.demo.trades import TradeKey

__all__ = ["PracticeFile", "dealer_workbook", "fuel_files", "order_lines", "practice_file"]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class PracticeFile:
    """A file to download."""

    name: str
    media_type: str
    body: bytes


def practice_file(trade: TradeKey, lang: Lang, today: date) -> PracticeFile:
    """Return what goes with a sample: a workbook, months of fill-ups in a ZIP, or an export of order lines."""
    match trade:
        case "dealer":
            name = "car-sales.xlsx" if lang == "en" else "汽车销售明细.xlsx"
            return PracticeFile(name, _XLSX, dealer_workbook(lang, today))
        case "fuel":
            return PracticeFile("加油流水.zip", "application/zip", _zipped(fuel_files(today)))
        case "shop":
            return PracticeFile("order-lines.csv", "text/csv; charset=utf-8", order_lines(today))


def _zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            # A fixed moment: the archive is the same whenever it is made.
            entry = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, body)
    return target.getvalue()
