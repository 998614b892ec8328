"""What is kept between runs: never of other lists or other code, never of somebody else."""

from __future__ import annotations

import json
import logging
import marshal
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import pytest

from nlp import disk_cache
from nlp.gazetteer.load import load_gazetteer
from nlp.identify import load_identifier
from nlp.language_data import load_languages
from nlp.route_words import load_route_words, make_route_words

AS_ROOT = os.geteuid() == 0


class Setting:
    """A list, a cache folder, and code of the project; each `run` is one of a new process."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.caches = folder / "caches"
        self.list = folder / "list.yml"
        self.code = folder / "project" / "nlp" / "code.py"
        self.code.parent.mkdir(parents=True)
        self.code.write_text("once = 1\n")
        self.list.write_text("boat lorry")
        self.derived = 0
        monkeypatch.setenv("XDG_CACHE_HOME", str(self.caches))
        self._monkeypatch = monkeypatch

    def run(self) -> list[str]:
        """What a new process has of the list."""
        disk_cache._first_digest_of.cache_clear()
        self._monkeypatch.setattr(disk_cache, "_PROJECT", self.code.parents[1])
        self._monkeypatch.setattr(disk_cache, "_CODE", disk_cache._digest_code())
        return self.ask()

    def ask(self) -> list[str]:
        """The same in a process that runs already."""
        return disk_cache.from_cache("words", [self.list], self._derive)

    def _derive(self) -> list[str]:
        self.derived += 1
        return self.list.read_text().split()

    @property
    def file(self) -> Path:
        """The one file in the cache."""
        (path,) = (self.caches / "foreland").iterdir()
        return path


@pytest.fixture
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Setting:
    return Setting(tmp_path, monkeypatch)


def test_a_second_run_derives_nothing(setting: Setting) -> None:
    assert setting.run() == setting.run() == ["boat", "lorry"]
    assert setting.derived == 1


def test_only_the_user_may_read_what_is_kept(setting: Setting) -> None:
    setting.run()
    assert setting.file.stat().st_mode & 0o777 == 0o600
    assert setting.file.parent.stat().st_mode & 0o777 == 0o700


def test_an_edited_list_is_read_anew_though_size_and_time_are_the_same(setting: Setting) -> None:
    setting.run()
    before = setting.list.stat()
    setting.list.write_text("boat train")
    os.utime(setting.list, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert setting.list.stat().st_size == before.st_size
    assert setting.run() == ["boat", "train"]
    assert setting.run() == ["boat", "train"]
    assert setting.derived == 2


def test_changed_code_derives_anew(setting: Setting) -> None:
    setting.run()
    setting.code.write_text("once = 2\n")
    setting.run()
    assert setting.derived == 2


@pytest.mark.parametrize("change", ["another name", "one more", "another Python"])
def test_all_that_has_a_part_counts(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    setting.run()
    if change == "another name":
        setting.list = setting.list.rename(setting.list.with_name("other.yml"))
    elif change == "one more":
        (setting.code.parent / "more.py").write_text("")
    else:
        monkeypatch.setattr(sys, "version", "4.0")
    setting.run()
    assert setting.derived == 2


def test_code_that_is_replaced_under_a_running_process_keeps_nothing(setting: Setting) -> None:
    setting.run()
    setting.file.unlink()
    setting.code.write_text("once = 2\n")
    assert setting.ask() == ["boat", "lorry"]
    assert list((setting.caches / "foreland").iterdir()) == []


def test_a_list_that_is_edited_while_it_is_read_is_not_kept(setting: Setting) -> None:
    def edit() -> list[str]:
        words = setting._derive()
        setting.list.write_text("boat train")
        return words

    assert disk_cache.from_cache("words", [setting.list], edit) == ["boat", "lorry"]
    assert not setting.caches.exists()
    assert setting.run() == ["boat", "train"]


def test_what_is_derived_from_lists_read_before_an_edit_is_not_kept_for_those_after_it(
    setting: Setting,
) -> None:
    first = setting.run()
    setting.list.write_text("boat train")
    counts = disk_cache.from_cache("counts", [setting.list], lambda: len(first))
    assert counts == 2
    assert [path.name[:5] for path in (setting.caches / "foreland").iterdir()] == ["words"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:10],
        lambda content: content[:-1],
        lambda content: content + b"\0",
        lambda content: content[:-3] + b"xyz",
        lambda content: b"\0" * len(content),
        lambda content: marshal.dumps(["evil"]),
    ],
    ids=["empty", "cut short", "one byte short", "longer", "altered", "zeros", "foreign"],
)
def test_a_damaged_file_is_made_anew(setting: Setting, damage: Callable[[bytes], bytes]) -> None:
    setting.run()
    whole = setting.file.read_bytes()
    setting.file.write_bytes(damage(whole))
    assert setting.run() == ["boat", "lorry"]
    assert setting.derived == 2
    assert setting.file.read_bytes() == whole


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_made_anew(setting: Setting, mode: int) -> None:
    setting.run()
    setting.file.chmod(mode)
    assert setting.run() == ["boat", "lorry"]
    assert setting.derived == 2
    assert setting.file.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_others_may_write_is_not_used(setting: Setting) -> None:
    setting.run()
    setting.file.parent.chmod(0o777)
    assert setting.run() == setting.run() == ["boat", "lorry"]
    assert setting.derived == 3
    assert setting.file.parent.stat().st_mode & 0o777 == 0o777


@pytest.mark.parametrize("foreign", ["file", "folder"])
def test_what_another_user_owns_is_not_read(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, foreign: str
) -> None:
    setting.run()
    if AS_ROOT:
        os.chown(setting.file if foreign == "file" else setting.file.parent, 12345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert setting.run() == ["boat", "lorry"]
    assert setting.derived == 2


def test_links_and_pipes_are_not_followed(setting: Setting, tmp_path: Path) -> None:
    setting.run()
    elsewhere = tmp_path / "elsewhere"
    setting.file.rename(elsewhere)
    link = setting.caches / "foreland" / disk_cache._path_of("words").name
    link.symlink_to(elsewhere)
    setting.run()
    assert setting.derived == 2
    assert not link.is_symlink()
    link.unlink()
    os.mkfifo(link, 0o600)
    setting.run()
    assert setting.derived == 3
    assert link.is_file()


def test_a_folder_that_is_a_link_is_not_used(setting: Setting, tmp_path: Path) -> None:
    setting.run()
    folder = setting.file.parent
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    setting.run()
    assert setting.derived == 2


@pytest.mark.parametrize("fault", ["no folder", "read-only", "no home", "cannot be replaced"])
def test_nothing_is_lost_where_nothing_can_be_kept(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger=disk_cache.__name__)
    if fault == "no folder":
        setting.caches.write_text("a file")
    elif fault == "read-only":  # as it would be for anyone but root
        monkeypatch.setattr(tempfile, "mkstemp", _fail)
    elif fault == "no home":
        monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
        monkeypatch.setattr(Path, "home", _fail)
    else:
        monkeypatch.setattr(Path, "replace", _fail)
    assert setting.run() == setting.run() == ["boat", "lorry"]
    assert setting.derived == 2
    assert {record.levelno for record in caplog.records} == {logging.DEBUG}
    assert list(setting.caches.glob("foreland/*")) == []


def _fail(*_: object, **__: object) -> NoReturn:
    raise OSError(30, "Read-only file system")


def test_a_disk_that_is_full_before_the_end_leaves_nothing(setting: Setting) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, limits[1]))
    try:
        assert setting.run() == ["boat", "lorry"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert list(setting.caches.glob("foreland/*")) == []
    assert setting.run() == setting.run()
    assert setting.derived == 2


def test_a_list_that_is_not_there_is_told_of_by_its_reader(setting: Setting) -> None:
    setting.list.unlink()
    with pytest.raises(FileNotFoundError):
        setting.run()


def test_a_reader_never_sees_half_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "foreland" / "words.bin"
    data = [bytes([letter]) * 2_000_000 for letter in range(4)]
    disk_cache._write(path, b"key", data[0])

    def write(one: bytes) -> None:
        for _ in range(5):
            disk_cache._write(path, b"key", one)

    with ThreadPoolExecutor(len(data)) as pool:
        writers = [pool.submit(write, one) for one in data]
        while not all(writer.done() for writer in writers):
            assert bytes(disk_cache._read(path, b"key")) in data
    for writer in writers:
        writer.result()
    assert [one.name for one in path.parent.iterdir()] == ["words.bin"]


def test_each_installation_and_each_thing_has_a_file_of_its_own(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    setting.run()
    disk_cache.from_cache("more", [setting.list], lambda: 1)
    assert len(list((setting.caches / "foreland").iterdir())) == 2
    here = disk_cache._path_of("words")
    monkeypatch.setattr(disk_cache, "_PROJECT", tmp_path)
    assert disk_cache._path_of("words") != here


@pytest.mark.parametrize(
    ("platform", "folder"), [("linux", ".cache"), ("darwin", "Library/Caches")]
)
def test_caches_are_where_the_platform_has_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, folder: str
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", platform)
    assert disk_cache._path_of("words").parent == tmp_path / folder / "foreland"


def test_what_is_kept_of_the_lists_is_what_they_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    loaders: list[Callable[[], Any]] = [
        load_languages.__wrapped__,
        load_gazetteer.__wrapped__,
        load_route_words.__wrapped__,
        lambda: load_identifier.__wrapped__().__dict__["_claims"]["Latn"]._words,
    ]
    for loader in loaders:
        kept = len(list(tmp_path.glob("foreland/*.bin")))
        derived = loader()
        assert len(list(tmp_path.glob("foreland/*.bin"))) == kept + 1
        with monkeypatch.context() as context:
            context.setattr(disk_cache, "_write", _miss)
            assert loader() == derived
    own = {code: make_route_words(language) for code, language in load_languages().items()}
    assert load_route_words.__wrapped__() == own


def _miss(*_: object) -> NoReturn:
    raise AssertionError("it was derived, and not read")


@pytest.mark.slow
def test_the_command_answers_the_same_with_and_without_what_was_kept(tmp_path: Path) -> None:
    line = json.dumps({"id": 1, "text": "قایق به انگلیس ۲۵۰۰ پوند، پرداخت بعد از رسیدن"})

    def answer() -> str:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "crawler.cli", "analyse", "--jsonl"],
            input=line + "\n",
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        return done.stdout

    first = answer()
    assert json.loads(first)["language"] == "fa"
    files = sorted(tmp_path.glob("foreland/*"))
    assert files
    assert answer() == first
    for file in files:
        file.write_bytes(file.read_bytes()[:-100])
    assert answer() == first
