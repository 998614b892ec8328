"""A WACZ file of one capture keeps to the rules of WACZ 1.1.1."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.archive import WarcArchive
from crawler.archive.wacz import surt, write_wacz
from crawler.errors import ArchiveError
from crawler.types import Capture, Page
from spiders.imports import FoundPage, warc
from tests.archive.test_warc import COLLECTOR, Clock
from tests.contracts.archive import PAGE, RENDERED

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
PICTURED = replace(RENDERED, screenshot=b"\x89PNG\r\n\x1a\n" + b"picture" * 50)


def packed(folder: Path, *pages: Page) -> tuple[Capture, zipfile.ZipFile]:
    """The package of the last of the pages."""
    archive = WarcArchive(folder / "archive", collector=COLLECTOR, clock=Clock())
    captures = [archive.store(page, source="board") for page in pages]
    archive.close()
    out = folder / "one.wacz"
    write_wacz(folder / "archive", captures[-1], out, title="One", now=NOW)
    return captures[-1], zipfile.ZipFile(io.BytesIO(out.read_bytes()))


@pytest.mark.parametrize(
    "pages", [(PAGE,), (RENDERED,), (PICTURED,), (PAGE, PAGE)], ids=["wire", "dom", "png", "again"]
)
def test_the_rules_of_the_format(tmp_path: Path, pages: tuple[Page, ...]) -> None:
    capture, package = packed(tmp_path, *pages)
    names = set(package.namelist())
    assert all(member.compress_type == zipfile.ZIP_STORED for member in package.infolist())
    data = json.loads(package.read("datapackage.json"))
    assert (data["profile"], data["wacz_version"]) == ("data-package", "1.1.1")
    listed = {one["path"]: one for one in data["resources"]}
    assert set(listed) == names - {"datapackage.json", "datapackage-digest.json"}
    for path, one in listed.items():
        content = package.read(path)
        assert one["bytes"] == len(content)
        assert one["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    digest = json.loads(package.read("datapackage-digest.json"))
    whole = hashlib.sha256(package.read("datapackage.json")).hexdigest()
    assert digest == {"path": "datapackage.json", "hash": f"sha256:{whole}"}
    head, entry = map(json.loads, package.read("pages/pages.jsonl").splitlines())
    assert head["format"] == "json-pages-1.0"
    assert entry["url"] == data["mainPageUrl"]
    assert datetime.fromisoformat(entry["ts"]) == capture.captured_at.replace(microsecond=0)
    assert data["foreland"]["sha256"] == capture.sha256


@pytest.mark.parametrize(
    "pages", [(PAGE,), (PICTURED,), (PAGE, PAGE)], ids=["wire", "png", "again"]
)
def test_the_index_leads_to_every_record(tmp_path: Path, pages: tuple[Page, ...]) -> None:
    _, package = packed(tmp_path, *pages)
    data = package.read("archive/data.warc.gz")
    lines = package.read("indexes/index.cdxj").decode().splitlines()
    assert lines == sorted(lines)
    found: dict[str, bytes] = {}
    for line in lines:
        key, stamp, text = line.split(" ", 2)
        entry: dict[str, Any] = json.loads(text)
        assert len(stamp) == 14
        assert key == surt(entry["url"])
        begin, size = int(entry["offset"]), int(entry["length"])
        record = next(ArchiveIterator(io.BytesIO(data[begin : begin + size])))
        assert record.rec_headers.get_header("WARC-Target-URI") == entry["url"]
        found[entry["url"]] = record.content_stream().read()
    page = pages[-1]
    expected = {page.url: page.body}
    if page.screenshot:
        expected[f"urn:fullPage:{page.url}"] = page.screenshot
    assert found == expected


def test_the_records_are_the_archives_own_bytes(tmp_path: Path) -> None:
    capture, package = packed(tmp_path, PAGE)
    stored = (tmp_path / "archive" / capture.warc_file).read_bytes()[capture.warc_offset :]
    copied = package.read("archive/data.warc.gz")
    entry = json.loads(package.read("indexes/index.cdxj").decode().split(" ", 2)[2])
    assert stored.startswith(copied[int(entry["offset"]) :])


def test_what_is_exported_can_be_imported(tmp_path: Path) -> None:
    _, _ = packed(tmp_path, PAGE)
    (found,) = warc.read_wacz((tmp_path / "one.wacz").read_bytes())
    assert isinstance(found, FoundPage)
    assert (found.page.url, found.page.body) == (PAGE.url, PAGE.body)


def test_a_capture_that_was_changed_is_not_exported(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path / "archive", collector=COLLECTOR, clock=Clock())
    capture = replace(archive.store(PAGE, source="board"), sha256="0" * 64)
    archive.close()
    with pytest.raises(ArchiveError, match="another digest"):
        write_wacz(tmp_path / "archive", capture, tmp_path / "one.wacz", title="", now=NOW)
    assert not (tmp_path / "one.wacz").exists()
