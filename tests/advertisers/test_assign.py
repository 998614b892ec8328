"""Clustering: what links, what does not, and that the order of arrival does not matter."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.types import Advert, Advertiser, AnalysedPost, Edge, Judgement, Post, Reason
from index.advertisers import Assignment, assign, post_node
from index.advertisers.block import stem
from index.advertisers.jsonl import assign_lines
from tests.index.posts import analysed, contact

WORDS = (  # noqa: SIM905 - easier to read than a list
    "boat crossing tonight safe price family arrival guarantee trusted driver port weather "
    "night lorry house friend message quick honest cheap places week coast north south"
).split()
TEMPLATE = (
    "Travel to the north with our trusted team, safe crossing every night when the weather is "
    "calm, pay only after your arrival, message us for places this week"
)


class Memory:
    """The store's part in the clustering, in memory."""

    def __init__(self) -> None:
        self.posts: dict[int, AnalysedPost] = {}
        self.identifiers: dict[int, tuple[str, ...]] = {}
        self.edges: dict[tuple[str, str], Edge] = {}
        self.advertisers: dict[int, str] = {}

    def add(self, *posts: AnalysedPost, offers_only: bool = True) -> Assignment:
        self.posts.update((post.post.id, post) for post in posts)
        found = assign(posts, self, offers_only=offers_only)
        for edge in found.edges:
            self.decide(edge)
        for post_id, advertiser in found.advertisers.items():
            self.advertisers.pop(post_id, None)
            if advertiser is not None:
                self.advertisers[post_id] = advertiser
        return found

    def decide(self, edge: Edge) -> None:
        pair = (min(edge.left, edge.right), max(edge.left, edge.right))
        before = self.edges.get(pair)
        if before is None or before.decided_by == "machine" or edge.decided_by != "machine":
            self.edges[pair] = edge

    def clusters(self) -> set[frozenset[int]]:
        found: dict[str, set[int]] = {}
        for post_id, advertiser in self.advertisers.items():
            found.setdefault(advertiser, set()).add(post_id)
        return {frozenset(posts) for posts in found.values()}

    def put_identifiers(self, post_id: int, found: Sequence[str]) -> None:
        self.identifiers[post_id] = tuple(found)

    def posts_with(self, wanted: Sequence[str]) -> Mapping[str, Sequence[int]]:
        return {
            key: sorted(n for n, keys in self.identifiers.items() if key in keys) for key in wanted
        }

    def get_analysed(self, post_ids: Sequence[int]) -> Sequence[AnalysedPost]:
        return [self.posts[n] for n in post_ids if n in self.posts]

    def edges_of(self, nodes: Sequence[str]) -> Sequence[Edge]:
        return [e for _, e in sorted(self.edges.items()) if e.left in nodes or e.right in nodes]

    def advertiser_of(self, post_ids: Iterable[int]) -> Mapping[int, str]:
        return {n: self.advertisers[n] for n in post_ids if n in self.advertisers}

    def get_advertiser(self, advertiser_id: str) -> Advertiser | None:
        posts = tuple(sorted(n for n, a in self.advertisers.items() if a == advertiser_id))
        return Advertiser(advertiser_id, posts) if posts else None


def wording(seed: int, words: int = 14) -> str:
    """A text of its own: words drawn by the seed."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    own = "".join(chance.choices("abcdefghiklmnoprstu", k=7))
    return " ".join([own, *chance.choices(WORDS, k=words), own[::-1]])


def post(
    post_id: int,
    text: str | None = None,
    phones: Sequence[int] = (),
    **others: object,
) -> AnalysedPost:
    numbers = [f"+4477009000{n:02d}" for n in phones]
    whole = " ".join([wording(post_id) if text is None else text, *numbers])
    mentions = [contact(whole, number, "phone", number) for number in numbers]
    return analysed(post_id, whole, mentions, **others)  # type: ignore[arg-type]


def clustered(*posts: AnalysedPost) -> set[frozenset[int]]:
    memory = Memory()
    memory.add(*posts)
    return memory.clusters()


def sets(*clusters: Iterable[int]) -> set[frozenset[int]]:
    return {frozenset(cluster) for cluster in clusters}


def test_a_shared_number_links_and_a_post_alone_is_its_own_advertiser() -> None:
    assert clustered(post(1, phones=[1]), post(2, phones=[1]), post(3, phones=[2])) == sets(
        {1, 2}, {3}
    )


def test_links_pass_on() -> None:
    assert clustered(
        post(1, phones=[1]), post(2, phones=[1, 2]), post(3, phones=[2]), post(4, handle="other_x")
    ) == sets({1, 2, 3}, {4})


def test_an_account_links_on_its_own_network_only() -> None:
    assert clustered(
        post(1, handle="kal"),
        post(2, handle="kal"),
        post(3, handle="kal", platform="tiktok"),
        post(4, handle="kal", platform="forum", source="one"),
        post(5, handle="kal", platform="forum", source="other"),
    ) == sets({1, 2}, {3}, {4}, {5})


def test_an_account_named_as_contact_is_the_account() -> None:
    text = f"{wording(1)} write to @invented_kal"
    named = analysed(1, text, [contact(text, "@invented_kal", "telegram", "invented_kal")])
    assert clustered(named, post(2, handle="invented_kal")) == sets({1, 2})


def test_no_offer_has_an_advertiser_and_none_links_by_it() -> None:
    assert clustered(
        post(1, phones=[1]), post(2, phones=[1], offer=False), post(3, phones=[2], offer=False)
    ) == sets({1})


def test_a_backup_account_is_the_same_hand() -> None:
    assert clustered(
        post(1, handle="smugglereurope", phones=[1]),
        post(2, handle="smugglereurope1", phones=[2]),
        post(3, handle="smugglereurope_01", phones=[3]),
        post(4, handle="kalboat", phones=[4]),
        post(5, handle="karboat", phones=[5]),
    ) == sets({1, 2, 3}, {4}, {5})


def test_a_short_handle_needs_a_second_sign() -> None:
    assert clustered(post(1, handle="kalboat1"), post(2, handle="kalboat2")) == sets({1}, {2})
    assert clustered(
        post(1, handle="kalboat1", author="Kal Of The Coast"),
        post(2, handle="kalboat2", author="KAL of the coast"),
    ) == sets({1, 2})


def test_rotated_numbers_under_one_long_wording_are_one_hand() -> None:
    assert clustered(
        post(1, TEMPLATE, phones=[1]),
        post(2, TEMPLATE.replace("calm", "good"), phones=[2]),
        post(3, phones=[3]),
    ) == sets({1, 2}, {3})
    assert clustered(
        post(1, TEMPLATE, phones=[1], handle="kalboat1"),
        post(2, TEMPLATE.replace("calm", "good"), phones=[2], handle="kalboat2"),
    ) == sets({1, 2})


def test_one_wording_of_two_accounts_named_unlike_may_be_copied() -> None:
    assert clustered(
        post(1, TEMPLATE, phones=[1], handle="aaaaaa"),
        post(2, TEMPLATE, phones=[2], handle="bbbbbb"),
    ) == sets({1}, {2})


def test_a_wording_that_everybody_copies_links_nobody() -> None:
    posts = [post(n, TEMPLATE, phones=[n], handle=f"{chr(97 + n) * 6}") for n in range(1, 9)]
    assert clustered(*posts) == sets(*({n} for n in range(1, 9)))


def test_a_helpline_that_many_quote_links_nobody() -> None:
    hub = 50
    sellers = [post(n, phones=[n, hub], handle=f"{chr(97 + n) * 6}") for n in range(1, 9)]
    again = [post(n + 20, phones=[n, hub], handle=f"{chr(97 + n) * 6}") for n in range(1, 9)]
    assert clustered(*sellers, *again) == sets(*({n, n + 20} for n in range(1, 9)))


def test_a_number_that_news_quote_more_than_offers_links_nobody() -> None:
    news = [post(n, phones=[9], offer=False) for n in range(10, 14)]
    assert clustered(post(1, phones=[9]), post(2, phones=[9]), *news) == sets({1}, {2})


def test_one_hand_with_many_accounts_and_one_number_is_no_hub() -> None:
    posts = [post(n, phones=[1], handle=f"{chr(97 + n) * 6}") for n in range(1, 7)]
    assert clustered(*posts) == sets(range(1, 7))


def test_a_market_channel_is_no_hand() -> None:
    posts = [post(n, phones=[n], handle="marketplace") for n in range(1, 13)]
    assert clustered(*posts) == sets(*({n} for n in range(1, 13)))


def test_a_second_account_of_a_market_links_nobody_either() -> None:
    posts = [
        post(n, phones=[n], handle="marketplace" if n < 13 else "marketplace2", author="The Market")
        for n in range(1, 15)
    ]
    assert clustered(*posts[:13]) == sets(*({n} for n in range(1, 14)))


def test_a_link_is_withdrawn_when_its_number_turns_out_a_hub() -> None:
    memory = Memory()
    first = [post(n, phones=[n, 50], handle=f"{chr(97 + n) * 6}") for n in (1, 2)]
    memory.add(*first)
    assert memory.clusters() == sets({1, 2})
    memory.add(*(post(n, phones=[n, 50], handle=f"{chr(97 + n) * 6}") for n in range(3, 9)))
    assert memory.clusters() == sets(*({n} for n in range(1, 9)))
    edges = memory.edges_of(["phone:+447700900050"])
    assert edges
    assert not any(edge.same for edge in edges)


def test_an_id_is_kept_as_the_cluster_grows_and_the_larger_wins() -> None:
    memory = Memory()
    memory.add(post(5, phones=[1]), post(6, phones=[1]))
    memory.add(post(3, phones=[2]))
    assert memory.advertisers == {5: "A5", 6: "A5", 3: "A3"}
    memory.add(post(2, phones=[1]))
    assert memory.advertisers[2] == "A5"
    memory.add(post(9, phones=[1, 2]))
    assert set(memory.advertisers.values()) == {"A5"}


def test_the_analyst_has_the_last_word() -> None:
    memory = Memory()
    memory.add(post(1, phones=[1]), post(2, phones=[1]), post(3, phones=[2]))
    apart = Edge(post_node(1), post_node(2), 0.0, (), decided_by="analyst.one", same=False)
    together = Edge(post_node(3), post_node(1), 1.0, (), decided_by="analyst.one")
    memory.decide(apart)
    memory.decide(together)
    memory.add(memory.posts[1])
    assert memory.clusters() == sets({1, 3}, {2})
    memory.add(post(4, phones=[1]))
    assert len(memory.clusters()) == 2
    assert memory.advertisers[1] == memory.advertisers[3] != memory.advertisers[2]
    assert memory.edges[post_node(1), post_node(2)].decided_by == "analyst.one"


def test_an_offer_that_is_judged_anew_leaves_its_advertiser() -> None:
    memory = Memory()
    memory.add(post(1, phones=[1]), post(2, phones=[1, 2]), post(3, phones=[2]))
    assert memory.clusters() == sets({1, 2, 3})
    memory.add(post(2, phones=[1, 2], offer=False, revision=2))
    assert memory.clusters() == sets({1}, {3})


def test_every_edge_has_its_reasons_with_both_values() -> None:
    memory = Memory()
    found = memory.add(
        post(1, handle="smugglereurope", phones=[1]), post(2, handle="smugglereurope1", phones=[1])
    )
    assert {reason.feature for edge in found.edges for reason in edge.reasons} >= {
        "contact",
    }
    for edge in found.edges:
        assert edge.reasons
        assert 0 < edge.score <= 1
        assert all(reason.left and reason.right and reason.weight > 0 for reason in edge.reasons)


@pytest.mark.parametrize(
    ("handle", "wanted"),
    [
        ("smugglereurope_01", "smugglereurope"),
        ("SmugglerEurope.Backup2", "smugglereurope"),
        ("the_real_smugglereurope", "smugglereurope"),
        ("new1", "new1"),
        ("kal", "kal"),
    ],
)
def test_stem(handle: str, wanted: str) -> None:
    assert stem(handle) == wanted


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[AnalysedPost], list[int], list[int]]:
    """Posts with overlapping contacts, accounts and wordings; an order; cuts."""
    count = draw(st.integers(2, 24))
    posts = [
        post(
            n,
            draw(st.sampled_from([TEMPLATE, wording(1), wording(2), wording(n), wording(n)])),
            phones=draw(st.lists(st.integers(1, 9), max_size=2, unique=True)),
            handle=draw(
                st.sampled_from(
                    ["invented_seller", "invented_seller1", "kalboat1", "kalboat2", "x" * 6, None]
                )
            ),
            author=draw(st.sampled_from(["Kal Of The Coast", "Another", None])),
            offer=draw(st.integers(0, 4)) > 0,
        )
        for n in range(1, count + 1)
    ]
    order = draw(st.permutations(range(count)))
    cuts = sorted(draw(st.sets(st.integers(1, count), max_size=5)))
    return posts, list(order), cuts


@settings(max_examples=60, deadline=None)
@given(streams())
def test_the_order_and_the_portions_do_not_matter(
    stream: tuple[list[AnalysedPost], list[int], list[int]],
) -> None:
    posts, order, cuts = stream
    whole = clustered(*posts)
    memory = Memory()
    at = 0
    for cut in [*cuts, len(posts)]:
        memory.add(*(posts[n] for n in order[at:cut]))
        at = cut
    assert memory.clusters() == whole
    # and looking again changes nothing
    names = dict(memory.advertisers)
    memory.add(*posts)
    assert memory.advertisers == names


def analyse_plainly(posts: Sequence[Post]) -> list[Advert]:
    """Reads '+44…' numbers only."""
    adverts: list[Advert] = []
    for given_post in posts:
        words = [w for w in given_post.text.split() if w.startswith("+")]
        mentions = tuple(contact(given_post.text, w, "phone", w) for w in words)
        judgement = Judgement(False, 0.0, reasons=(Reason("", "none", 0.0),))
        adverts.append(Advert(given_post.id, 1, "test", "en", mentions, judgement))
    return adverts


def test_the_filter_gives_a_line_for_every_line() -> None:
    lines = [
        json.dumps({"id": "a", "text": f"{wording(1)} +447700900001", "platform": "telegram"}),
        "{broken",
        json.dumps({"id": 7, "text": f"{wording(2)} +447700900001", "posted_at": None}),
        json.dumps({"id": "c", "text": 5}),
        json.dumps({"id": "d", "text": "alone", "posted_at": "2026-01-05T10:00:00Z"}),
        json.dumps({"id": "e", "text": "x", "posted_at": "yesterday"}),
        json.dumps({"text": "x"}),
        "[1, 2]",
        "",
        json.dumps({"id": "\ud800", "text": "\ud800 lone", "author_handle": "@Kal"}),
    ]
    out = [json.loads(line) for line in assign_lines(lines, analyse_plainly)]
    assert [answer["id"] for answer in out] == [
        "a",
        None,
        7,
        "c",
        "d",
        "e",
        None,
        None,
        None,
        "\ud800",
    ]
    assert ["error" in answer for answer in out] == [
        False, True, False, True, False, True, True, True, True, False,
    ]  # fmt: skip
    assert out[0]["advertiser"] == out[2]["advertiser"] != out[4]["advertiser"]
    assert out[0]["reasons"][0]["feature"] == "contact"
    assert out[4]["reasons"] == []


def test_the_filter_clusters_posts_whatever_they_are_judged() -> None:
    lines = [json.dumps({"id": n, "text": "call +447700900001"}) for n in range(3)]
    out = [json.loads(line) for line in assign_lines(lines, analyse_plainly)]
    assert len({answer["advertiser"] for answer in out}) == 1
    assert list(assign_lines([], analyse_plainly)) == []


def test_a_changed_post_is_compared_by_what_it_says_now() -> None:
    memory = Memory()
    memory.add(post(1, phones=[1]), post(2, phones=[1]))
    changed = post(2, phones=[3])
    memory.add(replace(changed, post=replace(changed.post, revision=2)))
    assert memory.clusters() == sets({1}, {2})
