"""Adverts: what the analysis read from a revision of a post."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    insert,
    select,
)
from sqlalchemy import update as sql_update

from crawler.store.changes import append_changes
from crawler.store.codec import (
    decode_mentions,
    decode_reasons,
    encode_mentions,
    encode_reasons,
)
from crawler.store.part import BATCH, Part, batches
from crawler.store.posts import make_post, select_posts
from crawler.store.tables import adverts, posts, revisions
from crawler.types import Advert, AnalysedPost, Judgement, Post

_ADVERT_COLUMNS = tuple(
    column for column in adverts.c if column.name not in ("post_id", "revision")
)


class Adverts(Part):
    """What was read from posts, by post and revision."""

    def posts_to_analyse(self, *, nlp_version: str | None = None, limit: int = 500) -> list[Post]:
        """Current revisions that no pipeline has analysed, then those another one has.

        Args:
            nlp_version: the pipeline of now; None leaves what was analysed as it is.
            limit: posts at most.
        """
        # One range of the index (nlp_version, id) each, so that no call sorts the table.
        conditions: list[ColumnElement[bool]] = [posts.c.nlp_version.is_(None)]
        if nlp_version is not None:
            conditions += [posts.c.nlp_version < nlp_version, posts.c.nlp_version > nlp_version]
        found: list[Post] = []
        with self._database.reading() as connection:
            for condition in conditions:
                statement = (
                    select_posts()
                    .where(condition)
                    .order_by(posts.c.nlp_version, posts.c.id)
                    .limit(limit - len(found))
                )
                found += [make_post(row) for row in connection.execute(statement)]
        return found

    def put_adverts(self, found: Sequence[Advert]) -> None:
        """Keep adverts, replacing earlier ones of the same revision, and log the changes.

        Raises:
            StoreError: a post or revision is not in the store; then none is kept.
        """
        if not found:
            return
        # Were a revision given twice, the later advert would count.
        latest = {(advert.post_id, advert.revision): advert for advert in found}
        keys = [{"of_post": post_id, "of_revision": revision} for post_id, revision in latest]
        with self._database.writing() as connection:
            connection.execute(
                delete(adverts).where(
                    adverts.c.post_id == bindparam("of_post"),
                    adverts.c.revision == bindparam("of_revision"),
                ),
                keys,
            )
            connection.execute(insert(adverts), [_row(advert) for advert in latest.values()])
            connection.execute(
                sql_update(posts)
                .where(
                    posts.c.id == bindparam("of_post"), posts.c.revision == bindparam("of_revision")
                )
                .values(nlp_version=bindparam("version")),
                [
                    {**key, "version": advert.nlp_version}
                    for key, advert in zip(keys, latest.values(), strict=True)
                ],
            )
            append_changes(connection, "advert", dict.fromkeys(post for post, _ in latest))

    def mark_unreadable(self, post_id: int, revision: int, nlp_version: str) -> None:
        """Note that a pipeline failed on a revision, so that it is not offered to it again.

        `posts_to_analyse` gives the post again when the pipeline or the post is another.
        Without this, posts that fail would stand first in every batch.
        """
        with self._database.writing() as connection:
            connection.execute(
                sql_update(posts)
                .where(posts.c.id == post_id, posts.c.revision == revision)
                .values(nlp_version=nlp_version)
            )

    def get_advert(self, post_id: int, revision: int | None = None) -> Advert | None:
        """What was read from a revision of the post (the current one by default), or None."""
        statement = select(adverts).where(adverts.c.post_id == post_id)
        if revision is None:
            statement = statement.join(posts, posts.c.id == adverts.c.post_id).where(
                adverts.c.revision == posts.c.revision
            )
        else:
            statement = statement.where(adverts.c.revision == revision)
        with self._database.reading() as connection:
            row = connection.execute(statement).first()
        return _advert(row, row.post_id, row.revision) if row else None

    def get_analysed(self, post_ids: Sequence[int]) -> list[AnalysedPost]:
        """The posts with what was read from their current revisions, in the order asked.

        Posts that are not in the store or not analysed yet are passed over.
        """
        found: dict[int, AnalysedPost] = {}
        with self._database.reading() as connection:
            for some in batches(list(dict.fromkeys(post_ids))):
                statement = _select_analysed().where(posts.c.id.in_(some))
                for row in connection.execute(statement):
                    found[row.id] = _analysed(row)
        return [found[post_id] for post_id in post_ids if post_id in found]

    def iter_analysed(self) -> Iterator[AnalysedPost]:
        """Every post that is analysed at its current revision, by id, read in batches."""
        last = 0
        while True:
            statement = _select_analysed().where(posts.c.id > last)
            with self._database.reading() as connection:
                rows = connection.execute(statement.order_by(posts.c.id).limit(BATCH)).all()
            if not rows:
                return
            for row in rows:
                yield _analysed(row)
            last = rows[-1].id


def _select_analysed() -> Select[tuple[object, ...]]:
    return select_posts(None, posts.c.advertiser, *_ADVERT_COLUMNS).join(
        adverts,
        and_(adverts.c.post_id == revisions.c.post_id, adverts.c.revision == revisions.c.revision),
    )


def _analysed(row: Row[tuple[object, ...]]) -> AnalysedPost:
    return AnalysedPost(
        post=make_post(row), advert=_advert(row, row.id, row.revision), advertiser=row.advertiser
    )


def _row(advert: Advert) -> dict[str, object]:
    judgement = advert.judgement
    return {
        "post_id": advert.post_id,
        "revision": advert.revision,
        "nlp_version": advert.nlp_version,
        "language": advert.language,
        "script": advert.script,
        "mixture": advert.mixture,
        "is_offer": judgement.is_offer,
        "probability": judgement.probability,
        "area": judgement.area,
        "sub_kinds": judgement.sub_kinds,
        "modes": advert.modes,
        "direction": advert.direction,
        "summary": advert.summary,
        "mentions": encode_mentions(advert.mentions),
        "reasons": encode_reasons(judgement.reasons),
        "embedding": advert.embedding,
    }


def _advert(row: Row[tuple[object, ...]], post_id: int, revision: int) -> Advert:
    return Advert(
        post_id=post_id,
        revision=revision,
        nlp_version=row.nlp_version,
        language=row.language,
        mentions=decode_mentions(row.mentions),
        judgement=Judgement(
            is_offer=row.is_offer,
            probability=row.probability,
            area=row.area,
            sub_kinds=row.sub_kinds,
            reasons=decode_reasons(row.reasons),
        ),
        modes=row.modes,
        direction=row.direction,
        script=row.script,
        mixture=row.mixture,
        summary=row.summary,
        embedding=row.embedding,
    )
