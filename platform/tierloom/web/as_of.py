"""The as-of picker: the day that a page is of, and the controls that choose another one.

In an address `as_of` is a day, `month` a month by its number (twelve times the year, and the months before it in that
year), `rules=today` the question what today's rules say of that day's data. They work as links and plain forms.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from babel.dates import format_skeleton
from flask import Flask, Response, render_template, request

from tierloom.errors import NotFound
from tierloom.services.as_of import NotKnown, PastBench, Question, Reach, as_of, reach
from tierloom.services.runs import reconstruction
from tierloom.services.workbench import Workbench
from tierloom.text import T
from tierloom.web.hx import toast_only, wants_fragment
from tierloom.web.i18n import locale

AS_OF, MONTH, RULES = "as_of", "month", "rules"
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TimeBar:
    """What the picker needs. `day` is None today; `target` is the id of what htmx puts in place of the old page.

    `known` tells whether the records of the day are known; `rebuilt` is the day for which its tiers were worked out
    afterwards, if they were; `placed` tells whether any are known. `asks` tells whether the page can say what today's
    rules say of the day; `sizes` is where the sizes of the tiers are shown over time.
    """

    base: str
    carried: Pairs
    target: str
    today: date
    reach: Reach
    day: date | None
    question: Question
    known: bool
    rebuilt: date | None
    placed: bool
    asks: bool
    sizes: str

    @property
    def by_todays_rules(self) -> bool:
        """Whether the page says what today's rules say."""
        return self.question is Question.TODAY

    @property
    def kept(self) -> Pairs:
        """What goes along to other days: the rest of the address, and the question."""
        return (*self.carried, (RULES, "today")) if self.by_todays_rules else self.carried

    @property
    def here(self) -> Pairs:
        """What links on the page carry so that they lead to the same day."""
        if self.day is None:
            return ()
        asked = ((RULES, "today"),) if self.by_todays_rules else ()
        return ((AS_OF, self.day.isoformat()), *asked)

    @property
    def earliest(self) -> date:
        """The first day that can be asked for."""
        known = self.reach.data if self.by_todays_rules else self.reach.first
        return known or self.today

    @property
    def months(self) -> tuple[int, int, int]:
        """The first month, the one at hand, and this month, by their numbers."""
        return (month_of(self.earliest), month_of(self.day or self.today), month_of(self.today))

    @property
    def earlier(self) -> str:
        """The address of the month-end before, nothing where there is none."""
        found = (self.day or self.today).replace(day=1) - timedelta(days=1)
        return self.at(found) if found >= self.earliest else ""

    @property
    def later(self) -> str:
        """The address of the next month-end, or of today; nothing where it is today already."""
        if self.day is None:
            return ""
        found = last_day(month_of(self.day + timedelta(days=1)))
        return self.at(found) if found < self.today else self.at(None)

    def at(self, day: date | None) -> str:
        """Return the address of the page as of another day, None being today."""
        if day is None:
            return address(self.base, self.carried)
        return address(self.base, (*self.kept, (AS_OF, day.isoformat())))

    def asking(self, question: str) -> str:
        """Return the address of the page with one of the two questions."""
        asked = ((RULES, "today"),) if question == Question.TODAY else ()
        day = ((AS_OF, self.day.isoformat()),) if self.day else ()
        return address(self.base, (*self.carried, *day, *asked))

    def along(self, href: str) -> str:
        """Return an address of another page as of the same day."""
        return address(href, self.here)


def address(base: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Add parameters to an address."""
    query = urlencode(list(pairs))
    return f"{base}{'&' if '?' in base else '?'}{query}" if query else base


def moment(bench: Workbench, sent: Mapping[str, str], table: str | None = None) -> Workbench:
    """Return the workbench of the day that an address asks for; `table` is what the page is about.

    Raises:
        NotFound: that is no day.
        NotKnown: nothing can be said of it.
    """
    day = _asked(sent, bench.context.today)
    if day is None:
        return bench
    question = Question.TODAY if sent.get(RULES) == "today" else Question.THEN
    return as_of(bench, day, table, question)


def stepping() -> bool:
    """Tell whether the asker steps through the months: the controls stay open, also at today."""
    return MONTH in request.args


def time_bar(
    bench: Workbench,
    base: str,
    carried: Iterable[tuple[str, str]],
    table: str | None,
    target: str,
    *,
    asks: bool = False,
    sizes: str = "",
) -> TimeBar | None:
    """Return the picker of a page that `bench` draws; None where there is no past to look at."""
    past = bench if isinstance(bench, PastBench) else None
    today = past.today if past else bench
    found = reach(today, table)
    if past is None and (found.first is None or found.first >= today.context.today):
        return None
    return TimeBar(
        base,
        tuple(carried),
        target,
        today.context.today,
        found,
        past.day if past else None,
        past.question if past else Question.THEN,
        past.known if past else True,
        _rebuilt(past, table) if past else None,
        past is None or _placed(past, table),
        asks,
        sizes,
    )


def _rebuilt(past: PastBench, table: str | None) -> date | None:
    """Return the last day until then for which tiers were worked out afterwards, if those shown were."""
    models = past.published.tier_models(table)
    at = past.context.as_of
    rebuilt = next((one for one in models if reconstruction.is_rebuilt(past, one, at)), None)
    if past.question is Question.TODAY or rebuilt is None:
        return None
    return reconstruction.instant_of(past, rebuilt, at).astimezone(past.zone).date()


def _placed(past: PastBench, table: str | None) -> bool:
    models = past.published.tier_models(table)
    return not models or any(past.placed(one) is not None for one in models)


def _asked(sent: Mapping[str, str], today: date) -> date | None:
    number = sent.get(MONTH, "")
    if number.isdecimal() and len(number) <= 6:
        if month_of(today) <= int(number):
            return None
        return last_day(max(int(number), 12 * 1900))
    text = sent.get(AS_OF, "")
    return day_of(text) if text else None


def day_of(text: str) -> date:
    """Read a day of an address.

    Raises:
        NotFound: it is none.
    """
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise NotFound(T("“%(text)s” is not a day.", text=text[:40])) from None
    if not date.min + timedelta(days=2) < found < date.max - timedelta(days=2):
        raise NotFound(T("“%(text)s” is not a day.", text=text[:40]))
    return found


def month_of(day: date) -> int:
    """Return the number of a day's month."""
    return day.year * 12 + day.month - 1


def last_day(month: int) -> date:
    """Return the last day of a month by its number."""
    year, before = divmod(month + 1, 12)
    return date(year, before + 1, 1) - timedelta(days=1)


def month_name(month: int) -> str:
    """Return what a month is called, by its number."""
    return str(format_skeleton("yMMM", last_day(month), locale=locale()))


def attach(app: Flask) -> None:
    """Answer days of which nothing is known, and give templates the names of months."""
    app.register_error_handler(NotKnown, _not_known)
    app.jinja_env.filters["month_name"] = month_name


def _not_known(error: NotKnown) -> Response:
    if wants_fragment():
        return toast_only(error.text, "bad", 404)
    rest = [(key, one) for key, one in request.args.items(multi=True) if key not in (AS_OF, MONTH)]
    plain = [pair for pair in rest if pair[0] != RULES]
    known = error.nearest and address(request.path, (*rest, (AS_OF, error.nearest.isoformat())))
    body = render_template(
        "errors/not_known.html",
        text=error.text,
        nearest=error.nearest,
        known=known,
        today=address(request.path, plain),
    )
    return Response(body, 404)
