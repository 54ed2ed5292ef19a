"""Who may do what: the one module that reads roles. Deny is the default."""

from collections.abc import Iterable

from tierloom.domain.fields import DataClass, Field
from tierloom.domain.people import DEFAULT_POLICY, Actor, Grant, Guest, Policy
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.errors import Forbidden, Invalid, Problem
from tierloom.text import T, Text

GRANT_NAMES: dict[Grant, Text] = {
    Grant.READ: T("see records"),
    Grant.WRITE_RECORDS: T("change records"),
    Grant.IMPORT: T("import files"),
    Grant.EXPORT: T("export records"),
    Grant.REVEAL: T("see masked values"),
    Grant.SHARE: T("share views"),
    Grant.DRAFT_RULES: T("draft rules"),
    Grant.DESIGN: T("design tables and forms"),
    Grant.PUBLISH: T("publish"),
    Grant.SAVE_VIEWS: T("save views"),
    Grant.MANAGE: T("manage the workspace"),
}


def require(actor: Actor | Guest, grant: Grant) -> None:
    """Let the actor pass if it has the grant.

    Raises:
        Forbidden: it has not; the text says what is missing.
    """
    if not actor.has(grant):
        raise Forbidden(
            T(
                "Your role does not allow you to %(what)s. Ask an owner of the workspace.",
                what=GRANT_NAMES[grant],
            )
        )


def policy(actor: Actor | Guest, field: Field) -> Policy:
    """Return what the actor may do with the values of `field`; a guest sees what its link says, and no more."""
    if isinstance(actor, Guest):
        if field.id in actor.readable:
            return Policy.READ
        return Policy.MASKED if field.id in actor.masked else Policy.NONE
    if actor.role is None:
        return Policy.WRITE
    return DEFAULT_POLICY[field.data_class][actor.role]


def may_read(actor: Actor | Guest, field: Field) -> bool:
    """Tell whether the actor may read the plain values of `field` (masked ones are not plain)."""
    return policy(actor, field) in (Policy.READ, Policy.WRITE)


def may_write(actor: Actor | Guest, field: Field) -> bool:
    """Tell whether the actor may type values into `field`."""
    return policy(actor, field) is Policy.WRITE and field.is_stored


def shown_fields(actor: Actor | Guest, table: RecordType) -> tuple[Field, ...]:
    """Live fields whose values the actor sees, plain or masked."""
    return tuple(one for one in table.live_fields if policy(actor, one) is not Policy.NONE)


def readable_fields(actor: Actor | Guest, table: RecordType) -> tuple[Field, ...]:
    """Live fields by which the actor may filter, sort, search and count."""
    return tuple(one for one in table.live_fields if may_read(actor, one))


def require_reads(actor: Actor, catalogue: Catalogue, reads: Iterable[tuple[str, str]]) -> None:
    """Refuse a rule that reads a field which the actor cannot: its count would give the values away.

    Raises:
        Invalid: one problem for each such field.
    """
    hidden = [
        field
        for table, key in sorted(reads)
        if (field := catalogue.table(table).find(key)) and not may_read(actor, field)
    ]
    if hidden:
        raise Invalid(
            Problem(
                "field-not-readable",
                "",
                T(
                    "You cannot use “%(field)s” in a rule: its values are hidden from your role.",
                    field=one.label,
                ),
            )
            for one in hidden
        )


PERSONAL = frozenset({DataClass.PERSONAL, DataClass.SENSITIVE})
