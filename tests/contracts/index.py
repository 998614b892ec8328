"""What every adapter of the `Index` port must do. A subclass gives the `index` fixture.

The fixture's index loads its posts from `Shelf.load`; a test fills both with `shelf.put`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from crawler.errors import IndexUnavailable, InvalidQuery
from crawler.ports import Index
from crawler.types import AnalysedPost, Mention, Place
from index.query import parse_query
from index.rates import load_rates
from index.resolve import FoundPlace, Resolver
from nlp.embedder import HashingEmbedder
from nlp.gazetteer.load import find_named
from tests.index.posts import analysed, contact, price, route, with_meaning


class Shelf:
    """The posts an index loads its hits from: what the store is in the application."""

    def __init__(self) -> None:
        self.posts: dict[int, AnalysedPost] = {}

    def load(self, post_ids: Sequence[int]) -> list[AnalysedPost]:
        return [self.posts[n] for n in post_ids if n in self.posts]

    def put(self, index: Index, *posts: AnalysedPost) -> None:
        for post in posts:
            self.posts[post.post.id] = post
        index.add(posts)


def corpus() -> list[AnalysedPost]:
    calais = "Boat from Calais to Dover £2000 or €500 deposit, call 07700 900123, pay after arrival"
    lorry = "Lorry Dunkirk to London, pay only after your safe arrival. Telegram @invented_lorry"
    both = "Paris to Rome by train 90 EUR. Istanbul to London, price 4000 GBP"
    return [
        analysed(
            1,
            calais,
            [
                route(calais, ("Calais", "Calais", "FR"), ("Dover", "Dover", "GB")),
                price(calais, "£2000", 2000, "GBP"),
                price(calais, "€500", 500, "EUR"),
                contact(calais, "07700 900123", "phone", "+447700900123"),
            ],
            modes=("sea",),
            handle="boat_man_1",
            author="Boat Man",
            advertiser="A1",
        ),
        analysed(
            2,
            lorry,
            [
                route(lorry, ("Dunkirk", "Dunkirk", "FR"), ("London", "London", "GB")),
                contact(lorry, "@invented_lorry", "telegram", "invented_lorry"),
            ],
            modes=("land",),
            handle="boat_man_2",
            platform="forum",
        ),
        analysed(
            3,
            both,
            [
                route(both, ("Paris", "Paris", "FR"), ("Rome", "Rome", "IT")),
                route(both, ("Istanbul", "Istanbul", "TR"), ("London", "London", "GB")),
                price(both, "90 EUR", 90, "EUR"),
                price(both, "4000 GBP", 4000, "GBP"),
            ],
            modes=("land", "air"),
        ),
        analysed(4, "قايق آمن إلى بريطانيا ٢٠٠٠ يورو", language="ar", modes=("sea",)),
        analysed(5, "قایق امن به انگلیس، پرداخت پس از رسیدن", language="fa", direction="into_uk"),
        analysed(6, "بەلەم بۆ بەریتانیا، دوای گەیشتن پارە بدە", language="ckb"),
        analysed(7, "Лодка в Англию, всё надёжно", language="ru"),
        analysed(8, "ጀልባ ወደ እንግሊዝ ሐገር", language="am"),
        analysed(9, "去英国的船 安全到达后付款", language="zh"),
        analysed(10, "Tàu đi Anh, trả tiền sau khi đến", language="vi"),
        analysed(11, "Ferry company opens a new line, newspaper says", offer=False),
        analysed(12, "", language="und", offer=False),
    ]


FOUND: list[tuple[str, set[int]]] = [
    ("", set(range(1, 13))),
    ("*", set(range(1, 13))),
    ("*:*", set(range(1, 13))),
    # words, in any spelling
    ("boat", {1}),
    ("BOAT", {1}),
    ("boat lorry", set()),
    ("boat OR lorry", {1, 2}),
    ("boat AND arrival", {1}),
    ("arrival -boat", {2}),
    ("arrival NOT boat", {2}),
    ("-arrival offer:true modern", set()),
    ("+arrival +pay", {1, 2}),
    ("boat OR +lorry", {2}),
    ("boat OR arrival OR -lorry", {1}),
    ("(boat OR lorry) AND arrival", {1, 2}),
    ("قایق", {4, 5}),
    ("قَايِق", {4, 5}),
    ("2000", {1, 4}),
    ("٢٠٠٠", {1, 4}),
    ("۲۰۰۰", {1, 4}),
    ("بەریتانیا", {6}),
    ("بريتانيا", set()),
    ("лодка все", {7}),
    ("ЛОДКА ВСЁ", {7}),
    ("ሀገር", {8}),
    ("英", {9}),
    ("英国", {9}),
    ("英国的船", {9}),
    ("国英", set()),
    ("船 付款", {9}),
    ("tau di anh", {10}),
    ("đến", {10}),
    # phrases and nearness
    ('"pay after"', {1}),
    ('"after pay"', set()),
    ('"pay only after"', {2}),
    ('"pay after arrival"', {1}),
    ('"pay after arrival"~1', {1}),
    ('"pay after arrival"~3', {1, 2}),
    ('"arrival after pay"~3', {1, 2}),
    # parts of words
    ("lor*", {2}),
    ("l?rry", {2}),
    ("l*y", {2}),
    ("b?a*", {1}),
    ("قا*", {4, 5}),
    ("bota~1", {1}),
    ("boatt~", {1}),
    ("xxat~1", set()),
    ("xxat~2", {1}),
    ("قایقق~1", {4, 5}),
    # letters that writers of a script exchange count as no change
    ("غایغ~1", {4, 5}),
    ("غایغ~0", set()),
    ("پریتانیا~1", {4}),
    ("лотькя~1", {7}),
    ("ангьлыю~1", {7}),
    ("bоаt~1", {1}),  # two letters are Cyrillic
    ("bоаt~0", set()),
    ("to:dоvеr~1", {1}),
    # fields
    ("lang:fa", {5}),
    ("lang:(fa OR ckb)", {5, 6}),
    ("lang:FA", {5}),
    ("platform:forum", {2}),
    ("source:invented-channel", set(range(1, 13))),
    ("source:invented", set()),
    ("source:inv*", set(range(1, 13))),
    ("mode:sea", {1, 4}),
    ("mode:sea mode:land", set()),
    ("mode:land mode:air", {3}),
    ("kind:sea", {1, 4}),
    ("area:entry_exit lang:zh", {9}),
    ("offer:false", {11, 12}),
    ("offer:true -lang:en", {4, 5, 6, 7, 8, 9, 10}),
    ("author:boat_man_1", {1}),
    ("author:@Boat_Man_1", {1}),
    ('author:"boat man"', {1}),
    ("author:boat_man*", {1, 2}),
    ("author:*", {1, 2}),
    ("advertiser:A1", {1}),
    ("advertiser:a1", {1}),
    ("advertiser:*", {1}),
    ("contact:07700900123", {1}),
    ('contact:"+44 7700 900 123"', {1}),
    ("contact:+447700900123", {1}),
    ("contact:(+44 7700 900123)", {1}),
    ("contact:00447700900123", {1}),
    ('contact:"+44 (0)7700-900123"', {1}),
    ("contact:+337700900123", set()),
    ("contact:@Invented_Lorry", {2}),
    ("contact:invented_lorry", {2}),
    ('contact:"https://t.me/invented_lorry"', {2}),
    ("contact:*", {1, 2}),
    ("contact:invented*", {2}),
    ("contact:invented_lory~1", {2}),
    ("author:boat_mam_2~1", {2}),
    ("source:invented-chanel~", set(range(1, 13))),
    # routes
    ("to:GB", {1, 2, 3, 5}),
    ("to:gb mode:sea", {1}),
    ("to:UK", {1, 2, 3, 5}),
    ("from:France", {1, 2, 3}),
    ("from:Frankreich", {1, 2, 3}),
    ("from:فرانسه", {1, 2, 3}),
    ("from:calais", {1}),
    ("from:FR to:GB", {1, 2}),
    ("from:FR AND to:IT", {3}),
    ("from:(TR OR BE) to:GB", {3}),
    ("(from:FR) (to:GB)", {1, 2}),
    ("(from:TR to:GB) (from:FR to:IT)", {3}),
    ("-from:FR to:GB", {5}),
    ("to:dov*", {1}),
    ("to:dovre~1", {1}),
    ("via:*", set()),
    # prices
    ("price:2000", {1}),
    ("price:2k", {1}),
    ("price:[1000 TO 3000]", {1}),
    ("price:[1000 TO 3000] currency:GBP", {1}),
    ("price:[1000 TO 3000] currency:EUR", set()),
    ("(price:[1000 TO 3000]) (currency:EUR)", {1}),
    ("(price:2000 currency:GBP) (price:500 currency:EUR)", {1}),
    ("price:>=2000", {1, 3}),
    ("price:>2000", {3}),
    ("price:<100", {3}),
    ("price:{2000 TO 4000}", set()),
    ("price:{2000 TO 4000]", {3}),
    ("price:[* TO 100]", {3}),
    ("currency:(GBP OR EUR)", {1, 3}),
    ("currency:€ price:90", {3}),
    ("price:*", {1, 3}),
    ("NOT price:90 price:*", {1}),
    # numbers and dates
    ("id:7", {7}),
    ("id:[2 TO 4]", {2, 3, 4}),
    ("probability:<0.5", {11, 12}),
    ("posted:2026-03-02", {1}),
    ("posted:[2026-03-02 TO 2026-03-04]", {1, 2, 3}),
    ("posted:{2026-03-02 TO 2026-03-04}", {2}),
    ("posted:>=2026-03-12", {11, 12}),
    ("posted:2026", set(range(1, 13))),
    ("posted:2027", set()),
    ("seen:2026-06", set(range(1, 13))),
    # mixtures of all
    ("boat OR price:90", {1, 3}),
    ("boat OR NOT offer:true", {1, 11, 12}),
    ("NOT (boat OR price:90) from:FR", {2}),
    ("NOT (lang:en OR lang:ar) NOT offer:false", {5, 6, 7, 8, 9, 10}),
    ("lorry OR (to:GB price:>3000)", {2, 3}),
    # signs in the words of a person are harmless
    ("don't", set()),
    ("boat'; DROP TABLE words;", set()),
    ("boat & dover", {1}),
    ("£2000", {1, 4}),
]


#: What needs more than the index: meanings, places and rates (`everything`).
FOUND_RESOLVED: list[tuple[str, set[int]]] = [
    ("from:دونكيرك", {2}),
    ("from:Dunkerque", {2}),
    ("to:伦敦", {2, 3}),
    ("Dunkerque", {2}),
    ('"Dunkerque"', set()),
    ("كاليه", {1}),
    ("place:Лондон", {2, 3}),
    ("place:Roma", {3}),
    ("place:TR", {3}),
    ("price_gbp:[1700 TO 2100]", {1}),
    ("price_eur:[2200 TO 2400]", {1}),
    ("price_gbp:2000", {1}),
    ("price_usd:[100 TO 110]", {3}),
    ("price_usd:[1 TO 2]", set()),
    ("price_gbp:*", {1, 3}),
    ("NOT price_eur:>100 price:*", set()),
    ("(price_gbp:4000) from:TR", {3}),
    ("angliyu", {7}),
    ("angliyu translit:off", set()),
    ("translit:off", set(range(1, 13))),
    ("lodka nadezhno", {7}),
    ("lodka vse", set()),  # too short to be looked for by its sounds
    ('like:"Tàu đi Anh, trả tiền sau khi đến"~90', {10}),
    ('like:"Tàu đi Anh, trả tiền sau khi đến"~90 lang:en', set()),
    ('like:"Tàu đi Anh, trả tiền sau khi đến"~90 OR boat', {1, 10}),
    ('NOT like:"Tàu đi Anh, trả tiền sau khi đến"~90 offer:true', set(range(1, 10))),
    ("like:1", set()),
]


def everything(posts: Sequence[AnalysedPost]) -> Resolver:
    """What the application knows beside the index; likeness is of letters here."""
    by_number = {one.post.id: one for one in posts}

    def find_post(number: int) -> tuple[str, bytes | None] | None:
        one = by_number.get(number)
        return one and (one.post.text, one.advert.embedding)

    def find_places(name: str) -> list[FoundPlace]:
        return [FoundPlace(*found) for found in find_named(name)]

    return Resolver(HashingEmbedder(), find_post, find_places, load_rates())


class IndexContract:
    """Subclass it and give `index` and `shelf`."""

    @pytest.fixture
    def shelf(self) -> Shelf:
        return Shelf()

    @pytest.fixture
    def index(self, shelf: Shelf) -> Index:
        raise NotImplementedError

    @pytest.fixture
    def filled(self, index: Index, shelf: Shelf) -> Index:
        shelf.put(index, *corpus())
        return index

    def found(self, index: Index, query: str) -> list[int]:
        return [hit.post_id for hit in index.search(parse_query(query), limit=100).hits]

    def test_finds_what_each_query_means(self, filled: Index) -> None:
        wrong = {
            query: (sorted(got), sorted(wanted))
            for query, wanted in FOUND
            if (got := set(self.found(filled, query))) != wanted
        }
        assert not wrong

    def test_finds_meanings_places_and_sums(self, index: Index, shelf: Shelf) -> None:
        posts = [with_meaning(one) for one in corpus()]
        shelf.put(index, *posts)
        resolver = everything(posts)
        wrong = {}
        for text, wanted in FOUND_RESOLVED:
            query = parse_query(text, resolver=resolver)
            got = {hit.post_id for hit in index.search(query, limit=100).hits}
            same = index.search(query, limit=0).count == len(got)
            if got != wanted or not same or index.matches(query, range(1, 13)) != wanted:
                wrong[text] = (sorted(got), sorted(wanted))
        assert not wrong

    def test_finds_what_lies_near(self, index: Index, shelf: Shelf) -> None:
        calais, lille, rome = (50.9513, 1.8587), (50.6292, 3.0573), (41.9028, 12.4964)
        text = "A and B"
        places = [
            Mention("place", 0, 1, "A", Place("Anywhere", "FR", *spot))
            for spot in (calais, lille, rome)
        ]
        shelf.put(index, *(analysed(n, text, [one]) for n, one in enumerate(places, 1)))
        resolver = everything([])
        for far, wanted in ((50, {1}), (100, {1, 2}), (5000, {1, 2, 3})):
            query = parse_query(f'near:"Dunkirk~{far}km"', resolver=resolver)
            result = index.search(query)
            assert {hit.post_id for hit in result.hits} == wanted, far
            assert all(hit.marks == ((0, 1),) for hit in result.hits)

    def test_the_likest_come_first_page_by_page(self, index: Index, shelf: Shelf) -> None:
        sentence = "boat to England pay after arrival call me tonight in the harbour"
        words = sentence.split()
        texts = [" ".join(words[:n]) for n in range(2, len(words) + 1)]
        posts = [with_meaning(analysed(n, text)) for n, text in enumerate(texts, 1)]
        shelf.put(index, *posts)
        query = parse_query(f'like:"{texts[-1]}"~50', resolver=everything(posts))
        whole = index.search(query, limit=100)
        scores = [hit.score for hit in whole.hits]
        assert whole.hits[0].post_id == len(texts)
        assert scores == sorted(scores, reverse=True)
        assert 0.99 < scores[0] <= 1.01
        seen: list[int] = []
        after: str | None = None
        while True:
            page = index.search(query, limit=2, after=after)
            assert page.count == whole.count
            seen += [hit.post_id for hit in page.hits]
            after = page.after
            if after is None:
                break
        assert seen == [hit.post_id for hit in whole.hits]
        # one that says something else now, one that is gone, one that comes
        changed = replace(posts[-1], post=replace(posts[-1].post, revision=2))
        shelf.put(index, replace(changed, advert=replace(changed.advert, embedding=None)))
        index.delete([len(texts) - 1])
        shelf.put(index, with_meaning(analysed(99, texts[-1])))
        again = index.search(query, limit=100)
        assert again.hits[0].post_id == 99
        assert again.count == whole.count - 1

    def test_a_histogram_counts_every_hit_once(self, index: Index, shelf: Shelf) -> None:
        first = analysed(1, "boat", days=0)
        old = replace(first.post, id=9, posted_at=datetime(1969, 12, 31, 23, 0, tzinfo=UTC))
        shelf.put(
            index,
            *(analysed(n, "boat" if n % 2 else "lorry", days=n * 3) for n in range(1, 9)),
            replace(first, post=old, advert=replace(first.advert, post_id=9)),
        )
        boat = parse_query('"boat"')
        assert index.histogram(boat, "day") == (
            (date(1969, 12, 31), 1),
            (date(2026, 3, 4), 1),
            (date(2026, 3, 10), 1),
            (date(2026, 3, 16), 1),
            (date(2026, 3, 22), 1),
        )
        assert index.histogram(boat, "week")[0] == (date(1969, 12, 29), 1)
        assert index.histogram(parse_query(""), "month") == (
            (date(1969, 12, 1), 1),
            (date(2026, 3, 1), 8),
        )
        assert index.histogram(parse_query("nothing"), "day") == ()
        with pytest.raises(InvalidQuery, match="no width"):
            index.histogram(boat, "hour")

    def test_count_matches_and_export_agree_with_the_hits(self, filled: Index) -> None:
        for text, wanted in FOUND:
            query = parse_query(text)
            result = filled.search(query, limit=0, facets=("lang",))
            assert result.count == len(wanted), text
            assert result.hits == ()
            assert filled.search(query, limit=1).count == len(wanted), text
            assert filled.matches(query, range(1, 13)) == wanted, text
            exported = [hit.post_id for hit in filled.iter_hits(query)]
            assert exported == sorted(wanted, reverse=True), text
            assert sum(n for _, n in result.facets["lang"]) == len(wanted), text

    def test_matches_looks_at_the_given_posts_only(self, filled: Index) -> None:
        assert filled.matches(parse_query("to:GB"), [2, 4, 99]) == {2}
        assert filled.matches(parse_query(""), []) == frozenset()

    def test_adding_twice_is_one(self, filled: Index) -> None:
        filled.add(corpus())
        filled.add([*corpus(), *corpus()])
        assert filled.count() == 12
        assert self.found(filled, "boat") == [1]
        assert filled.search(parse_query("mode:sea"), facets=("mode",)).facets["mode"] == (
            ("sea", 2),
        )

    def test_a_newer_revision_replaces_an_older_and_not_the_other_way(
        self, index: Index, shelf: Shelf
    ) -> None:
        text = "lorry 500 GBP"
        old = analysed(1, text, [price(text, "500 GBP", 500, "GBP")], modes=("land",))
        shelf.put(index, old, analysed(1, "car", revision=2, modes=("air",)))
        index.add([old])
        assert self.found(index, "lorry OR mode:land OR price:500 OR currency:GBP") == []
        assert self.found(index, "car mode:air") == [1]
        assert index.count() == 1

    def test_a_deleted_post_is_gone(self, filled: Index) -> None:
        filled.delete([1, 1, 999])
        assert self.found(filled, "boat OR price:2000 OR id:1 OR contact:07700900123") == []
        assert self.found(filled, "(from:FR to:GB)") == [2]
        assert filled.count() == 11

    def test_a_post_that_the_store_lost_is_no_hit(self, filled: Index, shelf: Shelf) -> None:
        del shelf.posts[1]
        assert self.found(filled, "boat OR lorry") == [2]

    def test_clear_forgets_everything_and_filling_again_restores_it(self, filled: Index) -> None:
        filled.clear()
        assert filled.count() == 0
        assert self.found(filled, "") == []
        filled.add(corpus())
        assert self.found(filled, "قایق") == [5, 4] or set(self.found(filled, "قایق")) == {4, 5}
        assert filled.search(parse_query(""), facets=("lang",)).facets["lang"][0] == ("en", 4)

    def test_it_remembers_how_far_it_was_filled(self, filled: Index) -> None:
        assert filled.synced() == 0
        filled.mark_synced(17)
        filled.add(corpus())
        assert filled.synced() == 17
        filled.clear()
        assert filled.synced() == 0

    def test_facets_count_over_all_hits(self, filled: Index) -> None:
        facets = filled.search(
            parse_query("offer:true"),
            limit=1,
            facets=("lang", "mode", "to", "currency", "offer", "author"),
        ).facets
        assert facets["lang"][0] == ("en", 3)
        assert facets["mode"] == (("land", 2), ("sea", 2), ("air", 1))
        assert facets["to"] == (("GB", 4), ("IT", 1))
        assert facets["currency"] == (("EUR", 2), ("GBP", 2))
        assert facets["offer"] == (("true", 10),)
        assert facets["author"] == (("boat_man_1", 1), ("boat_man_2", 1))

    def test_marks_are_offsets_into_the_text(self, filled: Index) -> None:
        wanted = {
            "boat": {"Boat"},
            "قایق": {"قايق", "قایق"},
            '"pay after arrival"': {"pay after arrival"},
            '"arrival pay"~5': {"pay", "arrival"},
            "英": {"英"},
            "lor*": {"Lorry", "lorry"},
            "bota~1": {"Boat"},
            "price:[1000 TO 3000]": {"£2000"},
            "contact:07700900123": {"07700 900123"},
            "from:TR": {"Istanbul"},
            "to:dover": {"Dover"},
            "boat -lorry": {"Boat"},
            "offer:false": set(),
        }
        for query, words in wanted.items():
            result = filled.search(parse_query(query), limit=50)
            marked = {hit.analysed.post.text[a:b] for hit in result.hits for a, b in hit.marks}
            assert marked == words, query

    def test_orders(self, filled: Index) -> None:
        query = parse_query("lang:en")
        newest = [h.post_id for h in filled.search(query, sort="newest").hits]
        assert newest == [11, 3, 2, 1]
        oldest = [h.post_id for h in filled.search(query, sort="oldest").hits]
        assert oldest == [1, 2, 3, 11]

    @pytest.mark.parametrize("sort", ["relevance", "newest", "dearest_gbp"])
    def test_counting_facets_changes_no_page(self, filled: Index, sort: str) -> None:
        for text in ("boat OR lorry OR euro", "boat OR price:4000", "", "to:GB boat"):
            query = parse_query(text)
            ids: list[list[int]] = []
            for facets in ((), ("lang", "to"), ("lang", "to")):
                found: list[int] = []
                after: str | None = None
                while True:
                    page = filled.search(query, limit=1, after=after, facets=facets, sort=sort)
                    found += [hit.post_id for hit in page.hits]
                    assert page.count >= len(found)
                    assert not facets or sum(n for _, n in page.facets["lang"]) == page.count
                    after = page.after
                    if after is None:
                        break
                ids.append(found)
            assert ids[0] == ids[1] == ids[2], text
            assert len(ids[0]) == page.count

    def test_orders_by_the_price_in_one_currency(self, filled: Index) -> None:
        query = parse_query("")
        wanted = {
            # post 1 asks 2000 GBP or 500 EUR, post 3 90 EUR or 4000 GBP; the others none
            "cheapest_gbp": [1, 3],
            "dearest_gbp": [3, 1],
            "cheapest_eur": [3, 1],
            "dearest_eur": [1, 3],
        }
        without = [n for n in range(12, 0, -1) if n not in (1, 3)]
        for sort, first in wanted.items():
            found = [hit.post_id for hit in filled.search(query, sort=sort).hits]
            assert found == first + without, sort
        with pytest.raises(InvalidQuery, match="cheapest_gbp"):
            filled.search(query, sort="cheapest_pounds")

    def test_one_post_counts_by_its_lowest_or_its_highest_price(
        self, index: Index, shelf: Shelf
    ) -> None:
        def prices(*amounts: int) -> list[Mention]:
            return [price("boat", "boat", amount, "GBP") for amount in amounts]

        shelf.put(
            index,
            analysed(1, "boat", prices(500, 9000)),
            analysed(2, "boat", prices(700)),
            analysed(3, "boat", prices(700, 600)),
            analysed(4, "boat", [price("boat", "boat", 10**20, "GBP")]),
        )
        query = parse_query("boat")
        for sort, wanted in {"cheapest_gbp": [1, 3, 2, 4], "dearest_gbp": [4, 1, 3, 2]}.items():
            found: list[int] = []
            after: str | None = None
            while len(found) < 4:
                page = index.search(query, sort=sort, limit=1, after=after)
                found += [hit.post_id for hit in page.hits]
                after = page.after
            assert found == wanted
            assert after is None

    def test_relevance_puts_the_better_match_first(self, index: Index, shelf: Shelf) -> None:
        shelf.put(
            index,
            analysed(1, "boat " + "other words about nothing at all " * 20),
            analysed(2, "boat boat boat tonight"),
            analysed(3, "nothing"),
        )
        result = index.search(parse_query("boat"))
        assert [hit.post_id for hit in result.hits] == [2, 1]
        assert result.hits[0].score > result.hits[1].score > 0

    @pytest.mark.parametrize("sort", ["relevance", "newest", "oldest", "cheapest_gbp"])
    @pytest.mark.parametrize("query", ["boat", "", "boat OR price:7", "mode:sea"])
    def test_paging_is_stable_under_writes(
        self, index: Index, shelf: Shelf, sort: str, query: str
    ) -> None:
        shelf.put(
            index,
            *(
                analysed(n, "boat " + "sea " * (n % 7), modes=("sea",), days=n % 5)
                for n in range(40)
            ),
        )
        parsed = parse_query(query)
        seen: list[int] = []
        after: str | None = None
        new = 100
        while True:
            page = index.search(parsed, limit=7, after=after, sort=sort)
            seen += [hit.post_id for hit in page.hits]
            after = page.after
            if after is None:
                break
            # a post that comes, one that changes and one that goes between two pages
            shelf.put(index, analysed(new, "boat boat sea", modes=("sea",), days=-1.0))
            again = shelf.posts[seen[1]]
            # by words, a post that changes may change its place with good reason
            shelf.put(index, again if sort == "relevance" else replace(again, advertiser="A1"))
            index.delete([seen[-1]])
            new += 1
        assert len(seen) == len(set(seen)), "a hit came twice"
        assert set(range(40)) <= set(seen), "a hit was left out"

    def test_a_page_of_nothing_has_its_count_wherever_it_begins(self, filled: Index) -> None:
        for text in ("arrival", "lang:en"):
            query = parse_query(text)
            after = filled.search(query, limit=1).after
            empty = filled.search(query, limit=0, after=after, facets=("offer",))
            assert empty.hits == ()
            assert empty.count == filled.search(query).count > 1
            assert sum(many for _, many in empty.facets["offer"]) == empty.count

    def test_a_broken_or_foreign_cursor_is_refused(self, filled: Index) -> None:
        query = parse_query("lang:en")
        after = filled.search(query, limit=1).after
        assert after is not None
        for broken in ("x", "", "é", after[:-3], after + "!", "W10", "bnVsbA", "WzFd"):
            if broken:
                with pytest.raises(InvalidQuery, match="cursor"):
                    filled.search(query, after=broken)
        with pytest.raises(InvalidQuery, match="another query"):
            filled.search(parse_query("lang:fa"), after=after)
        with pytest.raises(InvalidQuery, match="another query or order"):
            filled.search(query, after=after, sort="newest")

    def test_unknown_facets_sorts_and_limits_are_refused(self, filled: Index) -> None:
        query = parse_query("")
        with pytest.raises(InvalidQuery, match="cannot be counted"):
            filled.search(query, facets=("colour",))
        with pytest.raises(InvalidQuery, match="no order"):
            filled.search(query, sort="best")
        with pytest.raises(InvalidQuery, match="0 to"):
            filled.search(query, limit=100_000)

    def test_hostile_texts_can_be_indexed(self, index: Index, shelf: Shelf) -> None:
        texts = [
            "\ud800 lone",
            "nul\x00byte",
            'quote " AND ( NEAR',
            "x" * 200_000,
            "\u202eright to left override",
            "🚤🇬🇧",
            "\ue000\ue001 private",
        ]
        shelf.put(index, *(analysed(n, text) for n, text in enumerate(texts, 1)))
        assert index.count() == len(texts)
        assert self.found(index, "lone") == [1]
        assert self.found(index, "byte") == [2]
        assert self.found(index, "near quote") == [3]
        assert self.found(index, "override") == [5]
        assert self.found(index, "🚤") == [6]

    def test_closed_twice_is_fine_and_then_it_is_unavailable(self, filled: Index) -> None:
        filled.close()
        filled.close()
        with pytest.raises(IndexUnavailable):
            filled.count()
        with pytest.raises(IndexUnavailable):
            filled.add([])
