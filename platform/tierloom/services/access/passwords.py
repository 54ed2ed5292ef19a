"""Passwords: of accounts and of share links."""

import secrets
from collections.abc import Iterator
from functools import cache

from pwdlib import PasswordHash

from tierloom.errors import Problem
from tierloom.text import T

MIN_LENGTH = 10
MAX_LENGTH = 1000
_hasher = PasswordHash.recommended()


@cache
def _nothing() -> str:
    """Make what is compared with when there is nothing: that takes as long as a wrong password.

    Made on first use, because it takes a fifth of a second that most commands do not need.
    """
    return _hasher.hash(secrets.token_urlsafe())


def hash_of(password: str) -> str:
    """Return how a password is stored."""
    return _hasher.hash(password)


def fits(password: str, stored: str | None) -> bool:
    """Tell whether a password is the stored one. Nothing stored fits none, and takes as long to say so."""
    right = _hasher.verify(password[:MAX_LENGTH], stored or _nothing())
    return right and bool(stored) and len(password) <= MAX_LENGTH


def problems(
    password: str, pointer: str = "/password", least: int = MIN_LENGTH
) -> Iterator[Problem]:
    """Yield what is wrong with a new password."""
    if len(password) < least:
        words = T("A password has at least %(n)s characters.", n=least)
        yield Problem("short-password", pointer, words)
    if len(password) > MAX_LENGTH:
        words = T("A password has at most %(n)s characters.", n=MAX_LENGTH)
        yield Problem("long-password", pointer, words)
