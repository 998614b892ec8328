"""Keeps between runs what is derived from the word lists, in the user's cache folder.

To read and fold all word lists takes two seconds, most of the wait for a first answer, and
they change only with a new version. So what was derived from them is kept on disk, as plain
data, with a digest of everything that it came from: the bytes of the lists, the bytes of our
code, and the version of Python. A file with another digest is made anew, and so is one that
is damaged, or that somebody else could have written. Where nothing can be kept (a full disk,
a read-only home) the lists are read each time, as they are at the first run.
"""

from __future__ import annotations

import hashlib
import logging
import marshal
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeVar

Plain = TypeVar("Plain")

_log = logging.getLogger(__name__)
_PROJECT = Path(__file__).parents[1]
_DIGEST_SIZE = hashlib.sha256().digest_size
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def _digest_of(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


#: A list is read once a process, and later things are derived from what was read then: a list
#: that is edited meanwhile counts with the bytes that it had when it was first asked for.
_first_digest_of = cache(_digest_of)


def _digest_code() -> bytes:
    """Of all modules that may have a part in what is derived; empty if they are no files."""
    paths = sorted([*_PROJECT.glob("nlp/**/*.py"), *_PROJECT.glob("crawler/*.py")])
    try:
        return _join(paths, _digest_of) if paths else b""
    except OSError:
        return b""


def _join(paths: Iterable[Path], digest_of: Callable[[Path], bytes]) -> bytes:
    whole = hashlib.sha256()
    for path in paths:
        whole.update(hashlib.sha256(os.fsencode(path)).digest())
        whole.update(digest_of(path))
    return whole.digest()


#: As it was when this process loaded it: an update may replace the files of one that runs on.
_CODE = _digest_code()


def from_cache(name: str, sources: Sequence[Path], derive: Callable[[], Plain]) -> Plain:
    """What `derive` gives, or what it gave in an earlier run from the same bytes.

    Args:
        name: of the file in the cache: one for each thing that is derived.
        sources: every data file that `derive` reads, in an order that stays the same.
        derive: makes it anew: numbers, strings, None, and tuples, lists, sets and
            dictionaries of them, in their plain types.

    Raises:
        Exception: what `derive` raises. What is wrong with the cache is only logged.
    """
    try:
        key = _key(sources, _first_digest_of)
        path = _path_of(name)
    except (OSError, RuntimeError) as error:
        _log.debug("word lists: no cache for %s: %s", name, error)
        return derive()
    try:
        return marshal.loads(_read(path, key))  # type: ignore[no-any-return] # noqa: S302
    except (OSError, ValueError) as error:
        _log.debug("word lists: %s is derived anew: %s", name, error)
    derived = derive()
    try:
        # What is edited while it is read may have been read before the edit or after it.
        if key == _key(sources, _digest_of) and _digest_code() == _CODE:
            _write(path, key, marshal.dumps(derived))  # type: ignore[arg-type]
    except OSError as error:
        _log.debug("word lists: %s is not kept: %s", name, error)
    return derived


def _key(sources: Sequence[Path], digest_of: Callable[[Path], bytes]) -> bytes:
    """Of everything that a thing is derived from.

    Raises:
        OSError: some of it cannot be read.
    """
    if not _CODE:
        raise OSError("the code is not in files")
    return _CODE + _join(sources, digest_of) + sys.version.encode()


def _path_of(name: str) -> Path:
    """Where a thing is kept.

    Each installation has files of its own: two do not take turns in replacing one.

    Raises:
        OSError, RuntimeError: this user has no folder for caches.
    """
    if os.name != "posix":
        raise OSError("whose a file is can be told on POSIX systems only")
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if given.is_absolute():  # any other is to be passed over, says the XDG specification
        caches = given
    else:
        caches = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    installation = hashlib.sha256(os.fsencode(_PROJECT)).hexdigest()[:12]
    return caches / "foreland" / f"{name}-{installation}.bin"


def _read(path: Path, key: bytes) -> memoryview:
    """The data of a file that this user alone can have written, and of this key.

    Raises:
        OSError: it is not there or cannot be read.
        ValueError: it is of another key, damaged or not to be trusted.
    """
    _check(os.lstat(path.parent), stat.S_IFDIR)
    # Neither a link to elsewhere, nor a pipe that nobody writes to.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - of a descriptor
        _check(os.fstat(descriptor), stat.S_IFREG)
        content = memoryview(file.read())
    digest, data = content[:_DIGEST_SIZE], content[_DIGEST_SIZE:]
    if digest != _digest(key, data):
        raise ValueError("it was derived from other lists or by other code, or is damaged")
    return data


def _check(status: os.stat_result, kind: int) -> None:
    if stat.S_IFMT(status.st_mode) != kind:
        raise ValueError("it is no plain file in a folder")
    if status.st_uid != os.geteuid() or status.st_mode & _WRITABLE_BY_OTHERS:
        raise ValueError("others may have written it")


def _write(path: Path, key: bytes, data: bytes) -> None:
    """Put a file in its place at once, so that whoever reads it meanwhile sees all or none.

    Raises:
        OSError: it cannot be written here.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor
            file.write(_digest(key, data))
            file.write(data)
        Path(temporary).replace(path)
    except BaseException:  # a person who stops the command leaves no part of a file either
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def _digest(key: bytes, data: bytes | memoryview) -> bytes:
    whole = hashlib.sha256(key)
    whole.update(data)
    return whole.digest()
