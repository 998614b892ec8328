"""The audit log vouches for the archive's files, and a timestamp authority for the log."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from crawler.app.sealing import seal, verify
from crawler.archive import WarcArchive
from crawler.archive.timestamps import check_timestamp, load_authorities, request_timestamp
from crawler.config import Config
from crawler.errors import ArchiveError
from crawler.store import open_store
from tests.archive.test_warc import number


class Desk:
    """A workspace with some runs in its archive, each in a file of its own."""

    def __init__(self, folder: Path, **timestamps: Any) -> None:
        self.folder = folder / "data/archive"
        self.config = Config.model_validate({"workspace": folder, "archive_timestamps": timestamps})
        self.store = open_store(self.config.database_url)

    def run(self, first: int, *, known: bool = True) -> Path:
        """Archive three pages; `known`: the store has their captures."""
        archive = WarcArchive(self.folder, collector="me", clock=lambda: datetime.now(UTC))
        captures = [archive.store(number(first + n), source="board") for n in range(3)]
        archive.close()
        if known:
            with self.store.transaction():
                for capture in captures:
                    self.store.add_capture(capture)
        seal(self.config, self.store, archive.written, user="me", clock=lambda: datetime.now(UTC))
        return self.folder / captures[0].warc_file

    def faults(self) -> tuple[str, ...]:
        return verify(self.config, self.store).faults

    def sql(self, statement: str) -> None:
        """What somebody with the database file could do to it."""
        engine = create_engine(self.config.database_url)
        with engine.begin() as connection:
            connection.execute(text(statement))
        engine.dispose()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.store.close()


def test_what_nobody_touched_has_no_fault(desk: Desk) -> None:
    desk.run(0)
    desk.run(3)
    found = verify(desk.config, desk.store)
    assert found.faults == ()
    assert (found.captures, found.sealed, found.events, found.timestamps) == (6, 2, 2, 0)


@pytest.mark.parametrize("known", [True, False])
def test_every_changed_byte_is_found_and_its_file_named(desk: Desk, known: bool) -> None:
    path = desk.run(0, known=known)
    data = path.read_bytes()
    # Every byte of the last record, which no later record vouches for, and a sample before.
    tail = data.rindex(b"\x1f\x8b\x08")
    places = [*range(0, tail, 37), *range(tail, len(data), 5), len(data) - 1]
    for place in places:
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
        faults = desk.faults()
        assert faults, place
        assert all(path.name in fault for fault in faults), place
    path.write_bytes(data)
    assert desk.faults() == ()


@pytest.mark.parametrize("known", [True, False])
def test_a_cut_off_end_is_found(desk: Desk, known: bool) -> None:
    path = desk.run(0, known=known)
    data = path.read_bytes()
    tail = data.rindex(b"\x1f\x8b\x08")
    for end in (tail, tail - 1, len(data) - 1, 0):
        path.write_bytes(data[:end])
        assert any(f"{path.name} at {end}: " in fault for fault in desk.faults()), end


@pytest.mark.parametrize("known", [True, False])
def test_a_file_that_is_gone_is_found(desk: Desk, known: bool) -> None:
    path = desk.run(0, known=known)
    desk.run(3)
    path.unlink()
    (fault,) = desk.faults()
    assert path.name in fault
    assert "the file is gone" in fault


def test_what_was_added_is_found(desk: Desk) -> None:
    path = desk.run(0)
    other = desk.run(3)
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + other.read_bytes())
    assert any("were added after it was sealed" in fault for fault in desk.faults())
    assert any(f"at {size}" in fault for fault in desk.faults())


def test_files_that_changed_places_are_found(desk: Desk) -> None:
    path, other = desk.run(0), desk.run(3)
    one, two = path.read_bytes(), other.read_bytes()
    path.write_bytes(two)
    other.write_bytes(one)
    faults = desk.faults()
    assert any(path.name in fault for fault in faults)
    assert any(other.name in fault for fault in faults)


def test_a_seal_that_was_changed_or_removed_is_found(desk: Desk) -> None:
    for first in (0, 3, 6):
        desk.run(first)
    desk.sql("UPDATE events SET reason = 'sealed: nothing' WHERE seq = 2")
    assert "event 2: was changed after it was written" in desk.faults()
    desk.sql("DELETE FROM events WHERE seq = 2")
    assert any("event 2" in fault and "removed" in fault for fault in desk.faults())


# --- timestamps -------------------------------------------------------------------------


class Authority:
    """A timestamp authority made with openssl: a root, and a signer under it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "tsa.cnf").write_text(
            "[req]\ndistinguished_name = dn\n[dn]\n[ca]\nbasicConstraints = critical, CA:true\n"
            "keyUsage = critical, keyCertSign\n[signer]\nbasicConstraints = CA:false\n"
            "extendedKeyUsage = critical, timeStamping\n[tsa]\ndefault_tsa = one\n[one]\n"
            f"serial = {folder}/serial\nsigner_cert = {folder}/signer.pem\n"
            f"certs = {folder}/ca.pem\nsigner_key = {folder}/signer.key\n"
            "signer_digest = sha256\ndefault_policy = 1.2.3.4\ndigests = sha256\n"
            "ordering = no\ness_cert_id_chain = no\ness_cert_id_alg = sha256\n"
        )
        (folder / "serial").write_text("01\n")
        root = "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30"
        self.openssl(*root.split(), "-subj", "/CN=Invented root", "-extensions", "ca")
        ask = "req -newkey rsa:2048 -nodes -keyout signer.key -out signer.csr"
        self.openssl(*ask.split(), "-subj", "/CN=Invented signer")
        sign = "x509 -req -in signer.csr -CA ca.pem -CAkey ca.key -set_serial 2 -days 30"
        self.openssl(*sign.split(), "-out", "signer.pem", "-extensions", "signer", "-extfile",
                     "tsa.cnf", config=False)  # fmt: skip

    @property
    def root(self) -> Path:
        return self.folder / "ca.pem"

    def openssl(self, *words: str, config: bool = True) -> None:
        more = ["-config", "tsa.cnf"] if config else []
        done = subprocess.run(
            ["openssl", *words, *more], cwd=self.folder, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr

    def answer(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        self.openssl("ts", "-reply", "-queryfile", "query", "-out", "reply")
        return (self.folder / "reply").read_bytes()

    @contextmanager
    def serving(self, spoil: bytes | None = None) -> Iterator[str]:
        """Its address. `spoil` is answered in place of a timestamp."""
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                answer = authority.answer(query) if spoil is None else spoil
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "tsa")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger") / "tsa")


def test_a_timestamp_is_of_its_text_and_its_authority(
    authority: Authority, stranger: Authority
) -> None:
    with authority.serving() as url:
        token = request_timestamp(url, "a head", timeout=20)
    roots = load_authorities(authority.root)
    moment = check_timestamp(token, "a head", roots)
    assert abs((datetime.now(UTC) - moment).total_seconds()) < 300
    with pytest.raises(ValueError, match="another digest"):
        check_timestamp(token, "another head", roots)
    with pytest.raises(ValueError, match="signature does not hold"):
        check_timestamp(token, "a head", load_authorities(stranger.root))
    assert check_timestamp(token, "a head", []) == moment


def test_an_answer_that_is_no_timestamp_is_refused(authority: Authority) -> None:
    with authority.serving() as url:
        other = request_timestamp(url, "something else", timeout=20)
    for spoil in (b"no DER", b"", other):
        with authority.serving(spoil) as url, pytest.raises(ArchiveError, match="timestamp"):
            request_timestamp(url, "a head", timeout=20)
    with pytest.raises(ArchiveError, match="gave no timestamp"):
        request_timestamp(url, "a head", timeout=2)


def test_the_log_is_stamped_and_verified(tmp_path: Path, authority: Authority) -> None:
    with authority.serving() as url:
        desk = Desk(tmp_path, url=url, ca=authority.root, timeout=20)
        desk.run(0)
        desk.run(3)
    found = verify(desk.config, desk.store)
    assert found.faults == ()
    assert found.timestamps == 2
    assert any("event 3 and all before it existed at" in note for note in found.notes)
    stamps = sorted((desk.folder / "timestamps").glob("*.tsr"))
    data = stamps[0].read_bytes()
    stamps[0].write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    assert any("the timestamp was changed" in fault for fault in desk.faults())
    stamps[0].write_bytes(data)
    assert desk.faults() == ()
    # The end of the log is cut off: no chain shows that, the timestamp does.
    desk.sql("DELETE FROM events WHERE seq >= 3")
    assert any("event 3, which it stamps, was changed or removed" in one for one in desk.faults())
    stamps[0].unlink()
    assert any("the timestamp is gone" in one for one in desk.faults())
    desk.store.close()


def test_a_timestamp_by_a_stranger_is_not_good(
    tmp_path: Path, authority: Authority, stranger: Authority
) -> None:
    with stranger.serving() as url:
        desk = Desk(tmp_path, url=url, ca=authority.root, timeout=20)
        desk.run(0)
    assert any("signature does not hold" in fault for fault in desk.faults())
    unchecked = Desk(tmp_path, url=url)
    found = verify(unchecked.config, unchecked.store)
    assert found.faults == ()
    assert any("signatures were not checked" in note for note in found.notes)
    unchecked.store.close()
    desk.store.close()


def test_an_authority_that_does_not_answer_stops_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path, url="http://127.0.0.1:9/", timeout=2)
    desk.run(0)
    found = verify(desk.config, desk.store)
    assert (found.faults, found.timestamps, found.sealed) == ((), 0, 1)
    desk.store.close()
