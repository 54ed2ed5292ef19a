"""The tables of the database, by aggregate. Record tables (`r_<id>`) are made at run time:
`record_tables`.
"""

from tierloom.store.schema import (
    accounts,
    changes,
    documents,
    imports,
    jobs,
    results,
    shares,
    workspaces,
)
from tierloom.store.schema.metadata import metadata

__all__ = [
    "accounts",
    "changes",
    "documents",
    "imports",
    "jobs",
    "metadata",
    "results",
    "shares",
    "workspaces",
]
