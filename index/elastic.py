"""The index on Elasticsearch, for more posts or more machines than one file can serve.

It holds what the SQLite index holds: tokens, fields and numbers. The posts themselves stay
in the store and are loaded for the hits of a page, where their marks are found as well; so
marks are offsets into the text as it was collected.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from elastic_transport import ApiError

from crawler.config import ElasticIndex as Settings
from crawler.errors import InvalidQuery
from crawler.types import AnalysedPost, Hit, Query, SearchResult
from index.cursor import broken, numbers_of, seal, unseal
from index.elastic_client import errors, is_lost_state, make_client, unavailable
from index.elastic_compile import apart, ask_alike, compile_tree, knn
from index.elastic_facets import Facets, ask_facets, read_facets
from index.elastic_mapping import Json
from index.elastic_state import KEEP_ALIVE, SharedState
from index.elastic_versions import Versions
from index.elastic_write import ElasticWriter
from index.histogram import DAY, check_every, put_together
from index.likeness import MAX_ALIKE, alike_leaves, too_many
from index.marks import Marker
from index.query_tree import Alike, Node, iter_leaves
from index.request import NO_PRICE, check_request, is_ranked, price_order, tree_of

_PAGE = 1000
_FEW_ALIKE = 1000  #: asked for first of what is alike, or more
_NEWEST: list[Json] = [{"moment": "desc"}, {"id": "desc"}]
_OLDEST: list[Json] = [{"moment": "asc"}, {"id": "asc"}]
_BEST: list[Json] = [{"_score": "desc"}, {"id": "desc"}]

Load = Callable[[Sequence[int]], Sequence[AnalysedPost]]
Answer = Mapping[str, Any]  #: the server's JSON


class ElasticIndex:
    """`crawler.ports.Index` on an Elasticsearch. May be shared by threads.

    Nothing is sent before the first use, so that a server that is down stops nobody who
    does not search.

    Args:
        settings: `[index]` of the configuration.
        load: gives the analysed posts of these ids, in their order, without those that
            are gone; a hit that cannot be loaded is left out.
        ca: the certificate of one's own authority, an absolute path.
        version: a version of the index to fill and search in place of the present one.

    Raises:
        IndexUnavailable: the certificate cannot be read.
    """

    def __init__(
        self,
        settings: Settings,
        load: Load,
        *,
        ca: Path | None = None,
        version: str = "",
    ) -> None:
        self._settings = settings
        self._load = load
        self._ca = ca
        self._client = make_client(settings, ca)
        self._versions = Versions(self._client, settings)
        self._pinned = version
        self._closed = False
        self._writing = threading.Lock()
        self._states = SharedState(self._remember, self._let_go)
        self._last_alike = 0  # how many the last likeness found

    # filling

    def add(self, posts: Iterable[AnalysedPost]) -> None:
        """Index the posts; see `crawler.ports.Index.add`. After a fault, add them again."""
        with self._write() as writer:
            writer.add(posts)
            # A version that is being filled is hardly ever looked at: the look refreshes,
            # which costs the server as much as some hundred posts.
            if not self._pinned:
                writer.refresh()

    def delete(self, post_ids: Iterable[int]) -> None:
        """Forget the posts; see `crawler.ports.Index.delete`."""
        with self._write() as writer:
            if self._pinned:
                writer.refresh()  # what is deleted is looked for first
            writer.delete(list(dict.fromkeys(post_ids)))
            writer.refresh()

    def clear(self) -> None:
        """Forget everything, the position of the last sync too."""
        with self._open():
            self._versions.switch(self._versions.make())
            self._versions.forget()
            self._states.expire()

    def synced(self) -> int:
        """The number of the change up to which the index is known to be filled; 0 if new."""
        with self._open():
            version = self._version(look_again=True)
            found = self._client.indices.get_mapping(index=version)
            kept = found[version]["mappings"].get("_meta", {})
            return int(kept.get("synced", 0))

    def mark_synced(self, change: int) -> None:
        """Remember that everything up to this change is in the index."""
        with self._open(), self._forgetting():
            self._client.indices.put_mapping(index=self._version(), meta={"synced": change})

    @contextmanager
    def rebuilding(self) -> Iterator[ElasticIndex]:
        """An empty version to fill; see `crawler.ports.Index.rebuilding`.

        Searches go on in the old one until the new one is whole. What was filled of a new
        one that failed is deleted.
        """
        with self._open():
            made = self._versions.make()
        fresh = ElasticIndex(self._settings, self._load, ca=self._ca, version=made)
        try:
            yield fresh
        except BaseException:
            with self._open():
                self._versions.drop(made)
            raise
        finally:
            fresh.close()
        with self._open():
            self._client.indices.refresh(index=made)
            self._versions.switch(made)
            self._versions.sweep()
            self._versions.forget()
            self._states.expire()

    # searching

    def search(
        self,
        query: Query,
        *,
        limit: int = 20,
        after: str | None = None,
        facets: Sequence[str] = (),
        sort: str = "relevance",
    ) -> SearchResult:
        """The best hits; see `crawler.ports.Index.search`.

        With `like:` in the query, 'relevance' is likeness; without words of the text it
        is 'newest'. By time, a cursor
        is good for ever; by relevance, for ten minutes after its page was given, and the
        pages show the index as it was at the first one.
        """
        check_request(query, limit, facets, sort)
        try:
            return self._search(query, limit, after, facets, sort)
        except _LostState:
            if after:
                raise
            # The index was rebuilt elsewhere within the second: a first page begins anew.
            self._states.expire()
            return self._search(query, limit, after, facets, sort)

    def _search(
        self, query: Query, limit: int, after: str | None, facets: Sequence[str], sort: str
    ) -> SearchResult:
        tree = tree_of(query)
        by_words = sort == "relevance" and (is_ranked(tree) or bool(alike_leaves(tree)))
        state, behind = "", None
        if after:
            state, behind = _read_cursor(after, query, sort, by_words=by_words)
        body: dict[str, Any] = {
            "query": compile_tree(tree),
            "sort": _BEST if by_words else _order(sort),
            "size": min(limit + 1, _PAGE + 1),
        }
        if behind and limit:
            body["search_after"] = behind
        if facets:
            body["aggs"] = ask_facets(facets, 1)
        alike, rest = apart(tree)
        with self._open(query):
            if not alike:
                self._check_alike(query, tree)
            paged = by_words and limit > 0
            with self._in_state(state, begins=paged and not state) as reading:
                if alike:
                    answer = self._ask_alike(query, body, alike, rest, reading.state)
                else:
                    answer = self._ask(query, body, reading.state)
                rows = answer["hits"]["hits"]
                reading.more, rows = len(rows) > limit, rows[:limit]
                counted, inexact = read_facets(answer)
                if inexact:
                    counted |= self._recount(query, compile_tree(tree), inexact, reading.state)
        following = None
        if reading.more and rows:
            state = str(answer["pit_id"]) if paged else ""
            following = seal(query, sort, [state, *rows[-1]["sort"]])
        scores = {_id(row): float(row["_score"] or 0.0) if by_words else 0.0 for row in rows}
        hits = self._hits(tree, list(scores), scores)
        return SearchResult(tuple(hits), _total(answer), counted, following)

    def matches(self, query: Query, post_ids: Sequence[int]) -> frozenset[int]:
        """Which of the posts the query finds; see `crawler.ports.Index.matches`."""
        tree = tree_of(query)
        wanted = compile_tree(tree)
        found: set[int] = set()
        with self._open(query):
            self._check_alike(query, tree)
            for at in range(0, len(post_ids), _PAGE):
                ids = list(post_ids[at : at + _PAGE])
                both: Json = {"bool": {"filter": [wanted, {"terms": {"id": ids}}]}}
                body = {"query": both, "sort": _NEWEST, "size": _PAGE}
                found.update(map(_id, self._ask(query, body)["hits"]["hits"]))
        return frozenset(found)

    def histogram(self, query: Query, every: str) -> tuple[tuple[date, int], ...]:
        """Posts by day, week or month; see `crawler.ports.Index.histogram`."""
        check_every(query, every)
        tree = tree_of(query)
        by_day = {"field": "moment", "interval": DAY, "min_doc_count": 1}
        body: Json = {"query": compile_tree(tree), "sort": _NEWEST, "size": 0}
        body["aggs"] = {"days": {"histogram": by_day}}
        with self._open(query):
            self._check_alike(query, tree)
            buckets = self._ask(query, body)["aggregations"]["days"]["buckets"]
        days = [(round(one["key"] / DAY), int(one["doc_count"])) for one in buckets]
        return put_together(days, every)

    def iter_hits(self, query: Query) -> Iterator[Hit]:
        """Every hit, newest first, with no cap; those there when the iteration began."""
        tree = tree_of(query)
        body: dict[str, Any] = {
            "query": {"bool": {"filter": [compile_tree(tree)]}},
            "sort": _NEWEST,
            "size": _PAGE,
        }
        with self._open(query):
            self._check_alike(query, tree)
            state = self._remember()
        try:
            while True:
                with self._open(query):
                    answer = self._ask(query, body, state)
                rows = answer["hits"]["hits"]
                state = str(answer["pit_id"])
                ids = iter([_id(row) for row in rows])
                while batch := list(islice(ids, 200)):
                    yield from self._hits(tree, batch, {})
                if len(rows) < _PAGE:
                    return
                body["search_after"] = rows[-1]["sort"]
        finally:
            if not self._closed:
                with self._open(query):
                    self._let_go(state)

    def count(self) -> int:
        """How many posts are indexed."""
        with self._open():
            return int(self._client.count(index=self._readable())["count"])

    def close(self) -> None:
        """Close the connections. Closing twice is fine."""
        self._closed = True
        self._client.close()

    # the server

    @contextmanager
    def _open(self, query: Query | None = None) -> Iterator[None]:
        if self._closed:
            raise unavailable(self._settings, "the index was closed")
        with errors(self._settings, query):
            yield

    @contextmanager
    def _write(self) -> Iterator[ElasticWriter]:
        with self._writing, self._open(), self._forgetting():
            try:
                yield ElasticWriter(self._client, self._settings, self._version())
            finally:
                self._states.expire()

    @contextmanager
    def _forgetting(self) -> Iterator[None]:
        """After a fault, the next write asks again which version is the present one."""
        try:
            yield
        except Exception:
            self._versions.forget()
            raise

    def _version(self, *, look_again: bool = False) -> str:
        return self._pinned or self._versions.current(look_again=look_again)

    def _readable(self) -> str:
        """What is searched: by its alias, so that a rebuild elsewhere is followed."""
        if self._pinned:
            self._client.indices.refresh(index=self._pinned)
            return self._pinned
        self._versions.current()
        return self._settings.name

    @contextmanager
    def _in_state(self, state: str, *, begins: bool) -> Iterator[_Reading]:
        """A reading in this state of the index, or in the one where searches begin now."""
        reading = _Reading(self._states.begin() if begins else state)
        try:
            yield reading
        finally:
            if begins:
                self._states.end(reading.state, kept=reading.more)

    def _remember(self) -> str:
        """Keep the present state of the index for the pages to come; its name."""
        kept = self._client.open_point_in_time(index=self._readable(), keep_alive=KEEP_ALIVE)
        return str(kept["id"])

    def _let_go(self, state: str) -> None:
        # It may have been let go already: by time, or with its index.
        self._client.options(ignore_status=404).close_point_in_time(id=state)

    def _ask(self, query: Query, body: Mapping[str, Any], state: str = "") -> Answer:
        where: dict[str, Any] = (
            {"pit": {"id": state, "keep_alive": KEEP_ALIVE}}
            if state
            else {"index": self._readable()}
        )
        if not state:
            where["allow_partial_search_results"] = False
        try:
            answer: Answer = self._client.search(
                **body,
                **where,
                track_total_hits=True,
                track_scores="_score" in body["sort"][0],
                source=False,
                stored_fields="_none_",  # the number of a post is in its order
                timeout=f"{int(self._settings.timeout * 1000)}ms",
            ).body
        except ApiError as error:
            if state and is_lost_state(error):
                message = "the cursor is older than ten minutes, or the index was rebuilt since"
                raise _LostState(query.text, f"{message}; begin at the first page") from error
            if state and "point in time" in str(error.body):
                raise broken(query) from error
            raise
        if answer["timed_out"] or answer["_shards"]["failed"]:
            raise unavailable(
                self._settings,
                "a part of it did not answer in time; ask for less, or raise index.timeout",
            )
        return answer

    def _ask_alike(
        self, query: Query, body: Mapping[str, Any], alike: Alike, rest: Node, state: str
    ) -> Answer:
        """The answer with this likeness; how many are alike is counted where they are found."""
        # To keep the best of many costs more than to compare them, and mostly few are alike.
        # So twice as many as last time are asked for first.
        likely = max(_FEW_ALIKE, 2 * self._last_alike)
        for most in (*([likely] if likely < MAX_ALIKE else []), MAX_ALIKE):
            asked = {**body, **ask_alike(alike, rest, body.get("aggs"), most)}
            answer = self._ask(query, asked, state)
            count = answer["aggregations"]["alike"]["value"]
            self._last_alike = count
            if count < most:
                return answer
        raise too_many(query, alike)

    def _check_alike(self, query: Query, tree: Node) -> None:
        """Refuses a likeness that more posts reach than the server compares on a shard."""
        leaves = [leaf for leaf in iter_leaves(tree, negated=True) if isinstance(leaf, Alike)]
        if not leaves:
            return
        body: Json = {"query": {"exists": {"field": "embedding"}}, "sort": _NEWEST, "size": 0}
        if _total(self._ask(query, body)) <= MAX_ALIKE:
            return
        for leaf in leaves:
            if _total(self._ask(query, {**body, "query": knn(leaf)})) >= MAX_ALIKE:
                raise too_many(query, leaf)

    def _recount(self, query: Query, wanted: Json, inexact: Sequence[str], state: str) -> Facets:
        """The facets that took more than one look."""
        found: Facets = {}
        widening = 16
        while inexact:
            body = {"query": wanted, "sort": _NEWEST, "size": 0}
            body["aggs"] = ask_facets(inexact, widening)
            exact, inexact = read_facets(self._ask(query, body, state))
            found |= exact
            widening *= 16
        return found

    def _hits(self, tree: Node, ids: list[int], scores: Mapping[int, float]) -> Iterator[Hit]:
        marker = Marker(tree)
        for analysed in self._load(ids) if ids else ():
            post_id = analysed.post.id
            yield Hit(post_id, scores.get(post_id, 0.0), analysed, marker.find(analysed))


class _LostState(InvalidQuery):
    """The state of the index that a page was to be read from is gone."""


@dataclass(slots=True)
class _Reading:
    state: str  #: of the index; '' for whatever it is
    more: bool = False  #: whether another page follows


def _order(sort: str) -> list[Json]:
    priced = price_order(sort)
    if not priced:
        return _OLDEST if sort == "oldest" else _NEWEST
    own = {"term": {"prices.currency": {"value": priced.currency}}}
    amount = {
        "order": "desc" if priced.dearest else "asc",
        "mode": "max" if priced.dearest else "min",
        "missing": -NO_PRICE if priced.dearest else NO_PRICE,
        "nested": {"path": "prices", "filter": own},
    }
    return [{"prices.amount": amount}, {"id": "desc"}]


def _id(row: Answer) -> int:
    return int(row["sort"][1])


def _total(answer: Answer) -> int:
    return int(answer["hits"]["total"]["value"])


def _read_cursor(
    after: str, query: Query, sort: str, *, by_words: bool
) -> tuple[str, list[object]]:
    """The state of the index that a cursor names, if it does, and where its page ended."""
    state, *behind = unseal(after, query, sort) or [None]
    numbers = numbers_of(behind)
    if not isinstance(state, str) or bool(state) != by_words or len(numbers) != len(behind):
        raise broken(query)
    if not 2 <= len(behind) <= 3:
        raise broken(query)
    return state, behind
