"""Places named in offers, and what people decided about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, Select, delete, insert, select
from sqlalchemy import update as sql_update

from crawler.errors import StoreError
from crawler.store.oversight_tables import candidates, sightings
from crawler.store.part import Part, batches
from crawler.store.tables import posts
from crawler.types import Candidate, CandidateStatus, Sighting


class Candidates(Part):
    """Where else one might collect. Filled from offers, decided by people."""

    def put_sightings(self, found: Mapping[int, tuple[datetime, Sequence[Sighting]]]) -> int:
        """Note the places that posts name, over what was noted of those posts before.

        What was decided about a place stays.

        Args:
            found: post id -> (when it was seen, the places it names; none when it is no
                offer any more).

        Returns:
            How many places were not known before.
        """
        places = {place.key: place for _, named in found.values() for place in named}
        rows = [
            {"key": key, "post_id": post_id, "seen_at": at}
            for post_id, (at, named) in found.items()
            for key in {place.key for place in named}
        ]
        with self._database.writing() as connection:
            for some in batches(sorted(found)):
                connection.execute(delete(sightings).where(sightings.c.post_id.in_(some)))
            new = _unknown(connection, places)
            if new:
                connection.execute(insert(candidates), [_new_row(place) for place in new])
            if rows:
                connection.execute(insert(sightings), rows)
        return len(new)

    def list_candidates(self, status: CandidateStatus | None = None) -> list[Candidate]:
        """The places (of a status) that offers name or that were decided about.

        Those that the most offers name come first. One that no offer names any more, and
        nobody decided about, is left out.
        """
        statement = select(candidates)
        if status is not None:
            statement = statement.where(candidates.c.status == status)
        found = [one for one in self._read(statement) if one.posts or one.status != "new"]
        return sorted(found, key=lambda one: (-len(one.posts), one.key))

    def candidate(self, key: str) -> Candidate | None:
        """The place of a key, or None."""
        found = self._read(select(candidates).where(candidates.c.key == key))
        return found[0] if found else None

    def decide_candidate(
        self,
        key: str,
        status: CandidateStatus,
        *,
        by: str,
        at: datetime,
        reason: str,
        source: str | None = None,
    ) -> None:
        """Note what somebody decided about a place.

        Raises:
            StoreError: there is none of that key.
        """
        statement = (
            sql_update(candidates)
            .where(candidates.c.key == key)
            .values(status=status, decided_by=by, decided_at=at, reason=reason, source=source)
        )
        with self._database.writing() as connection:
            if connection.execute(statement).rowcount == 0:
                raise StoreError(f"{self._database.name}: there is no candidate {key}")

    def _read(self, statement: Select[tuple[object, ...]]) -> list[Candidate]:
        seen: dict[str, list[Row[tuple[object, ...]]]] = defaultdict(list)
        with self._database.reading() as connection:
            rows = connection.execute(statement).all()
            for some in batches([row.key for row in rows]):
                of_places = (
                    select(sightings, posts.c.advertiser)
                    .join(posts, posts.c.id == sightings.c.post_id)
                    .where(sightings.c.key.in_(some))
                    .order_by(sightings.c.seen_at, sightings.c.post_id)
                )
                for sighting in connection.execute(of_places):
                    seen[sighting.key].append(sighting)
        return [_candidate(row, seen[row.key]) for row in rows]


def _unknown(connection: Connection, places: Mapping[str, Sighting]) -> list[Sighting]:
    known: set[str] = set()
    for some in batches(sorted(places)):
        known.update(connection.scalars(select(candidates.c.key).where(candidates.c.key.in_(some))))
    return [place for key, place in places.items() if key not in known]


def _new_row(place: Sighting) -> dict[str, str]:
    return {
        "key": place.key,
        "kind": place.kind,
        "url": place.url,
        "status": "new",
        "decided_by": "",
        "reason": "",
    }


def _candidate(row: Row[tuple[object, ...]], seen: Sequence[Row[tuple[object, ...]]]) -> Candidate:
    return Candidate(
        key=row.key,
        kind=row.kind,
        url=row.url,
        status=row.status,
        posts=tuple(one.post_id for one in seen),
        advertisers=tuple(dict.fromkeys(one.advertiser for one in seen if one.advertiser)),
        first_seen=seen[0].seen_at if seen else None,
        last_seen=seen[-1].seen_at if seen else None,
        source=row.source,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
    )
