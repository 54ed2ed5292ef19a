"""Reading templates from the data folder `rules/packs`."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from tierloom.domain.fields import Aggregate, FieldKind, Option
from tierloom.resources import folder
from tierloom.rules.templates.values import (
    Asks,
    Figure,
    Measure,
    Of,
    Parameter,
    Sheet,
    Template,
    Total,
)
from tierloom.text import Label

MANIFEST = "template.json"
FIGURES = "figures.json"


def template_names() -> tuple[str, ...]:
    """Names of the templates that there are, in the order in which they are offered."""
    found = {
        path.parent.name: json.loads(path.read_text("utf-8"))["position"]
        for one in _root().iterdir()
        if one.is_dir() and (path := Path(str(one / MANIFEST))).is_file()
    }
    return tuple(sorted(found, key=lambda name: int(found[name])))


@lru_cache(maxsize=32)
def read_template(name: str) -> Template:
    """Return a template.

    Raises:
        ValueError: there is no such template.
    """
    if name not in template_names():
        raise ValueError(f"No template {name!r}. Known: {', '.join(template_names())}.")
    source = Path(str(_root() / name))
    body = json.loads((source / MANIFEST).read_text("utf-8"))
    known = _figures()
    optional = frozenset(body.get("optional", ()))
    used = (*body["figures"], *body.get("optional", ()))
    files = [
        json.loads(path.read_text("utf-8"))
        for path in sorted(source.glob("*.json"))
        if path.name != MANIFEST
    ]
    return Template(
        name,
        Label(body["label"]),
        Label(body["summary"]),
        body["icon"],
        tuple(known[key] for key in used),
        tuple(map(_parameter, body["parameters"])),
        tuple(_sheet(one, used) for one in sorted(files, key=lambda one: int(one["position"]))),
        optional,
        body.get("tables", ""),
    )


def figure_named(key: str) -> Figure:
    """Return a figure that some template asks for.

    Raises:
        KeyError: there is none.
    """
    return _figures()[key]


def _root() -> Path:
    return Path(str(folder("rules"))) / "packs"


@lru_cache(maxsize=1)
def _figures() -> Mapping[str, Figure]:
    body = json.loads((_root() / FIGURES).read_text("utf-8"))
    return {one["key"]: _figure(one) for one in body["figures"]}


def _figure(body: Mapping[str, Any]) -> Figure:
    total = body.get("total")
    return Figure(
        body["key"],
        Label(body["label"]),
        tuple(map(FieldKind, body["kinds"])),
        tuple(body["words"]),
        tuple(body.get("near", ())),
        Of(body.get("of", Of.RECORD)),
        Total(Aggregate(total["aggregate"]), total.get("of", ""), total.get("window_days"))
        if total
        else None,
        Label(body["unit"]) if "unit" in body else None,
        Label(body["wording"]) if "wording" in body else None,
        tuple(Option(key, Label({"zh": zh, "en": en})) for key, zh, en in body.get("sample", ())),
        tuple(body.get("concepts", ())),
    )


def _parameter(body: Mapping[str, Any]) -> Parameter:
    ((measure, share),) = body["method"].items()
    return Parameter(
        body["key"],
        Label(body["label"]),
        body["figure"],
        Measure(measure),
        float(share) if measure != Measure.CENTRE else 0.5,
        float(body["default"]),
        Asks(body.get("asks", Asks.AT_LEAST)),
        body.get("above", ""),
        body.get("beyond", False),
    )


def _sheet(body: Mapping[str, Any], known: tuple[str, ...]) -> Sheet:
    names = set(_names(body["document"]))
    return Sheet(body, tuple(key for key in known if key in names))


def _names(node: object) -> Iterator[str]:
    """Yield the figures that a document's rules read."""
    if isinstance(node, dict):
        yield from (
            node[one] for one in ("var", "each_option_of") if isinstance(node.get(one), str)
        )
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from _names(child)
