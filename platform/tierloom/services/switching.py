"""Going from one workspace to another: only to where the account belongs."""

from dataclasses import dataclass

from tierloom.domain.people import Actor
from tierloom.errors import NotFound
from tierloom.services.access import accounts
from tierloom.services.platform import Platform
from tierloom.services.workspaces import SAMPLE
from tierloom.text import T


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace as somebody who belongs to it sees it from outside."""

    id: int
    name: str
    is_sample: bool
    is_here: bool
    marks: frozenset[str]


def places(platform: Platform, actor: Actor) -> tuple[Place, ...]:
    """Return the workspaces to which the actor's account belongs and is let in, its own first, samples last."""
    with platform.database.reading() as uow:
        found = [
            uow.workspaces.get(one.workspace) for one in uow.accounts.memberships(actor.account)
        ]
    made = [
        Place(one.id, one.name, SAMPLE in one.marks, one.id == actor.workspace, one.marks)
        for one in found
    ]
    return tuple(sorted(made, key=lambda one: (one.is_sample, one.id)))


def switch(platform: Platform, actor: Actor, secret: str, workspace: int) -> Actor:
    """Go on in another workspace with the session that has this secret.

    Raises:
        NotFound: there is no such workspace, or the account does not belong to it: the same words.
    """
    with platform.database.writing() as uow:
        role = uow.accounts.role(actor.account, workspace)
        if role is None:
            raise NotFound(T("You belong to no such workspace."))
        uow.accounts.move_session(accounts.hashed(secret), workspace)
    return Actor(actor.account, actor.name, workspace, role)
