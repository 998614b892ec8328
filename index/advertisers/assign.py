"""Finds the advertisers of new posts: block, score, judge and connect, in that order.

Only what the new posts can change is looked at again: the posts that can be reached from
them over shared identifiers. Those are clustered afresh, from the store, so the result is
the same in whatever order and portions the posts came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Protocol

from crawler.types import Advertiser, AnalysedPost, Edge
from index.advertisers.block import Profile, make_profile
from index.advertisers.connect import Groups, connect, name_clusters
from index.advertisers.judge import MACHINE, THRESHOLD, judge
from index.advertisers.score import (
    even_sample,
    is_hub,
    post_node,
    score_identifier,
    score_pair,
)

#: Of one cluster so many posts are compared with those of another, per shared identifier.
_SPEAKERS = 3


class AdvertiserStore(Protocol):
    """What is needed of the store."""

    def put_identifiers(self, post_id: int, found: Sequence[str], /) -> None:
        """Set what a post can be known by."""

    def posts_with(self, wanted: Sequence[str], /) -> Mapping[str, Sequence[int]]:
        """For each of the identifiers, the posts that have it."""

    def get_analysed(self, post_ids: Sequence[int], /) -> Sequence[AnalysedPost]:
        """The posts that are there, with what was read from them."""

    def edges_of(self, nodes: Sequence[str], /) -> Sequence[Edge]:
        """Every edge with one of the nodes at either end."""

    def advertiser_of(self, post_ids: Iterable[int], /) -> Mapping[int, str]:
        """The advertiser of each of the posts that has one."""

    def get_advertiser(self, advertiser_id: str, /) -> Advertiser | None:
        """The advertiser with its posts."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What was found: to be kept by `put_edges` and `assign_advertisers`.

    `advertisers` has every post that was looked at again; None: of no advertiser.
    """

    edges: tuple[Edge, ...]
    advertisers: Mapping[int, str | None]


def assign(
    new: Sequence[AnalysedPost], store: AdvertiserStore, *, offers_only: bool = True
) -> Assignment:
    """The advertisers of the new posts, and of the others that they change.

    Args:
        new: posts that were analysed, for the first time or again.
        store: the posts known so far; their identifiers are kept there.
        offers_only: whether only posts judged to be offers have advertisers. The others
            count only as use of a contact by strangers.

    Raises:
        StoreError: the store does not answer.
    """
    look = _Look(new, store, offers_only)
    return look.assign()


class _Look:
    """One look at what the new posts can change."""

    def __init__(
        self, new: Sequence[AnalysedPost], store: AdvertiserStore, offers_only: bool
    ) -> None:
        self.store = store
        self.offers_only = offers_only
        self.new = {analysed.post.id: make_profile(analysed) for analysed in new}
        self.profiles: dict[int, Profile] = dict(self.new)
        self.members: dict[str, list[int]] = {}
        self.hubs: dict[str, bool] = {}

    def assign(self) -> Assignment:
        for profile in self.new.values():
            self.store.put_identifiers(profile.id, profile.identifiers)
        reached = self.reach()
        clustered = {n: p for n, p in reached.items() if p.is_offer or not self.offers_only}
        advertisers: dict[int, str | None] = {
            post_id: None for post_id in reached if post_id not in clustered
        }
        nodes = [post_node(post_id) for post_id in sorted(clustered)]
        before = self.store.edges_of(nodes)
        scored = self.score(clustered)
        links, forbidden = judge(scored, before)
        known = set(nodes)
        # A decision about a post elsewhere waits until that post is looked at, too: `reach`
        # follows the analysts' edges, so there is none.
        groups = connect(nodes, links, forbidden)
        clusters: dict[str, list[int]] = defaultdict(list)
        for post_id in sorted(clustered):
            clusters[groups.find(post_node(post_id))].append(post_id)
        present = self.store.advertiser_of(list(reached))
        advertisers |= name_clusters(clusters.values(), present)
        now = {(edge.left, edge.right) for edge in scored}
        withdrawn = [
            replace(edge, same=False)
            for edge in before
            if edge.decided_by == MACHINE
            and edge.same
            and (edge.left, edge.right) not in now
            and (edge.right, edge.left) not in now
            and (edge.left in known or edge.right in known)
        ]
        return Assignment((*scored, *withdrawn), advertisers)

    def reach(self) -> dict[int, Profile]:
        """The posts that the new ones can be in one cluster with, now or until now."""
        reached: dict[int, Profile] = {}
        waiting = set(self.new)
        present = self.store.advertiser_of(list(self.new))
        for advertiser_id in sorted(set(present.values())):
            advertiser = self.store.get_advertiser(advertiser_id)
            waiting.update(advertiser.posts if advertiser else ())
        followed: set[str] = set()
        while waiting:
            self.load(waiting)
            fresh = [self.profiles[n] for n in sorted(waiting) if n in self.profiles]
            reached.update((profile.id, profile) for profile in fresh)
            waiting = set()
            wanted = {key for profile in fresh for key in profile.identifiers} - followed
            followed |= wanted
            self.find_members(wanted)
            for key in sorted(wanted):
                if not self.is_hub(key) or not self.was_hub(key):
                    waiting.update(self.members[key])
            for edge in self.store.edges_of([post_node(profile.id) for profile in fresh]):
                if edge.decided_by == MACHINE:
                    continue
                for node in (edge.left, edge.right):
                    kind, _, value = node.partition(":")
                    if kind == "post" and value.isdigit():
                        waiting.add(int(value))
            waiting -= reached.keys()
        return reached

    def load(self, post_ids: Iterable[int]) -> None:
        missing = sorted(set(post_ids) - self.profiles.keys())
        for analysed in self.store.get_analysed(missing) if missing else ():
            self.profiles[analysed.post.id] = make_profile(analysed)

    def find_members(self, identifiers: Iterable[str]) -> None:
        missing = sorted(set(identifiers) - self.members.keys())
        if missing:
            found = self.store.posts_with(missing)
            self.members.update({key: list(found.get(key, ())) for key in missing})
        shared = [key for key in missing if len(self.members[key]) > 1]
        self.load(n for key in shared for n in even_sample(self.members[key]))

    def is_hub(self, identifier: str) -> bool:
        if identifier not in self.hubs:
            self.hubs[identifier] = self.judge_hub(identifier, self.members[identifier])
        return self.hubs[identifier]

    def was_hub(self, identifier: str) -> bool:
        """Whether it was one before the new posts came; else its posts are apart now."""
        return self.judge_hub(
            identifier, [n for n in self.members[identifier] if n not in self.new]
        )

    def judge_hub(self, identifier: str, post_ids: Sequence[int]) -> bool:
        sample = even_sample(post_ids)
        self.load(sample)
        profiles = [self.profiles[n] for n in sample if n in self.profiles]
        sharing = [profile for profile in profiles if identifier in profile.identifiers]
        return is_hub(identifier, sharing, offers_only=self.offers_only)

    def score(self, clustered: Mapping[int, Profile]) -> list[Edge]:
        """Every edge there is evidence for: to shared identifiers, then between posts."""
        holders: dict[str, list[int]] = defaultdict(list)
        for profile in clustered.values():
            for key in profile.identifiers:
                holders[key].append(profile.id)
        shared = {key: sorted(ids) for key, ids in holders.items() if len(ids) > 1}
        self.find_members(shared)
        hubs = frozenset(key for key in shared if self.is_hub(key))
        # What a market channel is called says no more than the channel itself.
        hubs |= {key for p in clustered.values() if p.account in hubs for key in p.own_keys}
        edges: list[Edge] = []
        groups: Groups[int] = Groups()
        for post_id in clustered:
            groups.add(post_id)
        for key in sorted(shared.keys() - hubs):
            strong = [n for n in shared[key] if key in clustered[n].strong]
            edges += [score_identifier(clustered[post_id], key) for post_id in strong]
            for post_id in strong[1:]:
                groups.join(strong[0], post_id)
        pairs: set[tuple[int, int]] = set()
        for key in sorted(shared.keys() - hubs):
            speakers: dict[int, list[int]] = defaultdict(list)
            for post_id in shared[key]:
                if key in clustered[post_id].weak:
                    speakers[groups.find(post_id)].append(post_id)
            some = [n for ids in speakers.values() for n in ids[:_SPEAKERS]]
            pairs.update(
                pair
                for pair in combinations(sorted(some), 2)
                if groups.find(pair[0]) != groups.find(pair[1])
            )
        for left, right in sorted(pairs):
            edge = score_pair(clustered[left], clustered[right], hubs)
            if edge is not None and edge.score >= THRESHOLD / 2:
                edges.append(edge)
        return edges
