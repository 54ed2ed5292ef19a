"""Sharing a view with people who have no account: read-only links, and one file without scripts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_urlsafe

from tierloom.domain.fields import Field, FieldKind
from tierloom.domain.label_sets import LabelSet
from tierloom.domain.people import Actor, Grant
from tierloom.domain.scores import Score
from tierloom.domain.tiers import TierModel
from tierloom.domain.views import View
from tierloom.errors import Invalid, NotFound, Problem, raise_if
from tierloom.schemas import documents
from tierloom.services import authorize, grid
from tierloom.services.access import passwords
from tierloom.services.access.accounts import hashed
from tierloom.services.access.guests import creator_of, view_of
from tierloom.services.access.shared_list import SharedList, guest_of, whole_list
from tierloom.services.authorize import PERSONAL
from tierloom.services.grid import TIER
from tierloom.services.marks import marks_of
from tierloom.services.platform import Platform
from tierloom.services.workbench import Workbench, reading, writing
from tierloom.store.shares import Reads, Share, SharedColumns
from tierloom.text import T, Text

DAY_MS = 24 * 3600 * 1000
USUAL_DAYS = 7
MOST_DAYS = 90
LEAST_PASSWORD = 8
MOST_ROWS = 20_000
"""How many records one HTML file holds at most."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to share: columns as the list names them (a field's key, `tier:<key>` …), and for how long.

    `revealed` are those personal fields that are shown in full; `days` and `password` concern links alone.
    """

    columns: tuple[str, ...]
    revealed: frozenset[str] = frozenset()
    days: int = USUAL_DAYS
    password: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A column that can be shared: a field, tier model, score or label set. `in_view` says that the view shows it.

    A `personal` field is masked unless it is revealed, which is possible where the actor reads it in full.
    """

    key: str
    thing: Field | TierModel | Score | LabelSet
    in_view: bool
    personal: bool = False
    revealable: bool = False


@dataclass(frozen=True, slots=True)
class ShareLink:
    """A link as its makers see it. `state` is open, revoked, over, or dead (nobody vouches for it any more)."""

    share: Share
    who: str
    state: str
    reads: Reads
    columns: SharedColumns

    @property
    def is_open(self) -> bool:
        """Whether the link still opens the view."""
        return self.state == "open"

    @property
    def expires(self) -> datetime:
        """When it stops."""
        return _moment(self.share.expires_at)

    @property
    def last_opened(self) -> datetime | None:
        """When it was opened last."""
        return _moment(self.reads.last) if self.reads.last is not None else None


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def offers(bench: Workbench, view: View) -> list[Offer]:
    """Return the columns of a view that the actor may share, those first that the view shows.

    Raises:
        Forbidden: the actor may not share.
    """
    authorize.require(bench.actor, Grant.SHARE)
    table = bench.published.table(view.record_type)
    seen = grid.in_list_order(table, authorize.shown_fields(bench.actor, table))
    shown = {one.key for one in grid.listed(table, seen, view.columns)}
    models = [
        Offer(f"{TIER}{one.key}", one, _shows_model(view, one))
        for one in bench.published.tier_models(table.key)
    ]
    marks = marks_of(bench, table, ())
    marked = [
        Offer(key, one, not view.columns or key in view.columns) for key, one in marks.columns
    ]
    fields = [_offer(bench.actor, one, shown) for one in seen]
    return sorted([*fields[:1], *models, *marked, *fields[1:]], key=lambda one: not one.in_view)


def _shows_model(view: View, model: TierModel) -> bool:
    column = f"{TIER}{model.key}"
    return not view.columns or column in view.columns or view.tier_model == model.key


def _offer(actor: Actor, field: Field, shown: set[str]) -> Offer:
    personal = field.data_class in PERSONAL
    in_view = field.key in shown and field.type.kind is not FieldKind.LONG_TEXT
    return Offer(field.key, field, in_view, personal, personal and authorize.may_read(actor, field))


def create(platform: Platform, actor: Actor, key: str, wish: Wish) -> str:
    """Make a link of a view and return its secret, which is stored nowhere.

    Raises:
        Forbidden: the actor may not share.
        NotFound: there is no such view.
        Invalid: no column, too long or no time, a short password, or a filter that the actor may not use.
    """
    authorize.require(actor, Grant.SHARE)
    raise_if(_problems(wish))
    password_hash = passwords.hash_of(wish.password) if wish.password else ""
    secret, now = token_urlsafe(32), platform.now_ms()
    with writing(platform, actor) as bench:
        view = bench.published.view(key)
        bench.compile(view.filter, view.record_type)
        bench.uow.shares.create(
            actor.workspace,
            bench.published.documents["view", key].id,
            hashed(secret),
            _frozen(bench, view, wish),
            note=wish.note.strip()[:100],
            password_hash=password_hash,
            by=actor.account,
            at=now,
            expires=now + wish.days * DAY_MS,
        )
    return secret


def _problems(wish: Wish) -> list[Problem]:
    found = []
    if not 1 <= wish.days <= MOST_DAYS:
        words = T("A share link works for 1 to %(n)s days.", n=MOST_DAYS)
        found.append(Problem("bad-expiry", "/days", words))
    if wish.password:
        found += passwords.problems(wish.password, least=LEAST_PASSWORD)
    return found


def _frozen(bench: Workbench, view: View, wish: Wish) -> SharedColumns:
    """Return the ids of the wished columns: a field made later with the same key is another field."""
    chosen = [one for one in offers(bench, view) if one.key in wish.columns]
    fields = [(one, one.thing) for one in chosen if isinstance(one.thing, Field)]
    published = bench.published.documents
    models = [
        published[documents.kind_of(one.thing), one.thing.key].id
        for one in chosen
        if not isinstance(one.thing, Field)
    ]
    if not fields and not models:
        words = T("Choose at least one column.")
        raise Invalid([Problem("no-columns", "/columns", words)])
    return SharedColumns(
        tuple(field.id for _, field in fields),
        tuple(field.id for one, field in fields if one.revealable and one.key in wish.revealed),
        tuple(models),
    )


def links(bench: Workbench, key: str) -> list[ShareLink]:
    """Return the links of a view, whoever made them, the newest first.

    Raises:
        Forbidden: the actor may not share.
        NotFound: there is no such view.
    """
    authorize.require(bench.actor, Grant.SHARE)
    bench.published.view(key)
    number = bench.published.documents["view", key].id
    now = bench.platform.now_ms()
    return [
        ShareLink(
            share,
            _name(bench, share.created_by),
            _state(bench, share, now),
            reads,
            share.columns,
        )
        for share, reads in bench.uow.shares.of_view(bench.actor.workspace, number)
    ]


def _name(bench: Workbench, account: int) -> str:
    found = bench.uow.accounts.get(account)
    return found.name if found else ""


def _state(bench: Workbench, share: Share, now: int) -> str:
    if share.revoked_at is not None:
        return "revoked"
    if share.expires_at <= now:
        return "over"
    return "open" if creator_of(bench.uow, share) else "dead"


def revoke(platform: Platform, actor: Actor, share: int) -> str:
    """End a link at once; return the key of its view, empty where that is in the bin.

    Raises:
        Forbidden: the actor may not share.
        NotFound: the workspace has no such link.
    """
    authorize.require(actor, Grant.SHARE)
    with writing(platform, actor) as bench:
        found = bench.uow.shares.find(actor.workspace, share)
        if found is None:
            raise NotFound(T("There is no such share link."))
        bench.uow.shares.revoke(share, platform.now_ms())
        view = view_of(bench, found)
        return view.key if view else ""


def html_file(platform: Platform, actor: Actor, key: str, wish: Wish) -> SharedList:
    """Return what one HTML file of a view holds: all its rows, with the columns and masks of a link.

    Raises:
        Forbidden: the actor may not share, or may not export.
        NotFound: there is no such view.
        Invalid: no column, or more records than a file holds.
    """
    authorize.require(actor, Grant.SHARE)
    authorize.require(actor, Grant.EXPORT)
    with reading(platform, actor) as bench:
        view = bench.published.view(key)
        columns = _frozen(bench, view, wish)
        table = bench.published.table(view.record_type)
        total = int(grid.found(bench, table, grid.Query(table.key, view.filter)).sum())
        if total > MOST_ROWS:
            raise Invalid([Problem("too-many-records", "", _too_many(total))])
        return whole_list(bench, guest_of(bench, view, columns), view)


def _too_many(total: int) -> Text:
    return T(
        "This view has %(total)s records; one file holds at most %(most)s. Share a link, or filter the view first.",
        total=f"{total:,}",
        most=f"{MOST_ROWS:,}",
    )
