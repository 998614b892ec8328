"""A screenshot lies beside its capture, in the same chain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crawler.archive import WarcArchive, verify_archive
from crawler.archive.records import Record, iter_records
from crawler.archive.warc import load_page
from crawler.errors import ArchiveError
from tests.archive.test_warc import COLLECTOR, Clock, files
from tests.contracts.archive import PAGE, RENDERED

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
PICTURED = replace(RENDERED, screenshot=PICTURE)


def test_a_page_comes_back_with_its_screenshot(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path, collector=COLLECTOR, clock=Clock())
    captures = [archive.store(page, source="board") for page in (PICTURED, PAGE, PICTURED)]
    archive.close()
    assert [load_page(tmp_path, one) for one in captures] == [PICTURED, PAGE, PICTURED]
    found = [one for one in iter_records(files(tmp_path)[0]) if isinstance(one, Record)]
    pictures = [one for one in found if one.field("Content-Type") == "image/png"]
    assert [one.field("WARC-Target-URI") for one in pictures] == [
        f"urn:fullPage:{RENDERED.url}"
    ] * 2
    assert pictures[0].field("WARC-Concurrent-To") == f"<{captures[0].id}>"
    assert verify_archive(tmp_path, captures) == []


def test_a_screenshot_that_was_changed_or_cut_off_is_found(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path, collector=COLLECTOR, clock=Clock())
    capture = archive.store(PICTURED, source="board")
    archive.close()
    (path,) = files(tmp_path)
    data = path.read_bytes()
    found = [one for one in iter_records(path) if isinstance(one, Record)]
    picture = next(one for one in found if one.field("Content-Type") == "image/png")
    path.write_bytes(data[: picture.offset])
    assert any(
        "screenshot" in fault or "whole page" in fault
        for fault in verify_archive(tmp_path, [capture])
    )
    with pytest.raises(ArchiveError):
        load_page(tmp_path, capture)
    middle = picture.offset + picture.size // 2
    path.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
    assert any(f"at {picture.offset}" in fault for fault in verify_archive(tmp_path, [capture]))
