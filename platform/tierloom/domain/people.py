"""Who acts: accounts with roles in a workspace, and what roles may do."""

from dataclasses import dataclass
from enum import StrEnum

from tierloom.domain.fields import DataClass


class Role(StrEnum):
    """The five roles. They do not contain one another; `GRANTS` says what each may do."""

    OWNER = "owner"
    DESIGNER = "designer"
    DATA_ADMIN = "data_admin"
    ANALYST = "analyst"
    VIEWER = "viewer"


class Grant(StrEnum):
    """One thing that somebody may do. Whoever has no grant may not: deny is the default."""

    READ = "read"
    WRITE_RECORDS = "write_records"
    IMPORT = "import"
    EXPORT = "export"
    REVEAL = "reveal"
    SHARE = "share"
    DRAFT_RULES = "draft_rules"
    DESIGN = "design"
    PUBLISH = "publish"
    SAVE_VIEWS = "save_views"
    MANAGE = "manage"


GRANTS: dict[Role, frozenset[Grant]] = {
    Role.OWNER: frozenset(Grant),
    Role.DESIGNER: frozenset(
        {Grant.READ, Grant.DRAFT_RULES, Grant.DESIGN, Grant.PUBLISH, Grant.SAVE_VIEWS}
    ),
    Role.DATA_ADMIN: frozenset(
        {
            Grant.READ,
            Grant.WRITE_RECORDS,
            Grant.IMPORT,
            Grant.EXPORT,
            Grant.REVEAL,
            Grant.SAVE_VIEWS,
        }
    ),
    Role.ANALYST: frozenset({Grant.READ, Grant.DRAFT_RULES, Grant.SAVE_VIEWS}),
    Role.VIEWER: frozenset({Grant.READ}),
}


class Policy(StrEnum):
    """What a role may do with a field's values, weakest first."""

    NONE = "none"
    MASKED = "masked"
    READ = "read"
    WRITE = "write"


_PERSONAL = {
    Role.OWNER: Policy.WRITE,
    Role.DESIGNER: Policy.MASKED,
    Role.DATA_ADMIN: Policy.WRITE,
    Role.ANALYST: Policy.MASKED,
    Role.VIEWER: Policy.MASKED,
}
_ORDINARY = {
    Role.OWNER: Policy.WRITE,
    Role.DESIGNER: Policy.READ,
    Role.DATA_ADMIN: Policy.WRITE,
    Role.ANALYST: Policy.READ,
    Role.VIEWER: Policy.READ,
}
DEFAULT_POLICY: dict[DataClass, dict[Role, Policy]] = {
    DataClass.PUBLIC: _ORDINARY,
    DataClass.INTERNAL: _ORDINARY,
    DataClass.PERSONAL: _PERSONAL,
    DataClass.SENSITIVE: _PERSONAL,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts in one workspace. Services take one and ask what it may do.

    `SYSTEM` (role None) is the engine itself: published rules run as it. Nobody can log in as it.
    """

    account: int
    name: str
    workspace: int
    role: Role | None

    @property
    def is_system(self) -> bool:
        """Whether this is the engine acting for everybody."""
        return self.role is None

    def has(self, grant: Grant) -> bool:
        """Tell whether the actor has this grant."""
        return self.role is None or grant in GRANTS[self.role]


@dataclass(frozen=True, slots=True)
class Guest:
    """Whoever opened a share link: no `Actor`, has no grant and no role, and no account.

    `readable` and `masked` are ids of the fields that the link shows, already limited to what its creator may see
    now; of every other field a guest sees nothing. `models` are ids of the tier
    models, scores and label sets.
    """

    share: int
    workspace: int
    readable: frozenset[int] = frozenset()
    masked: frozenset[int] = frozenset()
    models: frozenset[int] = frozenset()

    def has(self, _grant: Grant) -> bool:
        """Tell that a guest has no grant, whichever it is: whatever asks for one refuses."""
        return False


def system_actor(workspace: int) -> Actor:
    """Return the engine as an actor of `workspace`."""
    return Actor(0, "system", workspace, None)
