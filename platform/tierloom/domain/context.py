"""The context of a run: the only source of time and of what tables look like."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from tierloom.domain.tables import Catalogue


@dataclass(frozen=True, slots=True)
class RunContext:
    """`as_of` is an aware instant; `today` is its date in the workspace's zone. No rule reads another clock."""

    as_of: datetime
    zone: ZoneInfo
    catalogue: Catalogue

    def __post_init__(self) -> None:
        if self.as_of.tzinfo is None:
            raise ValueError("as_of needs a time zone.")
        object.__setattr__(self, "as_of", self.as_of.astimezone(UTC))

    @property
    def today(self) -> date:
        """The local date of `as_of`."""
        return self.as_of.astimezone(self.zone).date()
