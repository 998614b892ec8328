"""Versions of the index behind an alias: made, filled, switched over, taken away.

`foreland` is an alias; what it stands for is `foreland-v1.1.3-20261128-101500-1f0c`: the
schema and the analyser with which it was made, and when. A version of another schema or
analyser would answer wrongly, so an empty one takes its place and the sync fills it.
"""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime

from elasticsearch import Elasticsearch, NotFoundError

from crawler.config import ElasticIndex as Settings
from index.elastic_client import unavailable
from index.elastic_mapping import VERSION, index_template


class Versions:
    """The versions of one index. Errors of the library are left to the caller."""

    def __init__(self, client: Elasticsearch, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._alias = settings.name
        self._current = ""
        self._lock = threading.Lock()

    def current(self, *, look_again: bool = False) -> str:
        """The version that the alias stands for, made when there is none that is ours.

        Raises:
            IndexUnavailable: an index stands where the alias should.
        """
        with self._lock:
            if look_again or not self._current:
                self._current = self._found() or self._first()
            return self._current

    def forget(self) -> None:
        """Look again before the next write: the version is gone."""
        with self._lock:
            self._current = ""

    def make(self) -> str:
        """A new, empty version that the alias does not stand for yet."""
        settings = self._settings
        body = index_template(self._alias, shards=settings.shards, replicas=settings.replicas)
        self._client.indices.put_index_template(name=self._alias, **body)
        moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        name = f"{self._prefix}{moment}-{secrets.token_hex(2)}"
        self._client.indices.create(index=name, wait_for_active_shards="1")
        return name

    def switch(self, version: str) -> None:
        """Let the alias stand for this version, and take the others away, in one step."""
        others = [name for name in self._all() if name != version]
        actions: list[dict[str, object]] = [{"add": {"index": version, "alias": self._alias}}]
        actions += [{"remove_index": {"index": name}} for name in others]
        self._client.indices.update_aliases(actions=actions)

    def drop(self, version: str) -> None:
        """Take a version away that the alias does not stand for."""
        self._client.indices.delete(index=version, ignore_unavailable=True)

    def sweep(self) -> None:
        """Take away what rebuilds left that were killed; one that runs elsewhere fails."""
        for name in self._client.indices.get(index=f"{self._alias}-v*"):
            if name not in self._all():
                self.drop(name)

    @property
    def _prefix(self) -> str:
        return f"{self._alias}-v{VERSION}-"

    def _all(self) -> list[str]:
        """The versions that the alias stands for, oldest first."""
        indices = self._client.indices
        try:
            found = sorted(indices.get_alias(name=self._alias))
        except NotFoundError:
            found = [self._alias] if indices.exists(index=self._alias) else []
        for name in found:
            # What was not made here is not ours to empty or to delete.
            if not name.startswith(f"{self._alias}-v"):
                message = f"'{name}' is some other index; set another index.name"
                raise unavailable(self._settings, message)
        return found

    def _found(self) -> str:
        """The newest version that the alias stands for, if it is of our making."""
        return next((name for name in reversed(self._all()) if name.startswith(self._prefix)), "")

    def _first(self) -> str:
        """An empty version behind the alias, in place of those of another making."""
        made = self.make()
        self._client.indices.put_alias(index=made, name=self._alias)
        # Another process may have done the same at the same moment: the newest is kept.
        newest = self._found() or made
        if newest == made:
            self.switch(made)
        else:
            self.drop(made)
        return newest
