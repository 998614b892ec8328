"""Notes the heads of the archive's files in the audit log, and has its head stamped.

So the log vouches for the archive, and the timestamp authority for the log: `foreland
verify` follows both back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from crawler.archive import verify_archive
from crawler.archive.seals import SEALED, describe_head, read_head, verify_heads
from crawler.archive.timestamps import check_timestamp, load_authorities, request_timestamp
from crawler.archive.warc_file import Head
from crawler.config import Config
from crawler.errors import ArchiveError
from crawler.store import Store

_log = structlog.get_logger(__name__)

#: Begins the object of an event that tells of a timestamp.
_STAMPED = "timestamp:"
_FOLDER = "timestamps"
_TEXT = re.compile(
    r"stamped: event (\d+) with the hash ([0-9a-f]{64}); the token has the SHA-256 ([0-9a-f]{64})"
)
_NAME = re.compile(r"(\d+)-([0-9a-f]{64})\.tsr")


@dataclass(frozen=True, slots=True)
class Verified:
    """What `foreland verify` looked at, and what is wrong."""

    captures: int
    sealed: int  #: files of the archive whose head stands in the log
    events: int
    timestamps: int
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()  #: what is not a fault, but should be known


def seal(
    config: Config,
    store: Store,
    heads: Sequence[Head],
    *,
    user: str,
    clock: Callable[[], datetime],
) -> None:
    """Note the heads of files that were closed, and have the log stamped where that is set.

    An authority that does not answer is logged and passed over: the next time covers it.

    Raises:
        StoreError: the log cannot be written.
    """
    if not heads:
        return
    with store.transaction():
        for head in heads:
            store.log_event(
                "collection",
                user=user,
                object=SEALED + head.file,
                reason=describe_head(head),
                at=clock(),
            )
    if not config.archive_timestamps.url:
        return
    try:
        _stamp(config, store, user=user, clock=clock)
    except (ArchiveError, OSError) as error:
        _log.warning("no timestamp", detail=str(error))


def _stamp(config: Config, store: Store, *, user: str, clock: Callable[[], datetime]) -> None:
    last = store.last_event()
    if last is None:
        return
    settings = config.archive_timestamps
    token = request_timestamp(settings.url, last.hash, timeout=settings.timeout)
    folder = config.path(config.archive) / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{last.seq}-{last.hash}.tsr"
    (folder / name).write_bytes(token)
    digest = hashlib.sha256(token).hexdigest()
    store.log_event(
        "collection",
        user=user,
        object=f"{_STAMPED}{_FOLDER}/{name}",
        reason=f"stamped: event {last.seq} with the hash {last.hash}; "
        f"the token has the SHA-256 {digest}",
        at=clock(),
    )


def verify(config: Config, store: Store) -> Verified:
    """Check every capture, every file of the archive, the audit log and its timestamps.

    Raises:
        ArchiveError: a file cannot be read.
        StoreError: the store cannot be read.
    """
    folder = config.path(config.archive)
    captures = list(store.iter_captures())
    heads: list[Head] = []
    told: dict[str, str] = {}
    hashes: dict[int, str] = {}
    for event in store.iter_events():
        hashes[event.seq] = event.hash
        if event.object.startswith(SEALED):
            head = read_head(event.object.removeprefix(SEALED), event.reason)
            if head is not None:
                heads.append(head)
        elif event.object.startswith(_STAMPED):
            told[event.object.removeprefix(_STAMPED)] = event.reason
    faults = verify_archive(folder, captures)
    missing = {
        fault.partition(": the file is gone")[0] for fault in faults if "file is gone" in fault
    }
    faults += verify_heads(folder, [head for head in heads if head.file not in missing])
    faults += store.verify_events()
    stamped, wrong, notes = _verify_timestamps(config, folder, told, hashes)
    return Verified(
        len(captures), len(heads), len(hashes), stamped, tuple(faults + wrong), tuple(notes)
    )


def _verify_timestamps(
    config: Config, folder: Path, told: dict[str, str], hashes: dict[int, str]
) -> tuple[int, list[str], list[str]]:
    files = {f"{_FOLDER}/{path.name}": path for path in sorted((folder / _FOLDER).glob("*.tsr"))}
    if not files and not told:
        return 0, [], []
    authority = config.archive_timestamps.ca
    roots = load_authorities(config.path(authority)) if authority else []
    notes = (
        [] if roots else ["the timestamps' signatures were not checked: set archive_timestamps.ca"]
    )
    faults = [f"{name}: the timestamp is gone" for name in sorted(told.keys() - files.keys())]
    covered = 0
    for name, path in files.items():
        named = _NAME.fullmatch(path.name)
        if named is None:
            faults.append(f"{name}: is not named as a timestamp is")
            continue
        seq, digest = int(named[1]), named[2]
        token = path.read_bytes()
        wrote = _TEXT.fullmatch(told.get(name, ""))
        if hashes.get(seq) != digest:
            faults.append(f"{name}: event {seq}, which it stamps, was changed or removed")
        if wrote is not None and hashlib.sha256(token).hexdigest() != wrote[3]:
            faults.append(f"{name}: the timestamp was changed")
            continue
        try:
            moment = check_timestamp(token, digest, roots)
        except ValueError as error:
            faults.append(f"{name}: the timestamp is not good: {error}")
            continue
        covered = max(covered, seq)
        notes.append(f"event {seq} and all before it existed at {moment.isoformat()}")
    if covered:
        notes = [note for note in notes if "existed" not in note] + [
            note for note in notes if note.startswith(f"event {covered} ")
        ]
    return len(files), faults, notes
