"""Edges, identifiers and advertisers: what the clustering has found out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, or_, select
from sqlalchemy import update as sql_update

from crawler.store.changes import append_changes
from crawler.store.codec import decode_evidence, encode_evidence
from crawler.store.part import Part, batches
from crawler.store.tables import clean, edges, identifiers, posts
from crawler.types import Advertiser, Edge, EdgeReason

#: `Edge.decided_by` of an edge that no analyst has decided.
MACHINE = "machine"


class Advertisers(Part):
    """Who wrote what: edges with their evidence, and the clusters they make."""

    def put_edges(self, found: Sequence[Edge]) -> None:
        """Keep edges. A pair has one, whichever way round it is given.

        A later edge replaces an earlier one, but the machine's never an analyst's.
        """
        latest: dict[tuple[str, str], Edge] = {}
        for edge in map(_ordered, found):
            pair = (edge.left, edge.right)
            if edge.decided_by != MACHINE or _is_machines(latest.get(pair)):
                latest[pair] = edge
        if not latest:
            return
        keys = [{"one": left, "other": right} for left, right in latest]
        with self._database.writing() as connection:
            # What the machine said goes; what an analyst said goes only for an analyst.
            same_pair = and_(
                edges.c.left_node == bindparam("one"), edges.c.right_node == bindparam("other")
            )
            connection.execute(delete(edges).where(same_pair, edges.c.decided_by == MACHINE), keys)
            by_analysts = [
                {"one": left, "other": right}
                for (left, right), edge in latest.items()
                if edge.decided_by != MACHINE
            ]
            if by_analysts:
                connection.execute(delete(edges).where(same_pair), by_analysts)
            kept = _pairs_there(connection, latest)
            rows = [_row(edge) for pair, edge in latest.items() if pair not in kept]
            if rows:
                connection.execute(insert(edges), rows)

    def edges_of(self, nodes: Sequence[str]) -> list[Edge]:
        """Every edge with one of the nodes at either end, each once, in a fixed order."""
        found: dict[tuple[str, str], Edge] = {}
        with self._database.reading() as connection:
            for some in batches([clean(node) for node in nodes]):
                statement = select(edges).where(
                    or_(edges.c.left_node.in_(some), edges.c.right_node.in_(some))
                )
                for row in connection.execute(statement):
                    found[row.left_node, row.right_node] = Edge(
                        left=row.left_node,
                        right=row.right_node,
                        score=row.score,
                        reasons=decode_evidence(row.reasons),
                        decided_by=row.decided_by,
                        same=row.same,
                        decided_at=row.decided_at,
                    )
        return [found[pair] for pair in sorted(found)]

    def assign_advertisers(self, assignments: Mapping[int, str | None]) -> None:
        """Set the advertiser of posts (None: no longer of any).

        Only real changes are written, and logged for the consumer 'index' alone.
        """
        with self._database.writing() as connection:
            now = _advertisers_of(connection, list(assignments))
            changed = {
                post_id: advertiser
                for post_id, advertiser in assignments.items()
                if post_id in now and now[post_id] != advertiser
            }
            if not changed:
                return
            connection.execute(
                sql_update(posts)
                .where(posts.c.id == bindparam("which"))
                .values(advertiser=bindparam("whose")),
                [{"which": post_id, "whose": whose} for post_id, whose in changed.items()],
            )
            append_changes(connection, "advertiser", changed)

    def advertiser_of(self, post_ids: Iterable[int]) -> dict[int, str]:
        """The advertiser of each of the posts that has one."""
        with self._database.reading() as connection:
            found = _advertisers_of(connection, list(post_ids))
        return {post_id: whose for post_id, whose in found.items() if whose is not None}

    def get_advertiser(self, advertiser_id: str) -> Advertiser | None:
        """The advertiser with its posts, or None when no post is assigned to it."""
        statement = select(posts.c.id).where(posts.c.advertiser == advertiser_id)
        with self._database.reading() as connection:
            ids = tuple(connection.scalars(statement.order_by(posts.c.id)))
            names = _names(connection, [advertiser_id])
        return Advertiser(advertiser_id, ids, names.get(advertiser_id, "")) if ids else None

    def list_advertisers(self, *, minimum: int = 1) -> list[Advertiser]:
        """The advertisers with at least `minimum` posts, the largest first."""
        statement = select(posts.c.advertiser, posts.c.id).where(posts.c.advertiser.is_not(None))
        members: dict[str, list[int]] = defaultdict(list)
        with self._database.reading() as connection:
            for row in connection.execute(statement.order_by(posts.c.id)):
                members[row.advertiser].append(row.id)
            large = [whose for whose, ids in members.items() if len(ids) >= minimum]
            names = _names(connection, large)
        large.sort(key=lambda whose: (-len(members[whose]), whose))
        return [Advertiser(whose, tuple(members[whose]), names.get(whose, "")) for whose in large]

    def put_identifiers(self, post_id: int, found: Sequence[str]) -> None:
        """Set what a post can be known by: 'phone:+44…', 'author:telegram:…'."""
        rows = [
            {"identifier": identifier, "post_id": post_id}
            for identifier in dict.fromkeys(clean(identifier) for identifier in found)
        ]
        with self._database.writing() as connection:
            connection.execute(delete(identifiers).where(identifiers.c.post_id == post_id))
            if rows:
                connection.execute(insert(identifiers), rows)

    def posts_with(self, wanted: Sequence[str]) -> dict[str, list[int]]:
        """For each of the identifiers, the posts that have it, by id (none: an empty list)."""
        found: dict[str, list[int]] = {identifier: [] for identifier in wanted}
        with self._database.reading() as connection:
            for some in batches(list(found)):
                statement = select(identifiers).where(identifiers.c.identifier.in_(some))
                for row in connection.execute(statement.order_by(identifiers.c.post_id)):
                    found[row.identifier].append(row.post_id)
        return found


def _ordered(edge: Edge) -> Edge:
    """The edge with its nodes in order, and the two sides of its evidence with them."""
    left, right = clean(edge.left), clean(edge.right)
    if left <= right:
        return Edge(
            left, right, edge.score, edge.reasons, edge.decided_by, edge.same, edge.decided_at
        )
    turned = tuple(
        EdgeReason(reason.feature, reason.right, reason.left, reason.weight)
        for reason in edge.reasons
    )
    return Edge(right, left, edge.score, turned, edge.decided_by, edge.same, edge.decided_at)


def _is_machines(edge: Edge | None) -> bool:
    return edge is None or edge.decided_by == MACHINE


def _row(edge: Edge) -> dict[str, object]:
    return {
        "left_node": edge.left,
        "right_node": edge.right,
        "score": edge.score,
        "same": edge.same,
        "decided_by": edge.decided_by,
        "decided_at": edge.decided_at,
        "reasons": encode_evidence(edge.reasons),
    }


def _pairs_there(
    connection: Connection, wanted: Mapping[tuple[str, str], Edge]
) -> set[tuple[str, str]]:
    there: set[tuple[str, str]] = set()
    for some in batches(sorted({left for left, _ in wanted})):
        statement = select(edges.c.left_node, edges.c.right_node).where(
            edges.c.left_node.in_(some), edges.c.decided_by != MACHINE
        )
        there.update((row.left_node, row.right_node) for row in connection.execute(statement))
    return there


def _advertisers_of(connection: Connection, post_ids: Sequence[int]) -> dict[int, str | None]:
    found: dict[int, str | None] = {}
    for some in batches(post_ids):
        statement = select(posts.c.id, posts.c.advertiser).where(posts.c.id.in_(some))
        found.update((row.id, row.advertiser) for row in connection.execute(statement))
    return found


def _names(connection: Connection, advertiser_ids: Sequence[str]) -> dict[str, str]:
    """For each advertiser, the identifier that most of its posts share, without its kind."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for some in batches(advertiser_ids):
        statement = (
            select(posts.c.advertiser, identifiers.c.identifier, func.count().label("shared"))
            .join(identifiers, identifiers.c.post_id == posts.c.id)
            .where(posts.c.advertiser.in_(some))
            .group_by(posts.c.advertiser, identifiers.c.identifier)
        )
        for row in connection.execute(statement):
            counted[row.advertiser][row.identifier] = row.shared
    return {
        whose: _bare(min(counter, key=lambda identifier: (-counter[identifier], identifier)))
        for whose, counter in counted.items()
    }


def _bare(identifier: str) -> str:
    """The value in 'phone:+44…', and the name in 'author:telegram:name'."""
    kind, _, value = identifier.partition(":")
    return value.partition(":")[2] or value if kind == "author" else value or kind
