"""Decides which words rank the hits of a search in the SQLite index, and in which reading.

FTS5's `bm25` first counts, for every phrase of its expression, the posts in which it stands:
those of the fields too, which weigh nothing. In a large index that is half of a search.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from index.sqlite_compile import Compiled

#: With fewer posts than this a search takes no time, however it is done.
MANY_POSTS = 20_000
#: Words that stand in fewer posts than one in so many are ranked in a reading of their own.
_RARE = 20
#: Whether a word is common is looked at again when the posts are more by one in so many.
_CHANGED = 8
#: A word that stands in a larger part of the posts does not rank beside others.
COMMON = 0.4
_SAMPLE = 4000
#: Of longer queries nobody expects an answer at once.
_FEW_WORDS = 50
_MAX_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Ranking:
    """`match`: the words that rank, as an FTS5 expression; `every`: all that were asked for.

    `apart`: what is found is not ranked where it is found, but in a reading of `match`
    alone; a post in which none of its words stands then scores 0.
    """

    match: str
    every: str
    apart: bool = False


class Common:
    """Knows the words that stand in more than `COMMON` of the posts. May be shared by threads.

    They tell posts apart so little (a weight of 0.4 at most, and of a millionth in more than
    half of the posts; one in a hundred has 4.6) that beside others they are left out of the
    ranking: to rank every post in which they stand is what makes a search slow.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._epoch = ""
        self._added = 0
        self._posts = 0
        self._known: dict[str, bool] = {}

    def ranking(
        self, connection: sqlite3.Connection, found: Compiled, words: Sequence[str]
    ) -> Ranking:
        """How what is found is ranked by these words, an FTS5 expression each."""
        every = _any(words)
        posts = self._update(connection)
        # Words below an OR with numbers are in the condition, and do not rank.
        if found.match is None or "words MATCH" in found.sql or posts < MANY_POSTS:
            return Ranking(found.match or every, every)
        telling = words
        if 1 < len(words) <= _FEW_WORDS:
            telling = [one for one in words if not self._is_common(connection, one, posts)]
        match = _any(telling or words)
        if match != every:
            return Ranking(match, every, apart=True)
        limit = posts // _RARE
        return Ranking(
            match, every, apart=found.match != every and _count(connection, match, limit) < limit
        )

    def _update(self, connection: sqlite3.Connection) -> int:
        """About how many posts there are. What was known of far fewer is forgotten."""
        epoch = connection.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()[0]
        added = connection.execute("SELECT max(added) FROM posts").fetchone()[0] or 0
        with self._lock:
            if epoch != self._epoch or (added - self._added) * _CHANGED > self._posts:
                # To count them all takes as long as a small search.
                self._posts = connection.execute("SELECT count(*) FROM posts").fetchone()[0]
                self._epoch, self._added = epoch, added
                self._known.clear()
            return self._posts

    def _is_common(self, connection: sqlite3.Connection, word: str, posts: int) -> bool:
        known = self._known.get(word)
        if known is None:
            known = _is_common(connection, word, posts)
            with self._lock:
                if len(self._known) >= _MAX_KNOWN:
                    self._known.clear()
                self._known[word] = known
        return known


def _any(words: Sequence[str]) -> str:
    """An expression for any of them, as a query of nothing else is compiled."""
    return words[0] if len(words) == 1 else " OR ".join(f"({one})" for one in words)


def _is_common(connection: sqlite3.Connection, word: str, posts: int) -> bool:
    # Most words are told to be rare by the newest posts alone.
    newest = connection.execute(
        "SELECT count(*), min(id) FROM (SELECT id FROM posts ORDER BY id DESC LIMIT ?)", (_SAMPLE,)
    ).fetchone()
    sql = "SELECT count(*) FROM words WHERE words MATCH ? AND rowid >= ?"
    among = connection.execute(sql, (word, newest[1])).fetchone()[0]
    if among < newest[0] * COMMON / 2:
        return False
    least = int(posts * COMMON) + 1
    return _count(connection, word, least) == least


def _count(connection: sqlite3.Connection, match: str, limit: int) -> int:
    """The posts that match, at most so many."""
    sql = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)"
    return int(connection.execute(sql, (match, limit)).fetchone()[0])
