"""The store: one class over SQLite or PostgreSQL. No SQL stands outside this package."""

from crawler.store.events import Event, EventKind
from crawler.store.store import Store, open_store

__all__ = ["Event", "EventKind", "Store", "open_store"]
