"""`ui`: every macro of ui/templates/components, in every template, without an import.

A fragment is rendered by calling one block of its page; the page's own imports are not run then,
and names that it imported would be missing. A global is always there.
"""

import re
from typing import Any

from flask import Flask
from jinja2 import Environment
from jinja2.runtime import Macro
from markupsafe import Markup, escape


def attach(app: Flask) -> None:
    """Give templates the global `ui` and the filters that the components need."""
    app.jinja_env.globals["ui"] = Components(app.jinja_env)
    app.jinja_env.filters.update(
        attributes=attributes, initial=initial, page_window=page_window, slug=slug
    )


class Components:
    """Finds a macro by its name: `ui.button` is the macro `button` of a component file."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._homes: dict[str, str] = {}

    def __getattr__(self, name: str) -> Macro:
        if name not in self._homes:
            self._homes = self._find_all()
        if name not in self._homes:
            known = ", ".join(sorted(self._homes))
            raise AttributeError(f"No component {name!r}. Known: {known}.")
        # The environment keeps the compiled file, and reads it again when it was edited.
        module = self._environment.get_template(self._homes[name]).module
        macro: Macro = getattr(module, name)
        return macro

    def _find_all(self) -> dict[str, str]:
        files = self._environment.list_templates(
            filter_func=lambda path: path.startswith("components/")
        )
        return {
            name: file
            for file in files
            for name, value in vars(self._environment.get_template(file).module).items()
            if isinstance(value, Macro)
        }


def attributes(given: dict[str, Any]) -> Markup:
    """Write keyword arguments as attributes: `hx_post="/x", hidden=True` is ` hx-post="/x" hidden`.

    None and False leave an attribute out, but `aria_*` says "false". Names that Python cannot spell
    come in a dictionary: `attrs={"hx-status:422": "…"}`.
    """
    extra = given.get("attrs") or {}
    named = {key.replace("_", "-"): value for key, value in given.items() if key != "attrs"}
    parts = [_attribute(key, value) for key, value in {**named, **extra}.items()]
    return Markup("").join(parts)


def _attribute(name: str, value: object) -> Markup:
    if value is None:
        return Markup("")
    if isinstance(value, bool):
        if name.startswith("aria-"):
            return Markup(' {}="{}"').format(name, str(value).lower())
        return Markup(" {}").format(name) if value else Markup("")
    return Markup(' {}="{}"').format(name, escape(value))


def slug(name: object) -> str:
    """Make an id from the name of a control: `n1.op` gives `n1-op`, each time the same."""
    return re.sub(r"[^\w-]+", "-", str(name))


def initial(name: str) -> str:
    """Return what stands in an avatar: the family name's character, or two Latin initials."""
    words = name.split()
    if not words:
        return "?"
    if not words[0].isascii() or len(words) == 1:
        return words[0][0].upper()
    return (words[0][0] + words[-1][0]).upper()


def page_window(page: int, pages: int) -> list[int | None]:
    """Return the page numbers to offer around `page`; None stands for a gap."""
    near = {1, pages, page - 1, page, page + 1}
    shown: list[int | None] = []
    last = 0
    for number in sorted(n for n in near if 1 <= n <= pages):
        if number > last + 1:
            shown.append(None if number > last + 2 else number - 1)
        shown.append(number)
        last = number
    return shown
