"""Looks at the health of the sources, raises and clears alarms, and has them told once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from crawler.app.guard import refuse
from crawler.health import HISTORY, SUCCESSES, SourceHealth, Watched, judge_source
from crawler.schedule import next_due

if TYPE_CHECKING:
    from crawler.app.wiring import App
    from crawler.types import Alarm, Episode
    from spiders.source import Source

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Watch:
    """What one look at the sources changed."""

    raised: tuple[Episode, ...] = ()
    cleared: tuple[Episode, ...] = ()
    mail_id: int | None = None  #: of the message in the outbox that tells of them


def look_at_sources(app: App) -> list[SourceHealth]:
    """The health of every source that can be read, by name. Changes nothing."""
    return _judge(app, app.store.open_episodes())


def watch_sources(app: App) -> Watch:
    """Raise the alarms that are new, clear those that are over, and write the message.

    The message goes to the outbox: with the other mail, it is handed on by
    `App.deliver_mail`.

    Raises:
        StoreError: what was noted so far is kept, and the next call goes on from there.
    """
    now = app.clock()
    lasting = app.store.open_episodes()
    alarms = {_key(alarm): alarm for health in _judge(app, lasting) for alarm in health.alarms}
    cleared = [
        episode
        for episode in lasting
        if _key(episode.alarm) not in alarms and app.store.clear_episode(episode.id, now)
    ]
    for episode in cleared:
        alarm = episode.alarm
        _log.info("source well again", source=alarm.source, kind=alarm.kind, field=alarm.field)
    opened = [app.store.open_episode(alarm, now) for alarm in alarms.values()]
    raised = [episode for episode in opened if episode is not None]
    for episode in raised:
        alarm = episode.alarm
        _log.warning(
            "source not well",
            source=alarm.source,
            kind=alarm.kind,
            field=alarm.field,
            detail=alarm.detail,
        )
    return Watch(tuple(raised), tuple(cleared), _write_mail(app, now))


def reset_source(app: App, name: str, *, reason: str, user: str) -> None:
    """Take what a source yields from now on as usual: it has changed for good.

    Raises:
        SourceError: there is none of that name.
    """
    source = app.source(name)
    now = app.clock()
    with app.store.transaction():
        app.store.reset_health(source.name, now)
        app.store.log_event(
            "alteration",
            user=user,
            object=f"source:{source.name}",
            reason=f"what is usual begins anew: {reason}",
            at=now,
        )


def _write_mail(app: App, now: datetime) -> int | None:
    from rules.health_mail import compose_health_mail

    recipients = app.config.health.recipients
    # Those that were raised while nobody was to be told, too.
    untold = [episode for episode in app.store.open_episodes() if episode.mail_id is None]
    if not recipients or not untold:
        return None
    mail = compose_health_mail(
        untold,
        now,
        recipients=recipients,
        desk_url=app.desk_url,
        sender=app.config.mail.sender,
    )
    return app.store.mail_episodes([episode.id for episode in untold], mail, now)


def _judge(app: App, lasting: Sequence[Episode]) -> list[SourceHealth]:
    now = app.clock()
    figures = app.store.run_figures(limit=HISTORY)
    succeeded = app.store.last_ended(SUCCESSES)
    resets = app.store.health_resets()
    zone = app.config.time_zone
    judged = []
    for source in app.load_sources().sources:

        def due(after: datetime, source: Source = source) -> datetime | None:
            return next_due(source.schedule or "", after, zone, jitter_key=source.name)

        judged.append(
            judge_source(
                _watched(app, source),
                figures.get(source.name, []),
                [episode for episode in lasting if episode.alarm.source == source.name],
                now,
                last_success=succeeded.get(source.name),
                next_due=due,
                usual_since=resets.get(source.name),
            )
        )
    return judged


def _watched(app: App, source: Source) -> Watched:
    return Watched(
        name=source.name,
        enabled=source.enabled,
        scheduled=source.schedule is not None,
        refusal=refuse(app.config, source, app.clock()),
        expect_posts=source.expect.posts,
        expect_fields=source.expect.fields,
    )


def _key(alarm: Alarm) -> tuple[str, str, str]:
    return alarm.source, alarm.kind, alarm.field
