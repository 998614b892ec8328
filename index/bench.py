"""How fast the embedded index fills and answers, beside a plain FTS5 table.

The posts are drawn from a fixed seed: words of a skewed vocabulary in several scripts,
with a language, a mode, a route and a price, as analysed posts have them.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path

from crawler.types import (
    Advert,
    AnalysedPost,
    Contact,
    Judgement,
    Mention,
    Mode,
    Place,
    Post,
    Price,
    Reason,
    Route,
)
from index.query import parse_query
from index.sqlite import SqliteIndex

_ALPHABETS = (
    "abcdefghiklmnoprstuvwz",
    "ابتثجحدرسشعفقکلمنهوی",
    "абвгдежзиклмнопрст",
    "አበገደሀወዘለመነሰረሸቀ",
    "çğıöşüabdeklmnrt",
)
_LANGUAGES = ("en", "fr", "tr", "ar", "fa", "ckb", "ps", "sq", "vi", "ur")
_MODES: tuple[Mode, ...] = ("sea", "land", "air")
_COUNTRIES = ("FR", "BE", "TR", "IT", "AL", "VN", "IQ", "GR")
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SearchBench:
    """Times in milliseconds; rates in posts a second. `plain_*`: a bare FTS5 table."""

    posts: int
    indexed_per_second: float
    plain_indexed_per_second: float
    p50: float  #: two words, two filters and three facets
    p95: float
    plain_p50: float  #: the same two words: bm25 and a count
    plain_p95: float
    megabytes: float  #: size of the index file

    def __str__(self) -> str:
        return (
            f"{self.posts:,} posts: {self.indexed_per_second:,.0f}/s indexed "
            f"(plain FTS5 {self.plain_indexed_per_second:,.0f}/s), "
            f"search p50 {self.p50:.1f} ms, p95 {self.p95:.1f} ms "
            f"(plain {self.plain_p50:.1f} / {self.plain_p95:.1f} ms), "
            f"{self.megabytes:,.0f} MB"
        )


def bench_search(posts: int, *, queries: int = 100, folder: Path | None = None) -> SearchBench:
    """Fill both and ask both the same; takes about a minute for 100,000 posts.

    Args:
        posts: how many to draw, at least 1.
        queries: how many different searches are timed.
        folder: where the files are put and removed; the system's temporary folder if None.
    """
    with tempfile.TemporaryDirectory(dir=folder) as name:
        words = _vocabulary()
        path = Path(name) / "index.db"
        index = SqliteIndex(path, lambda ids: [])
        taken = 0.0
        drawn = iter_posts(posts, words)
        while batch := list(islice(drawn, 2000)):
            begin = time.perf_counter()
            index.add(batch)
            taken += time.perf_counter() - begin
        plain = sqlite3.connect(Path(name) / "plain.db", isolation_level=None)
        plain.execute("PRAGMA journal_mode=WAL")
        plain.execute("CREATE VIRTUAL TABLE words USING fts5(body)")
        plain_taken = _fill_plain(plain, iter_posts(posts, words))

        chance = random.Random(7)  # noqa: S311 - a benchmark, no secret
        asked = [
            (_word(chance, words), _word(chance, words), chance.choice(_LANGUAGES[:4]))
            for _ in range(queries)
        ]

        def ours(first: str, second: str, language: str) -> None:
            query = parse_query(f"({first} OR {second}) lang:{language} mode:sea")
            index.search(query, facets=("lang", "from", "currency"))

        def bare(first: str, second: str, language: str) -> None:
            expression = f'"{first}" OR "{second}"'
            plain.execute(
                "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT 20", (expression,)
            ).fetchall()
            plain.execute(
                "SELECT count(*) FROM words WHERE words MATCH ?", (expression,)
            ).fetchone()

        times, plain_times = _timed(ours, asked), _timed(bare, asked)
        index.close()
        plain.close()
        return SearchBench(
            posts=posts,
            indexed_per_second=posts / taken,
            plain_indexed_per_second=posts / plain_taken,
            p50=statistics.median(times),
            p95=_percentile(times, 0.95),
            plain_p50=statistics.median(plain_times),
            plain_p95=_percentile(plain_times, 0.95),
            megabytes=path.stat().st_size / 1e6,
        )


def iter_posts(posts: int, words: Sequence[str] | None = None) -> Iterator[AnalysedPost]:
    """Generated posts of 15 to 60 words, the same at every call, ids from 1."""
    words = words or _vocabulary()
    chance = random.Random(20260101)  # noqa: S311 - a benchmark, no secret
    for number in range(1, posts + 1):
        text = " ".join(_word(chance, words) for _ in range(chance.randint(15, 60)))
        offer = chance.random() < 0.1
        mentions: tuple[Mention, ...] = ()
        if offer:
            price = Price(Decimal(chance.randrange(500, 9000, 50)), chance.choice(("GBP", "EUR")))
            route = Route(Place("Elsewhere", chance.choice(_COUNTRIES)), (), Place("Dover", "GB"))
            contact = Contact("phone", f"+447700900{chance.randrange(1000):03d}")
            mentions = (
                Mention("price", 0, 1, text[:1], price),
                Mention("route", 0, 1, text[:1], route),
                Mention("contact", 0, 1, text[:1], contact),
            )
        yield AnalysedPost(
            Post(
                id=number,
                revision=1,
                source=f"source-{number % 40}",
                platform="telegram",
                site_id=str(number),
                text=text,
                author_handle=f"invented_{chance.randrange(5000)}",
                posted_at=_BEGIN + timedelta(minutes=chance.randrange(500_000)),
                seen_at=_BEGIN,
            ),
            Advert(
                post_id=number,
                revision=1,
                nlp_version="bench",
                language=chance.choice(_LANGUAGES),
                mentions=mentions,
                judgement=Judgement(offer, 0.9 if offer else 0.1, reasons=(Reason("-", "-", 0.0),)),
                modes=(chance.choice(_MODES),),
            ),
        )


def _vocabulary() -> list[str]:
    chance = random.Random(1)  # noqa: S311 - a benchmark, no secret
    return [
        "".join(chance.choices(chance.choice(_ALPHABETS), k=chance.randint(3, 9)))
        for _ in range(50_000)
    ]


def _word(chance: random.Random, words: Sequence[str]) -> str:
    """A word of the vocabulary; the first ones far more often, as in any language."""
    return words[int(len(words) ** chance.random()) - 1]


def _fill_plain(plain: sqlite3.Connection, posts: Iterator[AnalysedPost]) -> float:
    taken = 0.0
    while batch := [(a.post.id, a.post.text) for a in islice(posts, 2000)]:
        begin = time.perf_counter()
        plain.execute("BEGIN")
        plain.executemany("INSERT INTO words (rowid, body) VALUES (?, ?)", batch)
        plain.execute("COMMIT")
        taken += time.perf_counter() - begin
    return taken


def _timed(
    ask: Callable[[str, str, str], None], asked: Sequence[tuple[str, str, str]]
) -> list[float]:
    times: list[float] = []
    for question in asked:
        begin = time.perf_counter()
        ask(*question)
        times.append((time.perf_counter() - begin) * 1000)
    return times


def _percentile(times: Sequence[float], part: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]
