"""The archive as WARC files: valid for other tools, whole after a crash or a full disk."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.archive import WarcArchive, verify_archive
from crawler.archive.records import Record, iter_records
from crawler.errors import ArchiveError
from crawler.ports import Archive
from crawler.types import Capture, Page
from tests.contracts.archive import NOW, PAGE, RENDERED, ArchiveContract, MakeArchive

COLLECTOR = "officer@desk Foreland/0.1.0"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def archive(folder: Path) -> Iterator[WarcArchive]:
    archive = WarcArchive(folder, collector=COLLECTOR, clock=Clock())
    yield archive
    archive.close()


class TestWarcArchive(ArchiveContract):
    @pytest.fixture
    def make_archive(self, folder: Path) -> MakeArchive:
        def make() -> Archive:
            return WarcArchive(folder, collector=COLLECTOR, clock=Clock())

        return make


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.warc.gz"))


def whole(path: Path) -> list[Record]:
    found = list(iter_records(path))
    assert all(isinstance(record, Record) for record in found)
    return [record for record in found if isinstance(record, Record)]


def number(count: int) -> Page:
    return replace(PAGE, url=f"https://board.example.org/{count}", body=b"page %d" % count)


def test_warcio_finds_nothing_wrong(archive: WarcArchive, folder: Path) -> None:
    hostile = replace(
        PAGE,
        url="https://board.example.org/قایق\r\nX: y",
        body=b"other",
        headers=(
            ("Content-Encoding", "gzip"),
            ("Content-Length", "99999"),
            ("X-Évil\r\nY", "1\r\n\r\n2"),
        ),
    )
    for page in (PAGE, RENDERED, PAGE, RENDERED, hostile, replace(PAGE, status=None, body=b"")):
        archive.store(page, source="board")
    archive.close()
    (path,) = files(folder)
    checked = subprocess.run(
        [sys.executable, "-c", "from warcio.cli import main; main()", "check", "-v", str(path)],
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.count("digest pass") == 10
    with path.open("rb") as stream:
        found = [
            (record.rec_type, record.rec_headers.get_header("WARC-Target-URI"))
            for record in ArchiveIterator(stream, check_digests="raise")
        ]
    assert [kind for kind, _ in found] == [
        "warcinfo",
        "response",
        "request",
        "resource",
        "revisit",
        "request",
        "revisit",
        "response",
        "request",
        "response",
        "request",
        "metadata",
    ]
    assert found[1][1] == PAGE.url


def test_other_tools_read_the_body_as_it_is(archive: WarcArchive, folder: Path) -> None:
    # A header that says "packed" beside a body that is not would break every replay.
    packed = replace(PAGE, headers=(("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")))
    archive.store(packed, source="board")
    with files(folder)[0].open("rb") as stream:
        bodies = {
            record.rec_type: (record.content_stream().read(), record.http_headers)
            for record in ArchiveIterator(stream)
        }
    body, headers = bodies["response"]
    assert body == PAGE.body
    assert headers.get_statuscode() == "200"
    assert headers.get_header("X-Archive-Orig-Content-Encoding") == "gzip"
    request = bodies["request"][1]
    assert request.protocol == "GET"
    assert request.statusline == f"{PAGE.requested_url} HTTP/1.1"
    assert request.get_header("User-Agent") == "Foreland/0.1"


def test_every_record_names_the_one_before_it(archive: WarcArchive, folder: Path) -> None:
    captures = [archive.store(page, source="board") for page in (PAGE, RENDERED)]
    archive.close()
    records = whole(files(folder)[0])
    info = records[0].block.decode()
    assert "software: Foreland/" in info
    assert f"operator: {COLLECTOR}" in info
    assert [record.field("Foreland-Record-Number") for record in records] == list("01234")
    for before, record in pairwise(records):
        assert record.field("Foreland-Previous-Record-SHA-256") == before.sha256
    response, resource = records[1], records[3]
    assert (response.id, response.offset) == (captures[0].id, captures[0].warc_offset)
    assert response.field("Foreland-Payload-SHA-256") == captures[0].sha256
    assert records[2].field("WARC-Concurrent-To") == f"<{response.id}>"
    assert (response.field("Foreland-Rendered"), response.type) == ("false", "response")
    assert (resource.field("Foreland-Rendered"), resource.type) == ("true", "resource")


def test_the_same_payload_is_written_once(archive: WarcArchive, folder: Path) -> None:
    page = replace(PAGE, body=bytes(range(256)) * 400)
    archive.store(page, source="board")
    again = archive.store(page, source="another")
    assert archive.load(again) == page
    archive.close()
    (other, _) = files(folder)
    assert "another" in other.name
    revisit = whole(other)[1]
    assert (revisit.type, revisit.payload.count(b"\x01")) == ("revisit", 0)


def test_what_another_process_archived_is_written_once_when_it_can_be_found(
    archive: WarcArchive, folder: Path
) -> None:
    first = archive.store(PAGE, source="board")
    archive.close()
    later = WarcArchive(
        folder, collector=COLLECTOR, clock=Clock(), lookup={first.sha256: first}.get
    )
    second = later.store(PAGE, source="board")
    rendered = later.store(replace(PAGE, rendered=True), source="board")
    later.close()
    types = {record.id: record.type for path in files(folder) for record in whole(path)}
    assert (types[second.id], types[rendered.id]) == ("revisit", "resource")
    assert later.load(second) == PAGE
    # A third process finds the second one's revisit, and refers to the payload itself.
    third = WarcArchive(folder, collector=COLLECTOR, clock=Clock(), lookup=lambda _: second)
    assert third.load(third.store(PAGE, source="board")) == PAGE
    third.close()


def test_a_payload_whose_copy_is_gone_is_written_again(archive: WarcArchive, folder: Path) -> None:
    first = archive.store(PAGE, source="board")
    archive.close()
    files(folder)[0].unlink()
    later = WarcArchive(folder, collector=COLLECTOR, clock=Clock(), lookup=lambda _: first)
    assert later.load(later.store(PAGE, source="board")) == PAGE
    later.close()


def test_a_payload_whose_copy_has_changed_since_is_written_again(
    archive: WarcArchive, folder: Path
) -> None:
    archive.store(number(1), source="board")
    first = archive.store(PAGE, source="board")
    path = folder / first.warc_file
    kept = path.read_bytes()
    path.write_bytes(kept[: first.warc_offset] + bytes(len(kept) - first.warc_offset))
    assert archive.load(archive.store(PAGE, source="another")) == PAGE


def test_of_many_payloads_the_latest_are_written_once(
    archive: WarcArchive, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setattr("crawler.archive.warc._REMEMBERED", 10)
    sources = ("board", "forum")  # in turn, so that places in two files are told apart
    for count in range(35):
        archive.store(number(count), source=sources[count % 2])
    latest = [archive.store(number(count), source="later") for count in range(25, 35)]
    first = archive.store(number(0), source="later")
    archive.close()
    (path,) = (path for path in files(folder) if "later" in path.name)
    types = {record.id: record.type for record in whole(path)}
    assert [types[capture.id] for capture in latest] == ["revisit"] * 10
    assert types[first.id] == "response"
    assert [archive.load(capture) for capture in latest] == [number(one) for one in range(25, 35)]


def test_a_page_leaves_little_in_memory(archive: WarcArchive) -> None:
    """What Python has allocated for each page that was stored, however long its address."""
    pages = [replace(number(count), url=f"{PAGE.url}{count:0300}") for count in range(1200)]
    for page in pages[:200]:
        archive.store(page, source="board")  # what is made once is made
    tracemalloc.start()
    try:
        for page in pages[200:]:
            archive.store(page, source="board")
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held / 1000 < 250  # bytes a page


def test_a_new_file_for_each_source_day_and_process(folder: Path) -> None:
    clock = Clock()
    one = WarcArchive(folder, collector=COLLECTOR, clock=clock)
    two = WarcArchive(folder, collector=COLLECTOR, clock=clock)
    captures = [
        one.store(number(1), source="board"),
        one.store(number(2), source="board"),
        one.store(number(3), source="forum"),
        two.store(number(4), source="board"),
    ]
    clock.now += timedelta(days=1)
    captures.append(one.store(number(5), source="board"))
    one.close()
    two.close()
    names = [capture.warc_file for capture in captures]
    assert names[0] == names[1]
    assert len(set(names)) == 4
    assert [name.split("/")[0] for name in names] == ["board", "board", "forum", "board", "board"]
    assert verify_archive(folder, captures) == []


def test_more_sources_than_files_kept_open(archive: WarcArchive, folder: Path) -> None:
    captures = [archive.store(number(n), source=f"source-{n % 40}") for n in range(80)]
    archive.close()
    assert verify_archive(folder, captures) == []


@pytest.mark.parametrize("source", ["../../etc", "/abs", "a b/ü", "..", "x" * 300])
def test_a_source_never_leads_out_of_the_folder(
    archive: WarcArchive, folder: Path, source: str
) -> None:
    capture = archive.store(PAGE, source=source)
    assert archive.load(capture) == PAGE
    assert [path.parent.parent for path in files(folder)] == [folder]


def test_a_capture_never_leads_out_of_the_folder(archive: WarcArchive, folder: Path) -> None:
    capture = archive.store(PAGE, source="board")
    with pytest.raises(ArchiveError, match="outside the archive"):
        archive.load(replace(capture, warc_file="../../etc/passwd"))


def test_threads_write_to_the_same_file(archive: WarcArchive, folder: Path) -> None:
    captures: list[Capture] = []

    def write(start: int) -> None:
        captures.extend(archive.store(number(start + n), source="board") for n in range(50))

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 1000, 2000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    archive.close()
    assert len(captures) == 150
    assert verify_archive(folder, captures) == []


_LIMITED = """
import resource, sys
from pathlib import Path
from crawler.archive import WarcArchive, verify_archive
from crawler.errors import ArchiveError
from tests.archive.test_warc import COLLECTOR, Clock, PAGE, number
from dataclasses import replace
import random
archive = WarcArchive(Path(sys.argv[1]), collector=COLLECTOR, clock=Clock())
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
captures = []
try:
    for n in range(100):
        body = random.Random(n).randbytes(3000)
        captures.append(archive.store(replace(PAGE, body=body), source="board"))
except ArchiveError as error:
    print(error)
# Smaller pages, in a new file, go on.
captures.append(archive.store(number(1), source="board"))
archive.close()
print(len(captures), verify_archive(Path(sys.argv[1]), captures))
"""


def test_a_disk_that_is_full_loses_only_the_page_that_did_not_fit(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(folder)], capture_output=True, text=True
    )
    message, counted = done.stdout.splitlines()
    assert "could not be archived: File too large" in message, done.stderr
    # What fitted into 20,000 bytes at 3,000 and its headers each, and the small page.
    captures, faults = counted.split(maxsplit=1)
    assert 4 <= int(captures) <= 7
    assert faults == "[]"
    assert len(files(folder)) == 2


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    archive = WarcArchive(tmp_path / "file", collector=COLLECTOR, clock=Clock())
    with pytest.raises(ArchiveError, match="could not be archived: Not a directory"):
        archive.store(PAGE, source="board")
    archive.close()


_KILLED = """
import sys
from pathlib import Path
from crawler.archive import WarcArchive
from tests.archive.test_warc import COLLECTOR, Clock, number
archive = WarcArchive(Path(sys.argv[1]), collector=COLLECTOR, clock=Clock())
n = 0
while True:
    capture = archive.store(number(n), source="board")
    n += 1
    print(capture.id, capture.sha256, capture.warc_file, capture.warc_offset, flush=True)
"""


def test_kill_9_loses_no_page_that_was_stored(folder: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    lines = [next(writer.stdout) for _ in range(40)]
    writer.send_signal(signal.SIGKILL)
    lines += writer.communicate()[0].splitlines(keepends=True)
    captures = []
    for count, line in enumerate(line for line in lines if line.endswith("\n")):
        record_id, sha256, file, offset = line.split()
        page = number(count)
        captures.append(
            Capture(record_id, page.url, "board", sha256, NOW, COLLECTOR, file, int(offset))
        )
    assert verify_archive(folder, captures) == []
    reader = WarcArchive(folder, collector=COLLECTOR, clock=Clock())
    assert [reader.load(capture) for capture in captures] == [
        number(count) for count in range(len(captures))
    ]


def test_a_cut_off_file_loses_only_its_last_record(archive: WarcArchive, folder: Path) -> None:
    captures = [archive.store(number(n), source="board") for n in range(3)]
    (path,) = files(folder)
    data = path.read_bytes()
    path.write_bytes(data[: captures[2].warc_offset + 40])
    assert [archive.load(capture) for capture in captures[:2]] == [number(0), number(1)]
    with pytest.raises(ArchiveError, match="cut off"):
        archive.load(captures[2])
    path.unlink()
    with pytest.raises(ArchiveError, match="No such file"):
        archive.load(captures[0])
