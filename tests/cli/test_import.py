"""`foreland import` and `foreland export-wacz` as commands."""

from __future__ import annotations

from pathlib import Path

from crawler.store import open_store
from tests.archive.test_sealing import Desk
from tests.imports.test_readers import INSTAGRAM, TIKTOK, line
from tests.system.commands import foreland

REASON = ("--purpose", "Op EXAMPLE", "--authority", "EX-1")


def test_a_file_is_imported_and_its_bad_lines_told(tmp_path: Path) -> None:
    (tmp_path / "foreland.toml").write_text("")
    (tmp_path / "sources").mkdir()
    file = tmp_path / "zee.ndjson"
    file.write_bytes(
        b"\n".join([line("tiktok.com", TIKTOK), b"{", line("instagram.com", INSTAGRAM)])
    )
    refused = foreland(tmp_path, "import", "zee.ndjson")
    assert refused.returncode == 2
    assert "--purpose: is needed" in refused.stderr
    done = foreland(tmp_path, "import", "zee.ndjson", *REASON)
    assert done.returncode == 1
    assert "zee.ndjson: line 2: is not JSON" in done.stderr
    assert (
        "zeeschuimer: 2 posts (2 new, 0 changed, 0 same): 1 of tiktok, 1 of instagram"
        in done.stdout
    )
    wrong = foreland(tmp_path, "import", "zee.ndjson", "--map", "words=x", *REASON)
    assert (wrong.returncode, "fields: text" in wrong.stderr) == (2, True)
    verified = foreland(tmp_path, "verify")
    assert verified.returncode == 0, verified.stdout


def test_a_capture_is_exported_once_and_it_is_logged(tmp_path: Path) -> None:
    (tmp_path / "foreland.toml").write_text("")
    desk = Desk(tmp_path)
    desk.run(0)
    capture = next(desk.store.iter_captures())
    desk.store.close()
    begins = capture.id.removeprefix("urn:uuid:")[:12]
    words = ("export-wacz", begins, "--out", "one.wacz", "--reason", "For the court")
    done = foreland(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "one.wacz").read_bytes().startswith(b"PK")
    again = foreland(tmp_path, *words)
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    store = open_store(desk.config.database_url)
    last = store.last_event()
    store.close()
    assert last is not None
    assert (last.kind, last.object) == ("disclosure", f"wacz:{capture.id}")
    assert last.reason == "For the court (one.wacz)"
