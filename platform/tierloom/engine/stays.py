"""Stay policies over arrays: which tier records hold, given what the rules say at one instant after another.

A state does not change between the instants at which the rules' answer changes, a protection ends or a grace ends.
So whoever looks at those instants sees the same history as whoever looks every day.
"""

from dataclasses import dataclass

import numpy as np

from tierloom.engine.results import Codes, Instants

NEVER = int(np.iinfo(np.int64).max)
"""Instead of an instant: no time will do."""


@dataclass(frozen=True, slots=True)
class Stays:
    """What a policy knows of each record; instants are in milliseconds UTC.

    `codes` are placement codes, held since `since`. Until `protected_until` the tier is kept whatever the rules say
    (0: it never was protected); `grace_until` is when a tier that the rules no longer give ends (0: they give it).
    """

    codes: Codes
    since: Instants
    protected_until: Instants
    grace_until: Instants
