"""Joins what the edges link into clusters, keeps apart what was said to be apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from crawler.types import Edge

Node = TypeVar("Node", bound=Hashable)


class Groups(Generic[Node]):
    """Disjoint sets, some of which must never become one."""

    def __init__(self) -> None:
        self._parent: dict[Node, Node] = {}
        self._size: dict[Node, int] = {}
        self._apart: dict[Node, set[Node]] = defaultdict(set)

    def add(self, node: Node) -> None:
        """A set of its own, unless the node is known."""
        if node not in self._parent:
            self._parent[node] = node
            self._size[node] = 1

    def find(self, node: Node) -> Node:
        """The node that stands for the set."""
        root = node
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[node] != root:
            self._parent[node], node = root, self._parent[node]
        return root

    def forbid(self, left: Node, right: Node) -> None:
        """The sets of the two are never joined. Without effect when they are one already."""
        self.add(left)
        self.add(right)
        one, other = self.find(left), self.find(right)
        if one != other:
            self._apart[one].add(other)
            self._apart[other].add(one)

    def join(self, left: Node, right: Node) -> bool:
        """Make one set of two; False when that is forbidden."""
        self.add(left)
        self.add(right)
        one, other = self.find(left), self.find(right)
        if one == other:
            return True
        if other in self._apart[one]:
            return False
        if self._size[one] < self._size[other]:
            one, other = other, one
        self._parent[other] = one
        self._size[one] += self._size.pop(other)
        for stranger in self._apart.pop(other, set()):
            self._apart[stranger].discard(other)
            self._apart[stranger].add(one)
            self._apart[one].add(stranger)
        return True


def connect(nodes: Iterable[str], links: Iterable[Edge], forbidden: Iterable[Edge]) -> Groups[str]:
    """The clusters, by joining along the links in their order where nothing forbids it."""
    groups: Groups[str] = Groups()
    for node in nodes:
        groups.add(node)
    for edge in forbidden:
        groups.forbid(edge.left, edge.right)
    for edge in links:
        groups.join(edge.left, edge.right)
    return groups


def name_clusters(clusters: Iterable[Iterable[int]], present: Mapping[int, str]) -> dict[int, str]:
    """The advertiser of every post.

    An advertiser is named after one of its posts, 'A17', and so no two can have the same
    name. A cluster keeps the name that most of its posts have, so long as the post it was
    named after is in it; a new one is named after its first post.

    Args:
        clusters: the posts of each cluster.
        present: the names that posts have already.
    """
    named: dict[int, str] = {}
    for cluster in clusters:
        posts = sorted(cluster)
        own = {f"A{post}" for post in posts}
        held = Counter(present[post] for post in posts if present.get(post) in own)
        name = min(held, key=lambda n: (-held[n], int(n[1:])), default=f"A{posts[0]}")
        named.update(dict.fromkeys(posts, name))
    return named
