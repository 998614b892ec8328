"""Whatever is done to an archive is found, and where it was done is said."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.archive import WarcArchive, verify_archive
from crawler.archive.records import Record, iter_records
from crawler.types import Capture
from tests.archive.test_warc import COLLECTOR, Clock, files, number
from tests.contracts.archive import PAGE, RENDERED


class Written:
    """An archive of one file with a known content, to be tampered with."""

    def __init__(self, folder: Path) -> None:
        archive = WarcArchive(folder, collector=COLLECTOR, clock=Clock())
        pages = [number(0), PAGE, RENDERED, number(1), PAGE]
        self.captures = [archive.store(page, source="board") for page in pages]
        archive.close()
        self.folder = folder
        (self.path,) = files(folder)
        self.name = self.captures[0].warc_file
        self.data = self.path.read_bytes()
        self.records = [found for found in iter_records(self.path) if isinstance(found, Record)]

    def part(self, number: int) -> bytes:
        """The stored bytes of a record."""
        record = self.records[number]
        return self.data[record.offset : record.offset + record.size]

    def faults(self, data: bytes, captures: list[Capture] | None = None) -> list[str]:
        """What is found when the file holds `data`."""
        self.path.write_bytes(data)
        return verify_archive(self.folder, self.captures if captures is None else captures)

    def without(self, *numbers: int) -> bytes:
        """The file with records left out."""
        return b"".join(self.part(n) for n in range(len(self.records)) if n not in numbers)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return Written(tmp_path_factory.mktemp("archive"))


def test_an_archive_that_nobody_touched_has_no_fault(written: Written) -> None:
    assert written.faults(written.data) == []
    assert written.faults(written.data, []) == []


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_one_changed_byte_anywhere_is_found_at_its_record(
    written: Written, data: st.DataObject
) -> None:
    # The record that closes the file vouches for the others; none vouches for its packing.
    last = written.records[-1]
    position = data.draw(st.integers(0, last.offset - 1))
    bit = data.draw(st.integers(0, 7))
    changed = bytearray(written.data)
    changed[position] ^= 1 << bit
    faults = written.faults(bytes(changed), [])
    assert faults
    record = next(r for r in written.records if r.offset <= position < r.offset + r.size)
    following = record.offset + record.size
    assert any(f" at {place}" in fault for fault in faults for place in (record.offset, following))


@pytest.mark.parametrize("removed", range(10))
def test_a_removed_record_is_found_without_the_store(written: Written, removed: int) -> None:
    (fault, *_) = written.faults(written.without(removed), [])
    assert f"{written.name} at {written.records[removed].offset}" in fault
    assert f"number {removed} was removed" in fault


def test_several_removed_records_are_counted(written: Written) -> None:
    (fault,) = written.faults(written.without(3, 4, 5), [])
    assert "number 3 to 5 was removed" in fault


def test_records_that_changed_places_are_found(written: Written) -> None:
    order = [0, 3, 4, 1, 2, *range(5, len(written.records))]
    faults = written.faults(b"".join(written.part(n) for n in order), [])
    assert any("record 1 was moved here" in fault for fault in faults)


def test_a_record_that_stands_twice_is_found(written: Written) -> None:
    data = written.data[: written.records[3].offset] + written.part(2) + written.part(3)
    assert any("stands here twice" in fault for fault in written.faults(data, []))


def test_an_end_that_was_cut_off_is_found_by_the_store(written: Written) -> None:
    whole = written.data[: written.records[7].offset]
    faults = written.faults(whole)
    assert len(faults) == 1
    assert f"at {written.captures[4].warc_offset}" in faults[0] or "is gone" in faults[0]
    (cut, *gone) = written.faults(whole[:-7])
    assert "cut off" in cut
    assert len(gone) >= 1


def test_a_file_that_is_gone_is_found(written: Written) -> None:
    written.path.unlink()
    assert verify_archive(written.folder, written.captures) == [
        f"{written.name}: the file is gone, and with it 5 captures"
    ]


def _repack(record: Record, change: Callable[[bytes], bytes], data: bytes) -> bytes:
    stored = data[record.offset : record.offset + record.size]
    return (
        data[: record.offset]
        + gzip.compress(change(gzip.decompress(stored)))
        + data[record.offset + record.size :]
    )


def test_a_changed_page_is_found_even_when_packed_anew(written: Written) -> None:
    record = written.records[1]
    data = _repack(record, lambda raw: raw.replace(b"page 0", b"page 7"), written.data)
    faults = written.faults(data, [])
    place = f"{written.name} at {record.offset}"
    assert any(fault.startswith(f"{place}: the page was changed") for fault in faults)
    assert any("its bytes have another SHA-256" in fault for fault in faults)


def test_a_changed_time_is_found(written: Written) -> None:
    record = written.records[1]
    data = _repack(
        record, lambda raw: raw.replace(b"2026-11-22T09", b"2026-11-21T09"), written.data
    )
    faults = written.faults(data)
    assert any("the time is '2026-11-21T09" in fault for fault in faults)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sha256": "0" * 64}, "the SHA-256 is"),
        ({"url": "https://board.example.org/other"}, "the address is"),
        ({"id": "urn:uuid:other"}, "the id is"),
    ],
)
def test_a_store_that_says_something_else_is_found(
    written: Written, change: dict[str, str], words: str
) -> None:
    capture = replace(written.captures[0], **change)  # type: ignore[arg-type]
    (fault,) = written.faults(written.data, [capture])
    assert words in fault


def test_a_revisit_whose_page_is_gone_is_found(tmp_path: Path) -> None:
    first = WarcArchive(tmp_path, collector=COLLECTOR, clock=Clock())
    earlier = first.store(PAGE, source="board")
    later = first.store(PAGE, source="another")
    first.close()
    (tmp_path / earlier.warc_file).unlink()
    (fault,) = verify_archive(tmp_path, [later])
    assert "refers to cannot be read" in fault


def test_a_file_of_another_program_is_named(tmp_path: Path) -> None:
    (tmp_path / "other.warc.gz").write_bytes(gzip.compress(b"not a record"))
    assert verify_archive(tmp_path, []) == ["other.warc.gz at 0: the record is not a WARC record"]


def test_captures_in_any_order_give_the_same(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path, collector=COLLECTOR, clock=Clock())
    captures = [archive.store(number(n), source=f"source-{n % 3}") for n in range(12)]
    archive.close()
    assert verify_archive(tmp_path, captures) == []
    damaged = tmp_path / captures[0].warc_file
    data = bytearray(damaged.read_bytes())
    data[captures[3].warc_offset + 30] ^= 1
    damaged.write_bytes(data)
    by_file = sorted(captures, key=lambda capture: (capture.warc_file, capture.warc_offset))
    faults = verify_archive(tmp_path, by_file)
    assert len(faults) == 2
    assert sorted(verify_archive(tmp_path, captures)) == sorted(faults)


def test_no_folder_has_no_fault(tmp_path: Path) -> None:
    assert verify_archive(tmp_path / "none", []) == []
