"""Evaluates the rules over what changed, and writes each alert once with its mail.

The store's change log says which posts are new or changed; the index says which of them
a rule finds; the store keeps an alert and the message that carries it in one
transaction, unique per rule and advert revision. So a crash at any point is made good by
running it again: nothing is lost, and nothing is alerted twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog

from crawler.errors import InvalidQuery
from crawler.ports import Index
from crawler.types import Alert, AnalysedPost, Change, NewMail
from rules.load import ParseQuery
from rules.schema import Rule

_log = structlog.get_logger(__name__)

#: How many changes are matched at once. The mail still holds every match of the evaluation.
_BATCH = 500


class RuleStore(Protocol):
    """What the engine needs of the store."""

    def cursor(self, consumer: str) -> int:
        """How far a consumer has come in the change log."""

    def set_cursor(self, consumer: str, seq: int) -> None:
        """Remember how far a consumer has come."""

    def changes(
        self, consumer: str, *, limit: int = 500, up_to: int | None = None
    ) -> Sequence[Change]:
        """The next changes after the consumer's cursor, oldest first."""

    def rule_since(self, rule: str, at: datetime, seq: int) -> int:
        """Where in the change log a rule begins; recorded the first time it is asked."""

    def get_analysed(self, post_ids: Sequence[int]) -> Sequence[AnalysedPost]:
        """The posts with their adverts, at their current revision."""

    def alerted(self, rule: str, keys: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
        """Which (post, revision) pairs the rule has alerted already."""

    def add_alerts(
        self, rule: str, matched: Sequence[tuple[int, int]], mail: NewMail, at: datetime
    ) -> Sequence[Alert]:
        """Keep the alerts and their message, in one transaction."""


#: (rule, its new matches, now) -> the message
Compose = Callable[[Rule, Sequence[AnalysedPost], datetime], NewMail]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one evaluation did: how many changes it saw, and the alerts of each rule."""

    changes: int
    alerts: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)  #: rule -> why it was not run


def evaluate(
    rules: Sequence[Rule],
    store: RuleStore,
    index: Index,
    *,
    parse_query: ParseQuery,
    compose: Compose,
    now: datetime,
) -> Evaluation:
    """Match every enabled rule against all that changed and is indexed.

    A rule begins with the first change after it was first seen here; what was there
    before is shown by `foreland rules try`. Each rule's new matches go into one message.

    Raises:
        StoreError: and nothing of the evaluation counts as done.
        IndexUnavailable: likewise.
    """
    begin = store.cursor("rules")
    # Matching asks the index, so it must not run ahead of what the index holds.
    indexed = store.cursor("index")
    active = [rule for rule in rules if rule.enabled]
    since = {rule.name: store.rule_since(rule.name, now, begin) for rule in active}
    matched: dict[str, set[int]] = {rule.name: set() for rule in active}
    failed: dict[str, str] = {}
    queries = {}
    for rule in active:
        try:
            queries[rule.name] = parse_query(rule.query)
        except InvalidQuery as error:
            failed[rule.name] = str(error)
            _log.warning("rule not evaluated", rule=rule.name, error=str(error))
    changes = store.changes("rules", limit=max(indexed - begin, 1), up_to=indexed)
    for start in range(0, len(changes), _BATCH):
        batch = changes[start : start + _BATCH]
        for name, query in queries.items():
            post_ids = [change.post_id for change in batch if change.seq > since[name]]
            if post_ids:
                matched[name] |= index.matches(query, post_ids)
    alerts = {}
    for rule in active:
        if rule.name in failed:
            continue
        found = store.get_analysed(sorted(matched[rule.name]))
        keys = [(item.post.id, item.post.revision) for item in found]
        known = store.alerted(rule.name, keys)
        new = [item for item, key in zip(found, keys, strict=True) if key not in known]
        if new:
            fresh = [(item.post.id, item.post.revision) for item in new]
            written = store.add_alerts(rule.name, fresh, compose(rule, new, now), now)
            alerts[rule.name] = len(written)
            _log.info("alerts written", rule=rule.name, alerts=len(written))
    if changes:
        store.set_cursor("rules", max(change.seq for change in changes))
    return Evaluation(len(changes), alerts, failed)
