"""The store: one class over SQLite or PostgreSQL. No SQL stands outside this package."""

from crawler.store.alerts import NewMail
from crawler.store.changes import Change
from crawler.store.events import Event, EventKind
from crawler.store.store import Counts, Store, open_store

__all__ = ["Change", "Counts", "Event", "EventKind", "NewMail", "Store", "open_store"]
