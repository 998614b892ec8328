"""What is noted, outside of the archive, of each file when it is closed.

The chain in a file shows every change but two: that its end was cut off, and that all of it
was taken away. The heads of the files stand in the audit log, which is a chain itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from crawler.archive.records import DamagedRecord, read_record
from crawler.archive.warc_file import Head

#: Begins the object of an event that seals a file of the archive.
SEALED = "archive:"
_TEXT = re.compile(
    r"sealed: (\d+) records in (\d+) bytes; the last at (\d+) has the SHA-256 ([0-9a-f]{64})"
)


def describe_head(head: Head) -> str:
    """The head as a sentence of the log, for `read_head`."""
    return (
        f"sealed: {head.records} records in {head.size} bytes; "
        f"the last at {head.last} has the SHA-256 {head.sha256}"
    )


def read_head(file: str, sentence: str) -> Head | None:
    """The head that a sentence describes; None when it describes none."""
    match = _TEXT.fullmatch(sentence)
    if match is None:
        return None
    return Head(file, int(match[2]), int(match[1]), int(match[3]), match[4])


def verify_heads(folder: Path, heads: Iterable[Head]) -> list[str]:
    """The faults of sealed files: gone, cut, added to, or with another end."""
    faults: list[str] = []
    for head in heads:
        path = folder / head.file
        try:
            size = path.stat().st_size
            if size < head.size:
                gone = f"{head.size - size} bytes are gone from its end"
                faults.append(f"{head.file} at {size}: {gone} (it was sealed with {head.size})")
                continue
            if size > head.size:
                more = f"{size - head.size} bytes were added after it was sealed"
                faults.append(f"{head.file} at {head.size}: {more}")
            if read_record(path, head.last).sha256 != head.sha256:
                faults.append(f"{head.file} at {head.last}: the last record was changed")
        except FileNotFoundError:
            faults.append(f"{head.file}: the file is gone; it held {head.records} records")
        except DamagedRecord as damage:
            faults.append(f"{head.file} at {head.last}: the last record {damage}")
        except OSError as error:
            faults.append(f"{head.file}: cannot be read: {error.strerror}")
    return faults
