"""From offers to candidates, and from a candidate, by a person's decision, to a source."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from crawler.errors import ConfigError
from crawler.strict_yaml import Document, parse_yaml, validate
from crawler.types import Candidate

if TYPE_CHECKING:
    from crawler.app.wiring import App

_log = structlog.get_logger(__name__)

_CONSUMER = "discovery"
_BATCH = 200


def note_candidates(app: App) -> int:
    """Note the places that newly analysed offers name. Can be killed and run again.

    Returns:
        How many places were not known before.
    """
    from spiders.discovery import find_sightings

    collected: frozenset[str] | None = None
    new = 0
    while changes := app.store.changes(_CONSUMER, limit=_BATCH):
        if collected is None:
            collected = collected_places(app)
        analysed = app.store.get_analysed([change.post_id for change in changes])
        now = app.clock()
        found = {
            one.post.id: (
                one.post.posted_at or one.post.seen_at or now,
                find_sightings(one, collected),
            )
            for one in analysed
        }
        with app.store.transaction():
            new += app.store.put_sightings(found)
            app.store.set_cursor(_CONSUMER, changes[-1].seq)
    if new:
        _log.info("candidates found", new=new)
    return new


def collected_places(app: App) -> frozenset[str]:
    """The keys of the places that are sources already."""
    from spiders.discovery import find_place

    places = (find_place(source.url) for source in app.load_sources().sources)
    return frozenset(place.key for place in places if place)


def open_candidates(app: App) -> list[Candidate]:
    """Those that wait for a decision: not those that have become sources some other way."""
    collected = collected_places(app)
    return [one for one in app.store.list_candidates("new") if one.key not in collected]


def find_candidate(app: App, text: str) -> Candidate:
    """The candidate of a key, or of any address of it.

    Raises:
        ConfigError: there is none.
    """
    from spiders.discovery import find_place

    found = app.store.candidate(text)
    place = find_place(text) if found is None else None
    if place is not None:
        found = app.store.candidate(place.key)
    if found is None:
        message = "is not a candidate: see foreland sources candidates --all"
        raise ConfigError.one(text, message)
    return found


def accept_candidate(app: App, text: str, given: Mapping[str, str], *, user: str) -> Path:
    """Write the source that a candidate becomes. It is crawled from then on, not before.

    Args:
        app: over the workspace.
        text: the candidate's key, or an address of it.
        given: fields of the source: `purpose`, `authority` and `review_date` must be there;
            `name`, `platform` and `url` are made from the candidate where they are not.
        user: who decides.

    Returns:
        The file.

    Raises:
        ConfigError: there is no such candidate, it leads into a closed group, or what was
            given does not make a source: every fault at once. Nothing was written.
    """
    candidate = find_candidate(app, text)
    if candidate.kind == "invite":
        message = "leads into a closed group, which is never entered: dismiss it"
        raise ConfigError.one(candidate.key, message)
    if candidate.status == "accepted":
        raise ConfigError.one(candidate.key, f"is the source {candidate.source} already")
    path, source_text, name = _compose(app, candidate, given, user)
    now = app.clock()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(source_text)
    except OSError as error:
        raise ConfigError.one(path, f"cannot be written: {error.strerror}") from error
    try:
        with app.store.transaction():
            app.store.decide_candidate(
                candidate.key,
                "accepted",
                by=user,
                at=now,
                reason=given["purpose"],
                source=name,
            )
            app.store.log_event(
                "alteration",
                user=user,
                object=f"candidate:{candidate.key}",
                reason=f"accepted as {name}: {given['purpose']} ({given['authority']})",
                at=now,
            )
    except BaseException:
        # A source that nobody is noted to have accepted must not be crawled.
        path.unlink(missing_ok=True)
        raise
    return path


def dismiss_candidate(app: App, text: str, *, reason: str, user: str) -> Candidate:
    """Note that a candidate is not to be collected. It stays dismissed when seen again.

    Raises:
        ConfigError: there is no such candidate, it is a source, or there is no reason.
    """
    candidate = find_candidate(app, text)
    if candidate.status == "accepted":
        message = f"is the source {candidate.source}: disable it there (enabled: false)"
        raise ConfigError.one(candidate.key, message)
    if not reason.strip():
        raise ConfigError.one(candidate.key, "say why it is dismissed", field="reason")
    now = app.clock()
    with app.store.transaction():
        app.store.decide_candidate(candidate.key, "dismissed", by=user, at=now, reason=reason)
        app.store.log_event(
            "alteration",
            user=user,
            object=f"candidate:{candidate.key}",
            reason=f"dismissed: {reason}",
            at=now,
        )
    return candidate


def _compose(
    app: App, candidate: Candidate, given: Mapping[str, str], user: str
) -> tuple[Path, str, str]:
    from spiders.discovery import guess_platform
    from spiders.source import Source

    folder = app.config.path(app.config.sources)
    sources = app.load_sources()
    taken = {source.name for source in sources.sources}
    taken |= {Path(problem.path).stem for problem in sources.problems}
    name = given.get("name") or _free_name(candidate.key, taken, folder)
    if name in taken or (folder / f"{name}.yml").exists():
        raise ConfigError.one(name, "is the name of a source already: choose another", field="name")
    url = given.get("url") or candidate.url
    values = {
        "platform": given.get("platform") or guess_platform(url),
        "url": url,
        **{key: value for key, value in given.items() if key not in {"name", "platform", "url"}},
    }
    seen = f"named in {len(candidate.posts)} offers"
    lines = [f"# Accepted from the candidates by {_plain(user)}: {seen}."]
    # A string of JSON is one of YAML, whatever stands in it.
    lines += [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    text = "\n".join(lines) + "\n"
    path = folder / f"{name}.yml"
    document = parse_yaml(text, str(path))
    named = Document(document.path, {"name": name, **document.data}, document.lines)
    source = validate(named, Source)
    if not source.authorised_on(app.today()):
        message = f"the review date has passed: {source.review_date.isoformat()}"
        raise ConfigError.one(path, message, field="review_date")
    return path, text, name


def _free_name(key: str, taken: set[str], folder: Path) -> str:
    stem = re.sub(r"[^a-z0-9_-]+", "-", key.lower().removeprefix("t.me/")).strip("-_")[:56]
    stem = stem or "candidate"
    name, number = stem, 1
    while name in taken or (folder / f"{name}.yml").exists():
        number += 1
        name = f"{stem}-{number}"
    return name


def _plain(text: str) -> str:
    return " ".join(text.split())
