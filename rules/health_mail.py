"""Writes the message about sources that are not well: every new alarm once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.hostile import visible
from crawler.types import Episode, NewMail
from rules.digest import load_template


@dataclass(frozen=True, slots=True)
class _Told:
    source: str
    kind: str
    detail: str
    since: str


def compose_health_mail(
    episodes: Sequence[Episode],
    now: datetime,
    *,
    recipients: tuple[str, ...],
    desk_url: str,
    sender: str,
) -> NewMail:
    """The message that tells of alarms, by source.

    The Message-ID is made from the episodes, so the same ones give the same message.
    """
    told = [
        _Told(
            source=episode.alarm.source,
            kind=episode.alarm.kind,
            # It quotes what a site said, or a person wrote.
            detail=visible(" ".join(episode.alarm.detail.split())),
            since=episode.opened_at.strftime("%Y-%m-%d %H:%M UTC"),
        )
        for episode in sorted(episodes, key=lambda one: (one.alarm.source, one.id))
    ]
    digest = hashlib.sha256(repr(sorted(one.id for one in episodes)).encode()).hexdigest()[:32]
    count = len({one.source for one in told})
    title = f"{count} source{'' if count == 1 else 's'} not well"
    values = {"told": told, "now": now, "title": title, "desk_url": desk_url}
    return NewMail(
        recipients=recipients,
        subject=f"[Foreland] {title}",
        text=load_template("health.txt").render(values),
        html=load_template("health.html").render(values),
        message_id=f"<health-{digest}@{sender.rpartition('@')[2] or 'localhost'}>",
    )
