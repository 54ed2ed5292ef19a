"""The tables and rules that other builders' exports are about."""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tierloom.domain.fields import Field, FieldKind, FieldType, Option
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.text import Label

SHARED = Path(__file__).resolve().parents[5] / "shared/conformance"
ZONE = ZoneInfo("Asia/Shanghai")


def read(name: str) -> Any:
    path = SHARED / name
    return json.loads(path.read_text("utf-8")) if path.exists() else {"cases": [], "tables": {}}


def _field(given: dict[str, Any]) -> Field:
    kind = FieldKind(given["type"])
    options = tuple(Option(one, Label.of(one)) for one in given.get("options", ()))
    scale = {"scale": given["scale"]} if "scale" in given else {}
    declared = FieldType(kind, options=options, target=given.get("to"), **scale)
    return Field(given["key"], Label.of(given["key"]), declared)


def catalogue() -> Catalogue:
    """The shared catalogue; a key with a dot is that of no field."""
    tables = read("catalogue.json")["tables"]
    made = {
        key: RecordType(
            key,
            Label.of(key),
            tuple(_field(one) for one in fields if "." not in one["key"]),
            key_field="name" if key == "customers" else None,
        )
        for key, fields in tables.items()
    }
    return Catalogue(made)


CATALOGUE = catalogue()


def cases(name: str) -> list[Any]:
    return [
        (one["case"], one.get("logic_parseNumbers", one["logic"]))
        for one in read(name)["cases"]
        if one["logic"] is not None
    ]
