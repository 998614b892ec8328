"""The page of the sources: how each goes, against what is usual for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.app import App
from crawler.app.watching import look_at_sources
from crawler.health import Level, SourceHealth
from crawler.types import Alarm

_STATES = {
    "healthy": ("Well", "tag-well"),
    "alarm": ("Alarm", "tag-alarm"),
    "failing": ("Last run failed", ""),
    "never_run": ("Not run yet", ""),
    "disabled": ("Disabled", ""),
}


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One field's coverage in words."""

    name: str
    value: str
    usual: str
    low: bool


@dataclass(frozen=True, slots=True)
class SourceShown:
    """One source as a row."""

    name: str
    platform: str
    address: str
    state: str
    tag: str  #: class of the state's tag; '' for a plain one
    outcome: str
    last_run: str
    last_success: str
    posts: str
    trend: str
    fields: tuple[FieldShown, ...]
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class SourcesView:
    """What the page shows: those with alarms first."""

    sources: tuple[SourceShown, ...]
    alarms: int  #: sources that have any
    problems: int  #: faults of source files


def view_sources(application: App) -> SourcesView:
    """Every source that can be read, with its health."""
    found = application.load_sources()
    health = {one.source: one for one in look_at_sources(application)}
    shown = [_shown(health[source.name], source.platform, source.url) for source in found.sources]
    shown.sort(key=lambda source: (not source.alarms, source.name))
    alarms = sum(bool(source.alarms) for source in shown)
    return SourcesView(tuple(shown), alarms, len(found.problems))


def _shown(health: SourceHealth, platform: str, address: str) -> SourceShown:
    run = health.last_run
    state, tag = _STATES[health.state]
    levels = {level.name: level for level in health.levels}
    return SourceShown(
        name=health.source,
        platform=platform,
        address=address,
        state=state,
        tag=tag,
        outcome=str(run.outcome or "running") if run else "–",
        last_run=_time(run.started_at if run else None),
        last_success=_time(health.last_success),
        posts=_posts(levels.get("posts")),
        trend="" if health.trend == "unknown" else health.trend,
        fields=tuple(_fields(health.levels)),
        alarms=health.alarms,
    )


def _posts(level: Level | None) -> str:
    if level is None:
        return "–"
    usual = "" if level.usual is None else f" (usual {level.usual:g})"
    return f"{level.value:g}{usual}"


def _fields(levels: Sequence[Level]) -> list[FieldShown]:
    return [
        FieldShown(
            name=level.name.replace("_", " "),
            value=f"{level.value:.0%}",
            usual="" if level.usual is None else f"{level.usual:.0%}",
            low=level.low,
        )
        for level in levels
        if level.name != "posts"
    ]


def _time(when: datetime | None) -> str:
    return when.strftime("%Y-%m-%d %H:%M") if when else "never"
