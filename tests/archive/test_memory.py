"""The archive in memory."""

from __future__ import annotations

import pytest

from crawler.archive import MemoryArchive
from crawler.ports import Archive
from tests.contracts.archive import PAGE, ArchiveContract, MakeArchive


class TestMemoryArchive(ArchiveContract):
    @pytest.fixture
    def make_archive(self) -> MakeArchive:
        def make() -> Archive:
            return MemoryArchive()

        return make


def test_one_payload_is_kept_for_two_captures() -> None:
    archive = MemoryArchive()
    first = archive.store(PAGE, source="board")
    archive.store(PAGE, source="another")
    assert archive.payloads == {first.sha256: PAGE.body}
