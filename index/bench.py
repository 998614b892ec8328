"""How fast an index fills and answers, beside a plain one over the same posts.

The peers: a bare FTS5 table for the embedded index; for Elasticsearch an index with one
text field and `multi_match`, without our fields, filters and facets. Both are asked other
questions of the same kind first: a server that has just started is slower than one in use.
A page of ours is whole, with its posts loaded and the words that were found marked.
"""

from __future__ import annotations

import pickle
import random
import resource
import sqlite3
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from crawler.config import ElasticIndex as ElasticSettings
from crawler.ports import Index
from crawler.types import AnalysedPost, Query
from index.bench_posts import LANGUAGES, draw_vector, draw_word, iter_posts, vocabulary
from index.elastic import ElasticIndex
from index.elastic_client import make_client
from index.query import parse_query
from index.query_tree import Alike
from index.sqlite import Load, SqliteIndex

_BATCH = 2000
_PAGE = 20
_WARMING = 100


@dataclass(frozen=True, slots=True)
class Speed:
    """Of one index. Times in milliseconds, rates in posts a second."""

    indexed_per_second: float
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class SearchBench:
    """Ours: two words, two filters, three facets. Plain: the same words, and a count."""

    backend: str
    posts: int
    ours: Speed
    plain: Speed
    words_p95: float  #: ours: the two words alone, as the plain one is asked
    likeness_p95: float  #: `like:` over the embeddings that are there
    vectors: int
    peak_megabytes: float  #: of this process

    def __str__(self) -> str:
        return (
            f"{self.backend}, {self.posts:,} posts in {len(LANGUAGES)} languages\n"
            f"  indexed       {self.ours.indexed_per_second:,.0f} a second"
            f" (plain {self.plain.indexed_per_second:,.0f})\n"
            f"  search        p50 {self.ours.p50:.1f} ms, p95 {self.ours.p95:.1f} ms"
            " (two words, two filters, three facets, marks)\n"
            f"  words alone   p95 {self.words_p95:.1f} ms (plain {self.plain.p95:.1f} ms,"
            f" {self.words_p95 / max(self.plain.p95, 0.01):.2f} times)\n"
            f"  likeness      p95 {self.likeness_p95:.1f} ms over {self.vectors:,} vectors\n"
            f"  memory        {self.peak_megabytes:,.0f} MB at most, of this process"
        )


class _Shelf:
    """The posts of one run, in a file: a million of them would fill the memory."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b")
        self._ends = array("Q", [0])  # post n lies between the ends n - 1 and n

    def put(self, posts: Iterator[AnalysedPost]) -> Iterator[AnalysedPost]:
        """The same posts, kept; their ids count from 1."""
        for one in posts:
            self._ends.append(self._ends[-1] + self._file.write(pickle.dumps(one)))
            yield one
        self._file.flush()

    def load(self, ids: Sequence[int]) -> list[AnalysedPost]:
        """The posts of these ids, in their order."""
        found: list[AnalysedPost] = []
        for number in ids:
            self._file.seek(self._ends[number - 1])
            kept = self._file.read(self._ends[number] - self._ends[number - 1])
            found.append(pickle.loads(kept))  # noqa: S301 - written above
        return found

    def close(self) -> None:
        self._file.close()


class _Plain:
    """What is compared with: fill, and ask for either of two words."""

    def add(self, posts: Sequence[AnalysedPost]) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        """Nothing, unless what was added is found only after it."""

    def ask(self, first: str, second: str) -> None:
        raise NotImplementedError


class _PlainTable(_Plain):
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE VIRTUAL TABLE words USING fts5(body)")

    def add(self, posts: Sequence[AnalysedPost]) -> None:
        rows = [(one.post.id, one.post.text) for one in posts]
        self.connection.execute("BEGIN")
        self.connection.executemany("INSERT INTO words (rowid, body) VALUES (?, ?)", rows)
        self.connection.execute("COMMIT")

    def ask(self, first: str, second: str) -> None:
        wanted = (f'"{first}" OR "{second}"',)
        found = "FROM words WHERE words MATCH ?"
        sql = f"SELECT rowid {found} ORDER BY rank LIMIT {_PAGE}"
        self.connection.execute(sql, wanted).fetchall()
        self.connection.execute(f"SELECT count(*) {found}", wanted).fetchone()


class _PlainServer(_Plain):
    def __init__(self, settings: ElasticSettings, ca: Path | None) -> None:
        self.client = make_client(settings, ca)
        self.name = settings.name
        mappings = {"properties": {"text": {"type": "text"}}}
        self.client.indices.create(
            index=self.name, mappings=mappings, settings={"refresh_interval": -1}
        )

    def add(self, posts: Sequence[AnalysedPost]) -> None:
        lines: list[dict[str, object]] = []
        for one in posts:
            lines += [{"index": {"_id": str(one.post.id)}}, {"text": one.post.text}]
        self.client.bulk(index=self.name, operations=lines)

    def finish(self) -> None:
        self.client.indices.refresh(index=self.name)

    def ask(self, first: str, second: str) -> None:
        wanted = {"multi_match": {"query": f"{first} {second}", "fields": ["text"]}}
        self.client.search(
            index=self.name, query=wanted, size=_PAGE, track_total_hits=True, source=False
        )


@contextmanager
def _embedded(folder: Path, load: Load) -> Iterator[tuple[Index, _Plain]]:
    index = SqliteIndex(folder / "index.db", load)
    plain = sqlite3.connect(folder / "plain.db", isolation_level=None)
    try:
        yield index, _PlainTable(plain)
    finally:
        index.close()
        plain.close()


@contextmanager
def _server(
    settings: ElasticSettings, ca: Path | None, load: Load
) -> Iterator[tuple[Index, _Plain]]:
    """Two indexes of their own beside the one in use; both are taken away at the end."""
    name = f"{settings.name[:45]}-bench-{time.time_ns() % 10**9}"
    own = settings.model_copy(update={"name": name})
    index = ElasticIndex(own, load, ca=ca)
    plain = _PlainServer(own.model_copy(update={"name": f"{name}-plain"}), ca)
    try:
        index.clear()
        yield index, plain
    finally:
        index.close()
        plain.client.indices.delete(index=f"{name}-plain")
        made = plain.client.options(ignore_status=404).indices.get(index=f"{name}-v*")
        for version in made.body:
            plain.client.indices.delete(index=version)
        plain.client.options(ignore_status=404).indices.delete_index_template(name=name)
        plain.client.close()


def bench_search(
    posts: int,
    *,
    queries: int = 100,
    vectors: bool = False,
    folder: Path | None = None,
    server: ElasticSettings | None = None,
    ca: Path | None = None,
) -> SearchBench:
    """Fill both and ask both the same; takes about a minute for 100,000 posts.

    Args:
        posts: how many to draw, at least 1.
        queries: how many different searches are timed.
        vectors: every post has an embedding, not every tenth.
        folder: where the files are put and removed; the system's temporary folder if None.
        server: an Elasticsearch in place of the embedded index.
        ca: the certificate of the server's own authority.

    Raises:
        IndexUnavailable: the server does not answer.
    """
    words = vocabulary()
    with ExitStack() as opened:
        place = Path(opened.enter_context(tempfile.TemporaryDirectory(dir=folder)))
        shelf = _Shelf(place / "posts")
        opened.callback(shelf.close)
        pair: AbstractContextManager[tuple[Index, _Plain]]
        pair = _server(server, ca, shelf.load) if server else _embedded(place, shelf.load)
        index, plain = opened.enter_context(pair)
        rate = posts / _filling(index, shelf.put(iter_posts(posts, words, vectors=vectors)))
        plain_rate = posts / _fill(plain.add, plain.finish, iter_posts(posts, words))

        def ours(first: str, second: str, language: str) -> None:
            query = parse_query(f"({first} OR {second}) lang:{language} mode:sea")
            index.search(query, limit=_PAGE, facets=("lang", "from", "currency"))

        def bare(first: str, second: str, language: str) -> None:
            del language
            plain.ask(first, second)

        def alone(first: str, second: str, language: str) -> None:
            del language
            index.search(parse_query(f'"{first}" OR "{second}"'), limit=_PAGE)

        def like(query: Query) -> None:
            index.search(query, limit=_PAGE)

        times, plain_times, alone_times = (
            _timed(one, _questions(queries, words, 7), _questions(_WARMING, words, 8))
            for one in (ours, bare, alone)
        )
        likeness = _timed(like, _sentences(queries, 7), _sentences(_WARMING, 8))
        return SearchBench(
            backend="elastic" if server else "sqlite",
            posts=posts,
            ours=Speed(rate, _percentile(times, 0.5), _percentile(times, 0.95)),
            plain=Speed(plain_rate, _percentile(plain_times, 0.5), _percentile(plain_times, 0.95)),
            words_p95=_percentile(alone_times, 0.95),
            likeness_p95=_percentile(likeness, 0.95),
            vectors=sum(
                one.advert.embedding is not None
                for one in iter_posts(posts, words, vectors=vectors)
            ),
            peak_megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        )


def _filling(index: Index, drawn: Iterator[AnalysedPost]) -> float:
    """Seconds that a rebuild takes, until its posts are found; drawing them is not counted."""
    with ExitStack() as stack:
        begin = time.perf_counter()
        fresh = stack.enter_context(index.rebuilding())
        begun = time.perf_counter() - begin
        return begun + _fill(fresh.add, stack.close, drawn)


def _fill(
    add: Callable[[Sequence[AnalysedPost]], None],
    finish: Callable[[], None],
    drawn: Iterator[AnalysedPost],
) -> float:
    """Seconds that adding takes, and what is done at the end."""
    taken = 0.0
    while batch := list(islice(drawn, _BATCH)):
        begin = time.perf_counter()
        add(batch)
        taken += time.perf_counter() - begin
    begin = time.perf_counter()
    finish()
    return taken + time.perf_counter() - begin


Question = tuple[str, str, str]


def _questions(many: int, words: Sequence[str], seed: int) -> list[Question]:
    """Two words and a language each."""
    chance = random.Random(seed)  # noqa: S311 - a benchmark, no secret
    return [
        (draw_word(chance, words), draw_word(chance, words), chance.choice(LANGUAGES[:4]))
        for _ in range(many)
    ]


def _sentences(many: int, seed: int) -> list[tuple[Query]]:
    directions = np.random.default_rng(seed)
    return [(Query(f"like {n}", Alike("-", draw_vector(directions), 0.1)),) for n in range(many)]


def _timed(
    ask: Callable[..., object],
    asked: Sequence[tuple[object, ...]],
    before: Sequence[tuple[object, ...]],
) -> list[float]:
    """Milliseconds of each; those `before` are asked first, and not timed."""
    for question in before:
        ask(*question)
    times: list[float] = []
    for question in asked:
        begin = time.perf_counter()
        ask(*question)
        times.append((time.perf_counter() - begin) * 1000)
    return times


def _percentile(times: Sequence[float], part: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]
