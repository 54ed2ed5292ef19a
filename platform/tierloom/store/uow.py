"""The unit of work: one transaction with all repositories."""

from collections.abc import Callable

from sqlalchemy import Connection

from tierloom.domain.tables import RecordType
from tierloom.store.accounts import Accounts
from tierloom.store.changes import Changes
from tierloom.store.documents import Documents
from tierloom.store.frontiers import Frontiers
from tierloom.store.imports import Imports
from tierloom.store.invitations import Invitations
from tierloom.store.jobs import Jobs
from tierloom.store.overrides import Overrides
from tierloom.store.records import Records
from tierloom.store.results import Results
from tierloom.store.schedules import Schedules
from tierloom.store.shares import Shares
from tierloom.store.tables import Tables
from tierloom.store.transaction import Transaction
from tierloom.store.workspaces import Workspaces

Callback = Callable[[], None]


class UnitOfWork:
    """One transaction. Repositories never commit: leaving `Database.writing()` without an error
    does.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._callbacks: list[Callback] = []
        self.workspaces = Workspaces(transaction)
        self.documents = Documents(transaction)
        self.tables = Tables(transaction)
        self.changes = Changes(transaction)
        self.accounts = Accounts(transaction)
        self.jobs = Jobs(transaction)
        self.schedules = Schedules(transaction)
        self.results = Results(transaction)
        self.frontiers = Frontiers(transaction)
        self.overrides = Overrides(transaction)
        self.imports = Imports(transaction)
        self.invitations = Invitations(transaction)
        self.shares = Shares(transaction)

    @property
    def now(self) -> int:
        """When this unit of work began, in milliseconds."""
        return self._transaction.now

    @property
    def writes(self) -> bool:
        """Whether it may write."""
        return self._transaction.writes

    @property
    def connection(self) -> Connection:
        """The connection, for the column store's own reading."""
        return self._transaction.connection

    def records(self, record_type: RecordType) -> Records:
        """Return the records of one type."""
        return Records(self._transaction, record_type)

    def after_commit(self, callback: Callback) -> None:
        """Call back once the transaction is committed; never when it is rolled back."""
        self._callbacks.append(callback)

    def run_callbacks(self) -> None:
        """Call everybody back, in the order of asking."""
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()
