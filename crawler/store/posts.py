"""Posts and their revisions. A text that changed is a new revision; the old ones stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    func,
    insert,
    select,
)
from sqlalchemy import update as sql_update

from crawler.store.changes import append_changes
from crawler.store.part import BATCH, Part, batches
from crawler.store.tables import captures, clean, posts, revisions
from crawler.types import ParsedPost, Post, PostStatus

#: A post whose any one of these differs has changed. The count of views is not among
#: them: it moves with every look, and a revision a look would bury the real ones.
_TEXT_COLUMNS = ("text", "quoted", "media", "links", "forwarded_from")


class Posts(Part):
    """Posts, by the site's own id within a source."""

    def add_posts(
        self,
        source: str,
        platform: str,
        found: Sequence[ParsedPost],
        *,
        capture: str | None,
        seen_at: datetime,
        languages: tuple[str, ...] = (),
        regions: tuple[str, ...] = (),
    ) -> list[PostStatus]:
        """Keep what a parser read, and say of each post whether it is new.

        A post that was seen before and is the same has its `last_seen` and views brought
        up to date. One that was marked as removed is not removed any more.

        Args:
            source: the source's id.
            platform: the source's platform.
            found: the posts of one page; the same `site_id` twice counts in order.
            capture: the id of a capture in the store.
            seen_at: when the page was fetched.
            languages: hints of the source.
            regions: hints of the source, ISO 3166-1 alpha-2.

        Returns:
            One status for each of `found`, in order.
        """
        if not found:
            return []
        batch = _Batch(source, platform, capture, seen_at, languages, regions)
        cleaned = [_clean(post) for post in found]
        with self._database.writing() as connection:
            batch.load(connection, [post.site_id for post in cleaned])
            statuses = [batch.add(post) for post in cleaned]
            batch.write(connection)
        return statuses

    def known_site_ids(
        self, source: str, site_ids: Sequence[str], *, before: datetime | None = None
    ) -> frozenset[str]:
        """Those of the site's ids that the store has a post of, first seen before a time."""
        known: set[str] = set()
        with self._database.reading() as connection:
            for some in batches([clean(site_id) for site_id in site_ids]):
                statement = select(posts.c.site_id).where(
                    posts.c.source == source, posts.c.site_id.in_(some)
                )
                if before is not None:
                    statement = statement.where(posts.c.first_seen < before)
                known.update(connection.scalars(statement))
        return frozenset(known)

    def seen_since(self, source: str, start: datetime) -> Iterator[tuple[str, datetime | None]]:
        """The posts of the source seen since a time: the site's id and when it was posted.

        Read row by row, to be gone through before anything is written.
        """
        return self._ids_and_times(posts.c.source == source, posts.c.last_seen >= start)

    def not_seen_since(self, source: str, start: datetime) -> Iterator[tuple[str, datetime | None]]:
        """The posts of the source not seen since, and not known to be removed; as above."""
        return self._ids_and_times(
            posts.c.source == source, posts.c.last_seen < start, posts.c.removed_at.is_(None)
        )

    def with_page_read_since(self, source: str, start: datetime) -> frozenset[str]:
        """The site's ids of the posts not seen since, whose page was captured again since.

        A post's page is the one that its current revision was read from.
        """
        again = select(captures.c.url).where(
            captures.c.source == source, captures.c.captured_at >= start
        )
        statement = (
            select(posts.c.site_id)
            .join(revisions, _is_current())
            .join(captures, captures.c.id == revisions.c.capture)
            .where(
                posts.c.source == source,
                posts.c.last_seen < start,
                posts.c.removed_at.is_(None),
                captures.c.url.in_(again),
            )
        )
        with self._database.reading() as connection:
            return frozenset(connection.scalars(statement))

    def _ids_and_times(
        self, *conditions: ColumnElement[bool]
    ) -> Iterator[tuple[str, datetime | None]]:
        statement = (
            select(posts.c.site_id, revisions.c.posted_at)
            .join(revisions, _is_current())
            .where(*conditions)
        )
        with self._database.reading() as connection:
            for row in connection.execute(statement):
                yield row.site_id, row.posted_at

    def mark_removed(self, source: str, site_ids: Sequence[str], at: datetime) -> int:
        """Note that posts have vanished from the site. Nothing of them is deleted.

        Returns:
            How many were not marked before.
        """
        marked: list[int] = []
        with self._database.writing() as connection:
            for some in batches([clean(site_id) for site_id in site_ids]):
                statement = select(posts.c.id).where(
                    posts.c.source == source,
                    posts.c.site_id.in_(some),
                    posts.c.removed_at.is_(None),
                )
                ids = list(connection.scalars(statement.order_by(posts.c.id)))
                if ids:
                    connection.execute(
                        sql_update(posts).where(posts.c.id.in_(ids)).values(removed_at=at)
                    )
                    marked += ids
            append_changes(connection, "removal", marked)
        return len(marked)

    def get_post(self, post_id: int, revision: int | None = None) -> Post | None:
        """The post at a revision (the current one by default), or None."""
        wanted: ColumnElement[bool] | None = None
        if revision is not None:
            wanted = revisions.c.revision == revision
        statement = select_posts(wanted).where(posts.c.id == post_id)
        with self._database.reading() as connection:
            row = connection.execute(statement).first()
        return make_post(row) if row else None

    def revisions(self, post_id: int) -> list[Post]:
        """Every revision of the post, oldest first; none if there is no such post."""
        statement = select_posts(revisions.c.revision > 0).where(posts.c.id == post_id)
        with self._database.reading() as connection:
            rows = connection.execute(statement.order_by(revisions.c.revision)).all()
        return [make_post(row) for row in rows]

    def iter_posts(self, *, source: str | None = None) -> Iterator[Post]:
        """The current revision of every post (of a source), by id, read in batches."""
        last = 0
        while True:
            statement = select_posts().where(posts.c.id > last)
            if source is not None:
                statement = statement.where(posts.c.source == source)
            with self._database.reading() as connection:
                rows = connection.execute(statement.order_by(posts.c.id).limit(BATCH)).all()
            if not rows:
                return
            for row in rows:
                yield make_post(row)
            last = rows[-1].id


def _is_current() -> ColumnElement[bool]:
    return and_(revisions.c.post_id == posts.c.id, revisions.c.revision == posts.c.revision)


# The statements of `add_posts` are built once: a crawl runs them for every page, and
# building one anew takes longer than running it.
_LOAD = (
    select(
        posts.c.id,
        posts.c.site_id,
        posts.c.revision,
        posts.c.removed_at,
        *(revisions.c[name] for name in _TEXT_COLUMNS),
    )
    .join(revisions, _is_current())
    .where(
        posts.c.source == bindparam("of_source"),
        posts.c.site_id.in_(bindparam("sites", expanding=True)),
    )
)
_ADD_POST = insert(posts).returning(posts.c.site_id, posts.c.id)
_ADD_REVISION = insert(revisions)
_SEE = (
    sql_update(posts)
    .where(posts.c.id == bindparam("which"))
    .values(
        last_seen=bindparam("seen_at"),
        removed_at=None,
        # A page that shows no count says nothing about it.
        views=func.coalesce(bindparam("seen_views", type_=BigInteger), posts.c.views),
    )
)
_CHANGE = (
    sql_update(posts)
    .where(posts.c.id == bindparam("which"))
    .values(revision=bindparam("newest"), nlp_version=None)
)


class _Batch:
    """What one page adds: collected first, then written in a few statements."""

    def __init__(
        self,
        source: str,
        platform: str,
        capture: str | None,
        seen_at: datetime,
        languages: tuple[str, ...],
        regions: tuple[str, ...],
    ) -> None:
        self._source = source
        self._platform = platform
        self._for_revision = {
            "capture": capture,
            "seen_at": seen_at,
            "languages": languages,
            "regions": regions,
        }
        self._seen_at = seen_at
        self._ids: dict[str, int] = {}
        self._current: dict[str, int] = {}
        self._texts: dict[str, tuple[object, ...]] = {}
        self._views: dict[str, int | None] = {}
        self._returned: list[int] = []
        self._new_revisions: list[tuple[str, Mapping[str, object]]] = []
        self._changed: set[str] = set()

    def load(self, connection: Connection, site_ids: Sequence[str]) -> None:
        """Read what the store has of these posts."""
        for some in batches(sorted(set(site_ids))):
            for row in connection.execute(_LOAD, {"of_source": self._source, "sites": some}):
                self._ids[row.site_id] = row.id
                self._current[row.site_id] = row.revision
                self._texts[row.site_id] = tuple(row[4:])
                if row.removed_at is not None:
                    self._returned.append(row.id)

    def add(self, post: ParsedPost) -> PostStatus:
        """Note one post, and say what it is."""
        text = tuple(getattr(post, name) for name in _TEXT_COLUMNS)
        known = self._texts.get(post.site_id)
        self._views[post.site_id] = post.views
        if known == text:
            return PostStatus.SAME
        self._texts[post.site_id] = text
        revision = self._current.get(post.site_id, 0) + 1
        self._current[post.site_id] = revision
        values = {
            "revision": revision,
            "text": post.text,
            "url": post.url,
            "author": post.author,
            "author_handle": post.author_handle,
            "posted_at": post.posted_at,
            "posted_text": post.posted_text,
            "edited": post.edited,
            "views": post.views,
            "forwarded_from": post.forwarded_from,
            "reply_to": post.reply_to,
            "quoted": post.quoted,
            "media": post.media,
            "links": post.links,
            **self._for_revision,
        }
        self._new_revisions.append((post.site_id, values))
        if known is None:
            return PostStatus.NEW
        self._changed.add(post.site_id)
        return PostStatus.CHANGED

    def write(self, connection: Connection) -> None:
        """Write what was noted."""
        old = [site_id for site_id in self._views if site_id in self._ids]
        self._insert_new(connection)
        if self._new_revisions:
            connection.execute(
                _ADD_REVISION,
                [{"post_id": self._ids[site_id], **row} for site_id, row in self._new_revisions],
            )
        if old:
            connection.execute(
                _SEE,
                [
                    {
                        "which": self._ids[site_id],
                        "seen_at": self._seen_at,
                        "seen_views": self._views[site_id],
                    }
                    for site_id in old
                ],
            )
        changed = [site_id for site_id in old if site_id in self._changed]
        if changed:
            connection.execute(
                _CHANGE,
                [{"which": self._ids[site], "newest": self._current[site]} for site in changed],
            )
        append_changes(connection, "return", self._returned)

    def _insert_new(self, connection: Connection) -> None:
        new = [site_id for site_id in self._views if site_id not in self._ids]
        if not new:
            return
        rows = [
            {
                "source": self._source,
                "platform": self._platform,
                "site_id": site_id,
                "revision": self._current[site_id],
                "views": self._views[site_id],
                "first_seen": self._seen_at,
                "last_seen": self._seen_at,
            }
            for site_id in new
        ]
        returned = connection.execute(_ADD_POST, rows)
        self._ids.update((row.site_id, row.id) for row in returned)


def _clean(post: ParsedPost) -> ParsedPost:
    """The post as the database will give it back, so that it can be compared with it."""
    looked_at = (post.site_id, post.text, *post.quoted, *post.media, *post.links)
    whole = "".join(looked_at) + (post.forwarded_from or "")
    # `clean` gives the same object back when there is nothing to do, as nearly always.
    if clean(whole) is whole:
        return post
    return replace(
        post,
        site_id=clean(post.site_id),
        text=clean(post.text),
        forwarded_from=None if post.forwarded_from is None else clean(post.forwarded_from),
        quoted=_clean_all(post.quoted),
        media=_clean_all(post.media),
        links=_clean_all(post.links),
    )


def _clean_all(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(clean(text) for text in texts)


def select_posts(
    revision: ColumnElement[bool] | None = None, *more: ColumnElement[object]
) -> Select[tuple[object, ...]]:
    """The statement that reads posts for `make_post`: current revisions, or as said."""
    joined = (
        _is_current() if revision is None else and_(revisions.c.post_id == posts.c.id, revision)
    )
    return select(
        posts.c.id,
        posts.c.source,
        posts.c.platform,
        posts.c.site_id,
        posts.c.removed_at,
        posts.c.revision.label("current_revision"),
        posts.c.views.label("latest_views"),
        *(column for column in revisions.c if column.name != "post_id"),
        *more,
    ).join(revisions, joined)


def make_post(row: Row[tuple[object, ...]]) -> Post:
    """A row of `select_posts` as a post. The current revision has the latest views."""
    return Post(
        id=row.id,
        revision=row.revision,
        source=row.source,
        platform=row.platform,
        site_id=row.site_id,
        text=row.text,
        url=row.url,
        author=row.author,
        author_handle=row.author_handle,
        posted_at=row.posted_at,
        posted_text=row.posted_text,
        edited=row.edited,
        views=row.latest_views if row.revision == row.current_revision else row.views,
        forwarded_from=row.forwarded_from,
        reply_to=row.reply_to,
        quoted=row.quoted,
        media=row.media,
        links=row.links,
        capture=row.capture,
        seen_at=row.seen_at,
        removed_at=row.removed_at,
        languages=row.languages,
        regions=row.regions,
    )
