"""Sites that do harm, by mistake or on purpose: each ends in a named outcome, in little memory."""

from __future__ import annotations

import os
import random
import signal
import socket
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.archive import WarcArchive
from crawler.chromium import find_chromium
from crawler.store import open_store
from tests.middlewares.server import Answer, serving
from tests.spiders.test_crawl import (
    NO_RULES,
    Channel,
    all_of,
    command,
    crawl,
    message,
    preview,
    stored,
    telegram,
    wait_for,
)
from tests.spiders.test_evenness import begin, result

QUICK = {"crawl": {"delay": 0, "timeout": 3}}
#: A crawl with everything loaded takes about 120 MB; a page may take a few times its 8 MB.
LARGEST_MB = 400
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
_NOT_HERE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def certify(folder: Path) -> Path:
    """A key and a certificate signed by itself, in one file."""
    made = folder / "server.pem"
    made_by = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 "
    files = f"-keyout {made} -out {folder / 'certificate.pem'}"
    subprocess.run((made_by + files).split(), check=True, capture_output=True)
    made.write_bytes(made.read_bytes() + (folder / "certificate.pem").read_bytes())
    return made


@contextmanager
def speaking(
    say: Callable[[socket.socket], None], *, robots: bool = False, certificate: Path | None = None
) -> Iterator[str]:
    """A server that says to every request, byte by byte, what `say` does (robots.txt: 404)."""
    listening = socket.create_server(("127.0.0.1", 0))
    tls: ssl.SSLContext | None = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)

    def answer(plain: socket.socket) -> None:
        try:
            secured = plain if tls is None else tls.wrap_socket(plain, server_side=True)
        except OSError:
            plain.close()
            return
        with secured as connection:
            try:
                asked = connection.recv(65536)
                if b"/robots.txt" in asked and not robots:
                    connection.sendall(_NOT_HERE)
                else:
                    say(connection)
            except OSError:
                pass  # the crawler hung up, which is what it should do

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        scheme = "http" if tls is None else "https"
        yield f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def silent(connection: socket.socket) -> None:
    time.sleep(30)


def dripping(connection: socket.socket) -> None:
    connection.sendall(_HEAD + b"Content-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.3)


def not_http(connection: socket.socket) -> None:
    connection.sendall(b"\x00\xff SSH-2.0-nothing\r\n\r\n")


def hanging_up(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def endless_headers(connection: socket.socket) -> None:
    connection.sendall(_HEAD)
    line = b"X-More: " + b"y" * 1000 + b"\r\n"
    for _ in range(100_000):
        connection.sendall(line * 100)


def endless_empty_headers(connection: socket.socket) -> None:
    connection.sendall(_HEAD)
    for _ in range(100_000):
        connection.sendall(b"X:\r\n" * 20_000)


def endless_header(connection: socket.socket) -> None:
    connection.sendall(_HEAD + b"X-More: ")
    for _ in range(100_000):
        connection.sendall(b"y" * 100_000)


def endless_folded_header(connection: socket.socket) -> None:
    connection.sendall(_HEAD + b"X-More: y\r\n")
    for _ in range(100_000):
        connection.sendall((b" " + b"y" * 1000 + b"\r\n") * 100)


def endless_interim_answers(connection: socket.socket) -> None:
    for _ in range(100_000):
        connection.sendall(b"HTTP/1.1 100 Continue\r\nX-More: y\r\n\r\n" * 2000)


@pytest.mark.parametrize(
    ("say", "outcomes"),
    [
        (silent, {"timeout"}),
        (dripping, {"timeout"}),
        (hanging_up, {"unreachable", "broken"}),
        (not_http, {"unreachable", "broken"}),
    ],
)
def test_servers_that_do_not_answer_properly(
    tmp_path: Path, say: Callable[[socket.socket], None], outcomes: set[str]
) -> None:
    with speaking(say) as url:
        run = crawl(tmp_path, telegram(url), config=QUICK)
    assert run["outcome"] in outcomes
    assert run["detail"]
    assert run["peak_mb"] < LARGEST_MB


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize(
    "say",
    [
        endless_headers,
        endless_empty_headers,
        endless_header,
        endless_folded_header,
        endless_interim_answers,
    ],
)
def test_headers_without_an_end_are_not_taken(
    tmp_path: Path, say: Callable[[socket.socket], None], *, secure: bool
) -> None:
    asked = 0

    def once(connection: socket.socket) -> None:
        nonlocal asked
        asked += 1
        say(connection)

    certificate = certify(tmp_path) if secure else None
    # Twenty seconds: it is the headers that end it, on a busy machine as well.
    config = {"crawl": {"delay": 0, "timeout": 20}}
    with speaking(once, certificate=certificate) as url:
        run = crawl(tmp_path, telegram(url), config=config)
    assert (run["outcome"], run["pages"], asked) == ("too_large", 0, 1)
    assert "256 KiB or 2000 lines of headers" in run["detail"]
    assert run["peak_mb"] < 200


def test_a_robots_txt_with_headers_without_an_end_forbids(tmp_path: Path) -> None:
    with speaking(endless_headers, robots=True) as url:
        run = crawl(tmp_path, telegram(url), config={"crawl": {"delay": 0, "timeout": 20}})
    assert (run["outcome"], run["pages"]) == ("robots_unreachable", 0)
    assert "lines of headers" in run["detail"]
    assert run["peak_mb"] < 200


@pytest.mark.parametrize("secure", [False, True])
def test_many_and_long_headers_are_taken(tmp_path: Path, *, secure: bool) -> None:
    cookies = [f"Set-Cookie: c{number}={'z' * 900}; Path=/" for number in range(180)]
    policy = "Content-Security-Policy: " + "script-src https://example.org; " * 1000
    head = "\r\n".join([*cookies, policy]).encode() + b"\r\n"
    page = preview("invented", [1]).body

    def say(connection: socket.socket) -> None:
        length = f"Content-Length: {len(page)}\r\n\r\n".encode()
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
        connection.sendall(_HEAD + head + length + page)

    with speaking(say, certificate=certify(tmp_path) if secure else None) as url:
        run = crawl(tmp_path, telegram(url), config=QUICK)
    assert (run["outcome"], run["new"]) == ("ok", 1), run
    store = open_store(f"sqlite:///{tmp_path}/data/foreland.sqlite3")
    (capture,) = store.iter_captures()
    store.close()
    archive = WarcArchive(
        tmp_path / "data" / "archive", collector="test", clock=lambda: datetime.now(UTC)
    )
    kept = archive.load(capture).headers
    archive.close()
    assert sum(name == "Set-Cookie" for name, _ in kept) == len(cookies)


def test_a_silent_robots_txt_forbids(tmp_path: Path) -> None:
    with speaking(silent, robots=True) as url:
        run = crawl(tmp_path, telegram(url), config=QUICK)
    assert (run["outcome"], run["pages"]) == ("robots_unreachable", 0)


def test_a_body_of_a_gigabyte_is_not_taken(tmp_path: Path) -> None:
    sent = 0

    def pour(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
        for _ in range(1024):
            connection.sendall(chunk)
            sent += 0x100000

    with speaking(pour) as url:
        run = crawl(tmp_path, telegram(url), config={"crawl": {"delay": 0, "timeout": 60}})
    assert run["outcome"] == "too_large"
    assert sent < 200_000_000
    assert run["peak_mb"] < LARGEST_MB


def bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b"\0" * 1_000_000
    return b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_is_not_unpacked(tmp_path: Path, layers: int) -> None:
    packed, named = bomb(300), "gzip"
    if layers == 2:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        packed, named = packer.compress(packed) + packer.flush(), "gzip, gzip"
    said = Answer(packed, headers=(("Content-Encoding", named),))
    with serving(lambda path: said if path.startswith("/s/") else NO_RULES) as site:
        run = crawl(tmp_path, telegram(site.url))
    assert run["outcome"] == "too_large"
    assert run["peak_mb"] < LARGEST_MB


@pytest.mark.parametrize("endless", [False, True], ids=["loop", "endless"])
def test_redirects_without_end(tmp_path: Path, endless: bool) -> None:
    def answer(path: str) -> Answer:
        if path == "/robots.txt":
            return NO_RULES
        number = int(parse_qs(urlsplit(path).query).get("n", ["0"])[0]) + 1
        there = f"/s/invented?n={number if endless else number % 2}"
        return Answer(b"", 302, (("Location", there),))

    with serving(answer) as site:
        run = crawl(tmp_path, telegram(site.url))
        assert len(site.asked) < 20
    assert run["outcome"] == "broken"
    assert "redirect" in run["detail"]


@pytest.mark.parametrize("new", [True, False], ids=["new posts", "the same posts"])
def test_paging_without_end_stops_at_the_cap(tmp_path: Path, new: bool) -> None:
    def answer(path: str) -> Answer:
        if path == "/robots.txt":
            return NO_RULES
        page = int(parse_qs(urlsplit(path).query).get("page", ["0"])[0])
        post = page if new else 1
        body = (
            f'<html><body><article id="p{post}">Words {post}</article>'
            f'<a class="next" href="/list?page={page + 1}">more</a></body></html>'
        )
        return Answer(body.encode())

    source = {
        "platform": "webpage",
        "selectors": {"post": "article", "id": "::attr(id)", "next": "a.next::attr(href)"},
        "pace": {"max_pages": 15},
    }
    with serving(answer) as site:
        run = crawl(tmp_path, {**source, "url": f"{site.url}/list"})
    assert (run["outcome"], run["pages"]) == ("ok", 15)
    assert run["detail"] == "stopped at 15 pages (max_pages)"
    assert not run["complete"]
    assert len(stored(tmp_path)) == (15 if new else 1)


WORDS = "Переезд в порт, ціна €900"
HOSTILE_PAGES: list[tuple[str, bytes, str, set[str]]] = [
    (
        "cp1251 that says utf-8",
        message("invented", 1, WORDS[:14]).encode("cp1251"),
        "utf-8",
        {"ok"},
    ),
    ("a charset that is none", message("invented", 1).encode(), "no-such-set", {"ok"}),
    (
        "utf-16 that says nothing",
        message("invented", 1).encode("utf-16"),
        "",
        {"ok", "layout_changed"},
    ),
    (
        "half a letter at the end",
        message("invented", 1, "порт").encode()[:-1] + b"\xd0",
        "utf-8",
        {"ok", "broken"},
    ),
    ("NULs", message("invented", 1, "a\0b").encode(), "utf-8", {"ok"}),
    (
        "never closed",
        b"<html><body>" + message("invented", 1).encode().replace(b"</div>", b""),
        "utf-8",
        {"ok", "broken"},
    ),
    (
        "100,000 deep",
        b"<div>" * 100_000 + message("invented", 1).encode(),
        "utf-8",
        {"ok", "layout_changed", "broken", "empty"},
    ),
    (
        "no markup at all",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
        "",
        {"layout_changed", "broken"},
    ),
    ("nothing", b"", "utf-8", {"layout_changed", "broken", "empty"}),
]


@pytest.mark.parametrize(
    ("body", "charset", "outcomes"),
    [page[1:] for page in HOSTILE_PAGES],
    ids=[page[0] for page in HOSTILE_PAGES],
)
def test_broken_pages(tmp_path: Path, body: bytes, charset: str, outcomes: set[str]) -> None:
    whole = (
        b'<section class="tgme_channel_history">' + body + b"</section></body></html>"
        if b"tgme" in body
        else body
    )
    kind = "text/html" + (f"; charset={charset}" if charset else "")
    said = Answer(whole, headers=(("Content-Type", kind),))
    with serving(lambda path: said if path.startswith("/s/") else NO_RULES) as site:
        run = crawl(tmp_path, telegram(site.url))
    assert run["outcome"] in outcomes, run["detail"]
    assert run["pages"] == 1  # archived, whatever it is
    if outcomes == {"ok"}:
        assert stored(tmp_path) == ["invented/1"]
    assert run["peak_mb"] < LARGEST_MB


def test_a_robots_txt_of_ten_megabytes_is_read_as_far_as_is_due(tmp_path: Path) -> None:
    rules = b"User-agent: *\nDisallow: /s/\n" + b"# an invented remark without end\n" * 330_000
    robots = Answer(rules, headers=(("Content-Type", "text/plain"),))
    assert len(rules) > 10_000_000
    with serving(lambda path: robots if path == "/robots.txt" else NO_RULES) as site:
        run = crawl(tmp_path, telegram(site.url))
        assert site.asked == ["/robots.txt"]
    assert run["outcome"] == "robots_disallowed"
    assert run["peak_mb"] < LARGEST_MB


def test_a_name_that_is_not_found(tmp_path: Path) -> None:
    run = crawl(tmp_path, telegram("http://board.example.org"), no_names=True)
    assert (run["outcome"], run["pages"]) == ("robots_unreachable", 0)
    assert "board.example.org" in run["detail"]


def descendants(process: int) -> list[int]:
    found = []
    for child in Path(f"/proc/{process}/task").glob("*/children"):
        for number in child.read_text().split():
            found += [int(number), *descendants(int(number))]
    return found


@pytest.mark.skipif(find_chromium(None) is None, reason="no Chromium here")
def test_a_browser_that_crashes(tmp_path: Path) -> None:
    slow = True

    def answer(path: str) -> Answer:
        if not path.startswith("/s/"):
            return NO_RULES
        return Answer(preview("invented", range(1, 4)).body, delay=8 if slow else 0)

    config = {"crawl": {"delay": 0, "timeout": 30}}
    with serving(answer) as site:
        source = telegram(site.url, render="js")
        process = begin(tmp_path, source, config=config)
        wait_for(lambda: any(path.startswith("/s/") for path in site.asked), 60)
        for number in descendants(process.pid):
            name = Path(f"/proc/{number}/comm")
            if name.exists() and "chrom" in name.read_text():
                os.kill(number, signal.SIGKILL)
        crashed = result(process)
        slow = False
        again = crawl(tmp_path, source, config=config)
    # Started anew and asked again, or given up with a name: never a hang, never a doubled post.
    assert crashed["outcome"] in {"browser_failed", "ok"}, crashed
    assert again["outcome"] in {"ok", "unchanged"}, again
    assert stored(tmp_path) == all_of(3)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB. Only the administrator of a machine can make one."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root mounts a tmpfs; the limit on file sizes is tested for everyone")
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told_and_the_next_run_goes_on(small_disk: Path) -> None:
    channel = Channel(100)
    # Text that does not pack, so that it is the archive as well as the store that fills it.
    channel.text = random.Random(1).randbytes(20_000).hex(" ", 8)  # noqa: S311
    config: dict[str, Any] = {"crawl": {"delay": 0, "timeout": 20}}
    with serving(channel) as site:
        done = subprocess.run(
            command(small_disk, telegram(site.url), config=config),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 2, done.stdout
        # Whichever of the two it was that met the end of the disk.
        assert "full" in done.stderr or "No space left" in done.stderr
        assert "Traceback" not in done.stderr
        subprocess.run(["mount", "-o", "remount,size=100m", str(small_disk)], check=True)
        run = crawl(small_disk, telegram(site.url), config=config)
    assert run["outcome"] == "ok"
    assert stored(small_disk) == all_of(100)
    store = open_store(f"sqlite:///{small_disk}/data/foreland.sqlite3")
    counts = store.counts()
    store.close()
    assert counts.revisions == counts.posts == 100
