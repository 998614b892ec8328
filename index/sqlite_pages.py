"""The pages of a search in the SQLite index: what is found, in the order that was asked for.

Each function gives the hits of one page and one more where there is one, as (key, post):
the key is what they are ordered by.
"""

# ruff: noqa: S608 - values are bound; only names written here go into the statements
from __future__ import annotations

import heapq
import json
import math
import sqlite3
from collections.abc import Mapping, Sequence

from index.cursor import Cursor
from index.likeness import best_alike, total
from index.request import NO_PRICE, PriceOrder
from index.sqlite_compile import Compiled, Parameter
from index.sqlite_rank import Ranking

Rows = list[tuple[float, int]]

#: Words of the text count, the fields beside them do not.
_SCORE = "bm25(words, 1.0, 0.0)"


def select(
    columns: str, found: Compiled, conditions: Sequence[str], parameters: Sequence[Parameter]
) -> tuple[str, tuple[Parameter, ...]]:
    """SELECT … over what is found; the text holds no value, they are all bound."""
    everywhere = [*([found.sql] if found.sql else []), *conditions]
    bound: tuple[Parameter, ...] = (*found.parameters, *parameters)
    source = "posts p"
    if found.match is not None:
        source = "words JOIN posts p ON p.id = words.rowid"
        everywhere.insert(0, "words MATCH ?")
        bound = (found.match, *bound)
    return f"SELECT {columns} FROM {source} WHERE {' AND '.join(everywhere) or '1'}", bound


def by_time(
    connection: sqlite3.Connection,
    found: Compiled,
    limit: int,
    cursor: Cursor | None,
    *,
    oldest: bool,
) -> Rows:
    """A page by the time of the posts."""
    conditions: list[str] = []
    parameters: list[Parameter] = []
    sign, order = (">", "ASC") if oldest else ("<", "DESC")
    if cursor:
        conditions.append(f"(p.moment, p.id) {sign} (?, ?)")
        parameters += [int(cursor.key), cursor.last_hits[-1]]
    sql, bound = select("p.moment, p.id", found, conditions, parameters)
    sql += f" ORDER BY p.moment {order}, p.id {order} LIMIT ?"
    return connection.execute(sql, (*bound, limit + 1)).fetchall()


def by_price(
    connection: sqlite3.Connection,
    found: Compiled,
    limit: int,
    cursor: Cursor | None,
    priced: PriceOrder,
) -> Rows:
    """A page by the price in one currency; posts without one come last, newest number first."""
    least = "max" if priced.dearest else "min"
    missing = -NO_PRICE if priced.dearest else NO_PRICE
    key = (
        f"coalesce((SELECT {least}(q.amount) FROM prices q"
        " WHERE q.post = p.id AND q.currency = ?), ?)"
    )
    inner, bound = select("p.id AS id", found, [], [])
    inner = inner.replace("SELECT", f"SELECT {key} AS price,", 1)
    bound = (priced.currency, missing, *bound)
    sign, order = ("<", "DESC") if priced.dearest else (">", "ASC")
    behind = ""
    if cursor:
        behind = f"WHERE price {sign} ? OR (price = ? AND id < ?)"
        bound = (*bound, cursor.key, cursor.key, cursor.last_hits[-1])
    sql = f"SELECT price, id FROM ({inner}) {behind} ORDER BY price {order}, id DESC LIMIT ?"
    return connection.execute(sql, (*bound, limit + 1)).fetchall()


def by_likeness(
    connection: sqlite3.Connection,
    found: Compiled,
    limit: int,
    cursor: Cursor | None,
    likeness: Sequence[Mapping[int, float]],
) -> tuple[Rows, int]:
    """A page by likeness, best (lowest) first, and how many posts are found.

    A post keeps its score, whatever comes.
    """
    sql, bound = select("p.id", found, [], [])
    ids = [post_id for (post_id,) in connection.execute(sql, bound)]
    border = (cursor.key, -cursor.last_hits[-1]) if cursor else (-math.inf, 0)
    scored = (
        (-total([one[post_id] for one in likeness if post_id in one]), post_id)
        for post_id in best_alike(ids, likeness, limit + 1, -border[0])
    )
    behind = (row for row in scored if (row[0], -row[1]) > border)
    return heapq.nsmallest(limit + 1, behind, key=lambda row: (row[0], -row[1])), len(ids)


def by_words(
    connection: sqlite3.Connection,
    found: Compiled,
    ranking: Ranking,
    limit: int,
    cursor: Cursor | None,
) -> tuple[Rows, int]:
    """A page by the words, best (lowest) first, and the last post that counts in paging.

    Scores shift a little with every post that is added. So later pages leave out what
    was added since the first, and begin behind the *present* score of the last hit.
    """
    last = cursor.added if cursor else _last_added(connection)
    if ranking.apart and not cursor:
        rows = _ranked_apart(connection, found, ranking, limit)
        if len(rows) > limit:
            return rows, last
    if ranking.apart:
        everything = found.as_sql()
        found = Compiled(None, everything.sql, everything.parameters)
    if found.match is not None and not found.sql and not cursor:
        # `posts` has nothing to add: a quarter of the time is saved without it.
        inner = f"SELECT {_SCORE} AS score, rowid AS id FROM words WHERE words MATCH ?"
        bound: tuple[Parameter, ...] = (found.match,)
    elif found.match is not None:
        inner, bound = select(f"{_SCORE} AS score, p.id AS id", found, [], [])
        if cursor:
            inner += " AND p.added <= ?"
            bound = (*bound, last)
    else:
        inner = (
            "SELECT coalesce(k.score, 0.0) AS score, p.id AS id FROM posts p LEFT JOIN"
            f" (SELECT rowid AS id, {_SCORE} AS score FROM words WHERE words MATCH ?) k"
            f" ON k.id = p.id WHERE {found.sql or '1'} AND p.added <= ?"
        )
        bound = (ranking.match, *found.parameters, last)
    order = "ORDER BY score, id DESC LIMIT ?"
    if not cursor:
        return connection.execute(f"{inner} {order}", (*bound, limit + 1)).fetchall(), last
    key, border = cursor.key, cursor.last_hits[-1]
    present_sql = (
        f"SELECT coalesce((SELECT {_SCORE} FROM words WHERE words MATCH ? AND rowid = p.id), 0.0)"
        " FROM posts p WHERE p.id = ?"
    )
    for post_id in reversed(cursor.last_hits):
        present = connection.execute(present_sql, (ranking.match, post_id)).fetchone()
        if present:
            key, border = present[0], post_id
            break
    rows = connection.execute(
        f"SELECT score, id FROM ({inner}) WHERE score > ? OR (score = ? AND id < ?) {order}",
        (*bound, key, key, border, limit + 1),
    ).fetchall()
    return rows, last


def by_words_with_facets(
    connection: sqlite3.Connection, found: Compiled, ranking: Ranking, limit: int
) -> tuple[Rows, int, list[bytes]]:
    """The first page of `by_words` where `found.match` is given, with every hit's facets."""
    last = _last_added(connection)
    if not ranking.apart:
        sql, bound = select(f"{_SCORE}, -p.id, p.facets", found, [], [])
        hits = connection.execute(sql, bound).fetchall()
        best = heapq.nsmallest(limit + 1, hits)
        rows = [(score, -negative) for score, negative, _ in best]
        return rows, last, [hit[2] for hit in hits]
    sql, bound = select("p.id, p.facets", found, [], [])
    hits = connection.execute(sql, bound).fetchall()
    ids = json.dumps([post_id for post_id, _ in hits])
    rows = connection.execute(
        f"SELECT {_SCORE} AS score, rowid AS id FROM words WHERE words MATCH ?"
        " AND +rowid IN (SELECT value FROM json_each(?)) ORDER BY score, id DESC LIMIT ?",
        (ranking.match, ids, limit + 1),
    ).fetchall()
    if len(rows) <= limit:
        there = {post_id for _, post_id in rows}
        others = (post_id for post_id, _ in hits if post_id not in there)
        rows += [(0.0, one) for one in heapq.nlargest(limit + 1 - len(rows), others)]
    return rows, last, [facets for _, facets in hits]


def _ranked_apart(
    connection: sqlite3.Connection, found: Compiled, ranking: Ranking, limit: int
) -> Rows:
    """The hits of the first page in which a word stands that ranks."""
    sql = f"SELECT {_SCORE} AS score, rowid AS id FROM words WHERE words MATCH ?"
    bound: tuple[Parameter, ...] = (ranking.match,)
    if found.match != ranking.every or found.sql:
        inner, parameters = select("p.id", found, [], [])
        # The plus keeps SQLite from beginning the full-text search anew for every post.
        sql += f" AND +rowid IN ({inner})"
        bound = (*bound, *parameters)
    return connection.execute(
        f"{sql} ORDER BY score, id DESC LIMIT ?", (*bound, limit + 1)
    ).fetchall()


def _last_added(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT max(added) FROM posts").fetchone()
    return int(row[0] or 0)
