"""Settings of one installation, from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

DEFAULT_FOLDER = "data"
KEEP_JOBS_DAYS = 90
FOREVER = 36_500


@dataclass(frozen=True, slots=True)
class Settings:
    """Where data live. Documented in docs/settings.md; a test holds the two together.

    `folder` holds the SQLite database, column files, uploads and the key file; `database_url` replaces the SQLite
    database by a PostgreSQL one; `hosts` are the host names that the web server answers to (empty: any local name);
    `tls` says that browsers reach it by https, through `proxies` proxies that set X-Forwarded headers; jobs that ended
    more than `keep_jobs_days` days ago are removed with their files.
    """

    folder: Path
    database_url: str = ""
    hosts: tuple[str, ...] = ()
    tls: bool = False
    proxies: int = 0
    keep_jobs_days: int = KEEP_JOBS_DAYS

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the variables `TIERLOOM_…` of an environment; what is no number counts as not set."""
        proxies = environment.get("TIERLOOM_PROXIES", "0")
        hosts = environment.get("TIERLOOM_HOSTS", "")
        days = environment.get("TIERLOOM_KEEP_JOBS_DAYS", "")[:9]
        return cls(
            folder=Path(environment.get("TIERLOOM_DATA") or DEFAULT_FOLDER).absolute(),
            database_url=environment.get("TIERLOOM_DATABASE_URL", ""),
            hosts=tuple(host.strip() for host in hosts.split(",") if host.strip()),
            tls=environment.get("TIERLOOM_TLS", "") in ("1", "yes", "true"),
            proxies=int(proxies) if proxies.isdecimal() else 0,
            keep_jobs_days=min(int(days), FOREVER)
            if days.strip("0").isdecimal()
            else KEEP_JOBS_DAYS,
        )
