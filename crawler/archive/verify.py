"""Finds every byte of the archive that is not what it was, and says where."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

from crawler.archive.records import (
    PAYLOAD_SHA256,
    PREVIOUS_SHA256,
    RECORD_NUMBER,
    Record,
    iter_records,
    screenshot_digest,
    target,
    warc_date,
)
from crawler.archive.warc import load_page
from crawler.errors import ArchiveError
from crawler.types import Capture


def verify_archive(folder: Path, captures: Iterable[Capture]) -> list[str]:
    """Check each file's chain, and each capture against its record.

    Args:
        folder: the archive.
        captures: what the store says is in it. Best by file, as `Store.iter_captures` gives
            them: then each file is read once, and one file's captures are held at a time.

    Returns:
        One sentence for each fault, beginning with the file and the offset. None: every
        record is as it was written, and every capture is there.

    Raises:
        ArchiveError: a file cannot be read.
    """
    faults: list[str] = []
    seen: set[str] = set()
    for name, group in groupby(captures, key=lambda capture: capture.warc_file):
        wanted = {capture.warc_offset: capture for capture in group}
        path = folder / name
        if not path.is_file():
            faults.append(f"{name}: the file is gone, and with it {len(wanted)} captures")
            continue
        faults += _verify_file(folder, name, wanted, chain=name not in seen)
        seen.add(name)
    for path in sorted(folder.rglob("*.warc.gz")):
        name = path.relative_to(folder).as_posix()
        if name not in seen:
            faults += _verify_file(folder, name, {}, chain=True)
    return faults


def _verify_file(
    folder: Path, name: str, captures: Mapping[int, Capture], *, chain: bool
) -> list[str]:
    """The faults of a file's captures, and of the file itself when `chain` is set."""
    missing = dict(captures)
    followed = _Chain()
    faults: list[str] = []
    try:
        for found in iter_records(folder / name):
            if not isinstance(found, Record):
                offset, damage = found
                own = [f"the record {damage}"] if chain else []
                followed.lose()
            else:
                offset = found.offset
                own = followed.follow(found) + _digest_faults(found) if chain else []
                capture = missing.pop(offset, None)
                if capture is not None:
                    own += _capture_faults(folder, found, capture)
            faults += [f"{name} at {offset}: {fault}" for fault in own]
    except OSError as error:
        raise ArchiveError(name, f"cannot be read: {error.strerror}") from error
    for offset, capture in sorted(missing.items()):
        faults.append(f"{name} at {offset}: the record of {capture.url} ({capture.id}) is gone")
    return faults


class _Chain:
    """Follows the numbers and the hashes from record to record."""

    def __init__(self) -> None:
        self._next = 0
        self._before: Record | None = None
        self._lost = False

    def lose(self) -> None:
        """A record could not be read: the next one cannot be held against it."""
        self._lost = True

    def follow(self, record: Record) -> list[str]:
        """What is wrong with the place of this record in the file."""
        written = record.field(RECORD_NUMBER)
        if not written.isdecimal():
            self._before, self._lost = record, False
            return ["the record was not written by this archive"]
        number = int(written)
        faults: list[str] = []
        if self._lost:
            # How many were lost cannot be told; but they were at least one.
            if number <= self._next:
                faults.append(f"record {number} was moved here")
        elif number > self._next:
            gone = f"{self._next}" if number == self._next + 1 else f"{self._next} to {number - 1}"
            faults.append(f"before this record, number {gone} was removed")
        elif number < self._next:
            faults.append(f"record {number} was moved here, or stands here twice")
        elif self._before is not None and record.field(PREVIOUS_SHA256) != self._before.sha256:
            faults.append(
                f"the record before this one (at {self._before.offset}) was changed: "
                "its bytes have another SHA-256"
            )
        self._next, self._before, self._lost = number + 1, record, False
        return faults


def _digest_faults(record: Record) -> list[str]:
    faults = []
    algorithm, _, value = record.field("WARC-Block-Digest").partition(":")
    if algorithm == "sha1":
        digest = hashlib.sha1(record.block, usedforsecurity=False).digest()
        if base64.b32encode(digest).decode() != value:
            faults.append("the content was changed: the digest of the block does not match")
    else:
        faults.append("the digest of the block is not there")
    stored = record.field(PAYLOAD_SHA256)
    if record.type in ("response", "resource"):
        found = hashlib.sha256(record.payload).hexdigest()
        if found != stored:
            faults.append(f"the page was changed: its SHA-256 is {found}, and was {stored}")
    return faults


def _capture_faults(folder: Path, record: Record, capture: Capture) -> list[str]:
    said = {
        "id": (record.id, capture.id),
        "address": (record.field("WARC-Target-URI"), target(capture.url)),
        "time": (record.field("WARC-Date"), warc_date(capture.captured_at)),
        "SHA-256": (record.field(PAYLOAD_SHA256), capture.sha256),
    }
    faults = [
        f"the {what} is {here!r}, and the store says {there!r}"
        for what, (here, there) in said.items()
        if here != there
    ]
    if not faults and (record.type == "revisit" or screenshot_digest(record)):
        try:
            load_page(folder, capture)
        except ArchiveError as error:
            what = "page this record refers to" if record.type == "revisit" else "whole page"
            faults.append(f"the {what} cannot be read: {error}")
    return faults
