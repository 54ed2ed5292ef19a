"""Columns of record tables, for evaluators: memory-mapped files with a small tail of changes."""

from tierloom.store.columns.column_store import ColumnStore
from tierloom.store.columns.dictionary import TextDictionary
from tierloom.store.columns.snapshot import Snapshot, TableColumns

__all__ = ["ColumnStore", "Snapshot", "TableColumns", "TextDictionary"]
