"""Both indexes over one corpus in every language: the same posts for every query."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from crawler.config import ElasticIndex as Settings
from crawler.types import AnalysedPost, Query
from index.analyser import sought, tokens
from index.elastic import ElasticIndex
from index.fields import FACETS
from index.query import parse_query
from index.sqlite import SqliteIndex
from tests.contracts.index import Shelf, everything
from tests.index.elastic.corpus import make_corpus
from tests.index.elastic.queries import QUERIES
from tests.index.elastic.server import drop_index

pytestmark = [pytest.mark.elastic, pytest.mark.xdist_group("elastic")]


@dataclass(frozen=True)
class Pair:
    """The two indexes, filled with the same posts."""

    embedded: SqliteIndex
    elastic: ElasticIndex
    posts: tuple[AnalysedPost, ...]

    def parse(self, text: str) -> Query:
        """The query, with what it asks for beside the index."""
        return parse_query(text, resolver=everything(self.posts))


@pytest.fixture(scope="module")
def pair(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    posts = make_corpus()
    shelf = Shelf()
    # Three shards, so that what is put together from several parts is tried as well.
    settings = server.model_copy(update={"name": f"test-{secrets.token_hex(4)}", "shards": 3})
    embedded = SqliteIndex(tmp_path_factory.mktemp("index") / "index.db", shelf.load)
    elastic = ElasticIndex(settings, shelf.load, ca=settings.ca)
    elastic.clear()
    shelf.put(embedded, *posts)
    shelf.put(elastic, *posts)
    yield Pair(embedded, elastic, tuple(posts))
    embedded.close()
    elastic.close()
    drop_index(settings)


def compare(pair: Pair, query: Query) -> int:
    """Everything that both say of a query; how many posts it finds."""
    every = range(1, len(pair.posts) + 10)
    found, other_found = (index.matches(query, every) for index in (pair.embedded, pair.elastic))
    assert found == other_found, query.text
    by_month, other_by_month = (
        index.histogram(query, "month") for index in (pair.embedded, pair.elastic)
    )
    assert by_month == other_by_month, query.text
    assert sum(posts for _, posts in by_month) == len(found), query.text
    for sort in ("newest", "oldest", "relevance", "cheapest_gbp", "dearest_eur"):
        facets = FACETS if sort in ("newest", "relevance") else ()
        one, other = (
            index.search(query, limit=100, sort=sort, facets=facets)
            for index in (pair.embedded, pair.elastic)
        )
        assert one.count == other.count == len(found), query.text
        assert one.facets == other.facets, query.text
        marks, other_marks = (
            {hit.post_id: hit.marks for hit in result.hits} for result in (one, other)
        )
        if sort != "relevance":
            assert list(marks) == list(other_marks), f"{query.text} by {sort}"
        if sort != "relevance" or one.count <= 100:
            assert marks == other_marks, query.text
    return len(found)


@pytest.mark.parametrize(
    "text", [pytest.param(text, id=f"{kind}-{text}") for kind in QUERIES for text in QUERIES[kind]]
)
def test_both_find_the_same(pair: Pair, text: str) -> None:
    assert compare(pair, pair.parse(text)) > 0, "it finds nothing, and so tries nothing"


def test_the_table_is_large_enough() -> None:
    assert sum(map(len, QUERIES.values())) >= 150
    every = [text for texts in QUERIES.values() for text in texts]
    assert len(every) == len(set(every))


def test_both_export_the_same(pair: Pair) -> None:
    query = parse_query("")
    one, other = (
        [hit.post_id for hit in index.iter_hits(query)] for index in (pair.embedded, pair.elastic)
    )
    assert one == other
    assert len(one) == len(pair.posts) == pair.elastic.count() == pair.embedded.count()


@pytest.mark.parametrize("sort", ["oldest", "cheapest_gbp", "dearest_eur"])
def test_both_page_the_same(pair: Pair, sort: str) -> None:
    for text in ("", "boat OR lorry OR euro", "to:GB"):
        query = parse_query(text)
        pages = []
        for index in (pair.embedded, pair.elastic):
            seen: list[int] = []
            after: str | None = None
            while True:
                page = index.search(query, limit=37, sort=sort, after=after)
                seen += [hit.post_id for hit in page.hits]
                after = page.after
                if after is None:
                    break
            pages.append(seen)
        assert pages[0] == pages[1], text
        assert len(pages[0]) == len(set(pages[0])) == page.count


def test_both_find_the_same_for_queries_made_by_chance(pair: Pair) -> None:
    chance = random.Random(20261128)  # noqa: S311
    met = {word for post in pair.posts for word in tokens(post.post.text)}
    words = sorted(word for word in met if word[0].isalnum())  # half an emoji is no word
    found = sum(compare(pair, parse_query(made_up(chance, words, 3))) > 0 for _ in range(150))
    assert found > 75, "most of them should find something"


def made_up(chance: random.Random, words: list[str], depth: int) -> str:
    """A query of words of the corpus, changed a little, and of fields."""
    if depth and chance.random() < 0.7:
        parts = [made_up(chance, words, depth - 1) for _ in range(chance.randint(2, 3))]
        joined = chance.choice((" AND ", " OR ", " OR ", " ")).join(parts)
        return chance.choice(("({})", "({})", "NOT ({})")).format(joined)
    word = chance.choice(words)
    other = chance.choice(words)
    at = chance.randrange(len(word))
    changed = word[:at] + chance.choice("abcxyz") + word[at + 1 :]
    if len(sought(changed).tokens) != 1:  # a letter among Han characters parts them
        changed = word if len(sought(word).tokens) == 1 else "boat"
    low = chance.choice((100, 500, 1000, 2000))
    return chance.choice(
        (
            word,
            f'"{word} {other}"~{chance.randint(0, 20)}',
            f"{word[: max(1, len(word) // 2)]}*",
            f"{word[0]}*{word[-1]}",
            f"{changed}~{chance.randint(1, 2)}",
            f"price:[{low} TO {low * chance.randint(1, 5)}]",
            f"price:>{low} currency:{chance.choice(('EUR', 'GBP', 'USD'))}",
            f"from:{chance.choice(('FR', 'TR', 'GR'))} to:{chance.choice(('GB', 'IT', 'DE'))}",
            f"to:{chance.choice(('london', 'dover', 'GB', 'FR'))}",
            f"mode:{chance.choice(('sea', 'land', 'air'))}",
            f"lang:{chance.choice(('en', 'ckb', 'vi', 'ar'))}",
            f"id:[{at} TO {at * 40 + 40}]",
            "offer:true",
        )
    )


def test_the_first_ten_by_relevance_are_much_the_same(
    pair: Pair, record_property: pytest.RecordProperty, capsys: pytest.CaptureFixture[str]
) -> None:
    shares = []
    for kind in ("boolean", "word", "phrase", "proximity", "prefix", "wildcard", "fuzzy", "mixed"):
        for text in QUERIES[kind]:
            query = parse_query(text)
            one, other = (
                [hit.post_id for hit in index.search(query, limit=10).hits]
                for index in (pair.embedded, pair.elastic)
            )
            shares.append((len(set(one) & set(other)) / max(len(one), 1), text))
    mean = sum(share for share, _ in shares) / len(shares)
    record_property("top_10_overlap", round(mean, 3))
    with capsys.disabled():
        least = ", ".join(text for _, text in sorted(shares)[:5])
        print(f"\ntop-10 overlap of {len(shares)} queries: {mean:.3f}; least for {least}")  # noqa: T201
    assert mean >= 0.8
