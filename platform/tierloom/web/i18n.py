"""Which language, theme, zone and currency a request is answered in.

The order is: what the browser was told (cookie), what the account prefers, what the browser asks
for. `web/session.py` may set `g.account_preferences` before anything is rendered.
"""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from flask import Flask, g, has_request_context, request

from tierloom.text import DEFAULT_LOCALE, LOCALES, Translator, translator

THEMES = ("light", "dark", "auto")
LANGUAGE_COOKIE = "lang"
THEME_COOKIE = "theme"
DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")
NAMES = {"zh_Hans_CN": "中文", "en": "English"}
"""Each language in its own words: someone lost in the other one must find the way back."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """How one person reads. An account may leave `locale` and `theme` empty."""

    locale: str = ""
    theme: str = ""
    zone: ZoneInfo = DEFAULT_ZONE
    currency: str = "CNY"


def attach(app: Flask) -> None:
    """Give templates gettext in the reader's language, and the filter `t` for Texts and Labels."""
    env = app.jinja_env
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=_gettext,
        ngettext=_ngettext,
        newstyle=True,
    )
    env.filters["t"] = read
    app.context_processor(_context)


def preferences() -> Preferences:
    """Return the preferences of this request, worked out once."""
    if not has_request_context():
        return Preferences(DEFAULT_LOCALE, "auto")
    found: Preferences | None = g.get("preferences")  # a page asks a thousand times
    if found is None:
        account = getattr(g, "account_preferences", None) or Preferences()
        theme = request.cookies.get(THEME_COOKIE, "")
        found = g.preferences = replace(
            account,
            locale=choose_locale(
                request.cookies.get(LANGUAGE_COOKIE, ""),
                account.locale,
                list(request.accept_languages.values()),
            ),
            theme=theme if theme in THEMES else account.theme or "auto",
        )
    return found


def choose_locale(cookie: str, account: str, accepted: list[str]) -> str:
    """Return the locale to answer in. A reader of neither language is likelier to know English."""
    for wish in (cookie, account):
        if wish in LOCALES:
            return wish
    for tag in accepted:
        for locale in LOCALES:
            if tag.lower().partition("-")[0] == locale.partition("_")[0]:
                return locale
    return "en" if accepted else DEFAULT_LOCALE


def locale() -> str:
    """Return the locale of this request."""
    return preferences().locale


def here() -> Translator:
    """Return the Translator of this request."""
    return translator(locale())


def read(what: object) -> str:
    """Read a Text or Label in the language of this request; None is empty."""
    return "" if what is None else here().read(what)


def _gettext(message: str) -> str:
    return here().catalogue.gettext(message)


def _ngettext(one: str, many: str, n: int) -> str:
    return here().catalogue.ngettext(one, many, n)


def _context() -> dict[str, object]:
    chosen = preferences()
    return {
        "locale": chosen.locale,
        "language_tag": chosen.locale.replace("_", "-"),
        "languages": [(code, NAMES[code]) for code in LOCALES],
        "theme": chosen.theme,
    }
