"""What a repository works in: an open transaction of one database, and its moment."""

from dataclasses import dataclass
from typing import Any, NoReturn

from sqlalchemy import Connection, Row

from tierloom.errors import Conflict, NotFound
from tierloom.store.drivers import Driver
from tierloom.text import T

AnyRow = Row[*tuple[Any, ...]]
"""A row whose columns are known to the query that made it."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """`now` is when the unit of work began, in milliseconds: all that it writes has this moment."""

    connection: Connection
    driver: Driver
    now: int
    writes: bool

    def next_id(self) -> int:
        """Take an id; it is never given out again."""
        return self.driver.take_ids(self.connection, 1)[0]


def stale(found: int, expected: int) -> NoReturn:
    """Refuse a write that was made from an older version of the thing.

    Raises:
        Conflict: always.
    """
    raise Conflict(
        T(
            "Somebody else changed this in the meantime: you saw version %(expected)s,"
            " it is now version %(found)s. Nothing was saved.",
            expected=expected,
            found=found,
        )
    )


def missing(what: str, number: int) -> NoReturn:
    """Refuse an id that is not there.

    Raises:
        NotFound: always.
    """
    raise NotFound(
        T("There is no %(what)s with the number %(number)s.", what=_NOUNS[what], number=number)
    )


_NOUNS = {
    "workspace": T("workspace"),
    "account": T("account"),
    "document": T("document"),
    "record": T("record"),
    "job": T("job"),
    "import": T("import"),
    "version": T("version"),
    "invitation": T("invitation"),
    "share": T("share link"),
    "session": T("session"),
    "override": T("tier given by hand"),
    "schedule": T("schedule"),
}
