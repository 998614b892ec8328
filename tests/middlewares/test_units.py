"""What the middlewares decide, without a network."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request

from crawler import settings
from crawler.chromium import find_chromium, launch_arguments
from crawler.middlewares.browser import Unwanted
from crawler.middlewares.onsite import OnsiteMiddleware
from crawler.middlewares.refusal import Refused
from crawler.middlewares.retry import retry_after
from crawler.types import Outcome

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"30", 30.0),
        (b" 0 ", 0.0),
        (b"Sun, 01 Nov 2026 12:01:00 GMT", 60.0),
        (b"Sun, 01 Nov 2026 11:00:00 GMT", 0.0),
        (b"soon", None),
        (b"-5", None),
        (b"", None),
        (None, None),
    ],
)
def test_retry_after(value: bytes | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    ("kind", "url", "here", "unwanted"),
    [
        ("document", "https://board.example.org/", "about:blank", False),
        ("script", "https://board.example.org/a.js", "https://board.example.org/", False),
        ("xhr", "https://board.example.org/api", "https://board.example.org/", False),
        ("script", "https://ads.example.org/a.js", "https://board.example.org/", True),
        ("document", "https://ads.example.org/frame", "https://board.example.org/", True),
        ("image", "https://board.example.org/a.png", "https://board.example.org/", True),
        ("media", "https://board.example.org/a.mp4", "about:blank", True),
        ("script", "blob:https://board.example.org/1", "https://board.example.org/", False),
    ],
)
def test_what_a_browser_must_not_load(kind: str, url: str, here: str, unwanted: bool) -> None:
    assert Unwanted()(asked(kind, url, here)) is unwanted


def asked(kind: str, url: str, here: str, *, framed: bool = False) -> Any:
    outer = object() if framed else None
    frame = SimpleNamespace(page=SimpleNamespace(url=here), parent_frame=outer)
    return SimpleNamespace(resource_type=kind, url=url, frame=frame)


@pytest.mark.parametrize(
    ("kind", "url", "framed", "unwanted"),
    [
        ("script", "https://cdn.example.org/a.js", False, False),
        ("script", "https://eu.cdn.example.org/a.js", False, False),
        ("script", "https://notcdn.example.org/a.js", False, True),
        ("image", "https://cdn.example.org/a.png", False, True),
        ("document", "https://cdn.example.org/", False, True),
        ("document", "https://cdn.example.org/", True, False),
    ],
)
def test_what_an_allowed_host_may_bring(kind: str, url: str, framed: bool, unwanted: bool) -> None:
    allowed = Unwanted(("cdn.example.org",))
    request = asked(kind, url, "https://board.example.org/", framed=framed)
    assert allowed(request) is unwanted


def test_a_screenshot_needs_pictures_of_the_same_hosts_alone() -> None:
    pictures = Unwanted(pictures=True)
    here = "https://board.example.org/"
    assert not pictures(asked("image", "https://board.example.org/a.png", here))
    assert not pictures(asked("stylesheet", "https://board.example.org/a.css", here))
    assert pictures(asked("image", "https://ads.example.org/a.png", here))


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://board.example.org/x", True),
        ("https://www.board.example.org/x", True),
        ("https://other.board.example.org/x", False),
        ("http://127.0.0.1/admin", False),
        ("http://169.254.169.254/latest", False),
    ],
)
def test_a_crawl_stays_on_its_site(url: str, allowed: bool) -> None:
    spider = SimpleNamespace(allowed_domains=["board.example.org"])
    middleware = OnsiteMiddleware(SimpleNamespace(spider=spider))  # type: ignore[arg-type]
    if allowed:
        middleware.process_request(Request(url))
        return
    with pytest.raises(Refused) as refused:
        middleware.process_request(Request(url))
    assert refused.value.outcome is Outcome.GONE


def test_a_configured_browser_is_taken_or_none_is(tmp_path: Path) -> None:
    program = tmp_path / "chromium"
    assert find_chromium(program) is None
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    assert find_chromium(program) is None
    program.chmod(0o755)
    assert find_chromium(program) == program


def test_a_browser_is_found_by_variable_path_and_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "cache"))
    monkeypatch.delenv("FORELAND_CHROMIUM", raising=False)
    assert find_chromium(None) is None
    downloaded = tmp_path / "cache" / "chromium-1200" / "chrome-linux" / "chrome"
    downloaded.parent.mkdir(parents=True)
    for program, name in (
        (downloaded, None),
        (tmp_path / "google-chrome", None),
        (tmp_path / "named", "FORELAND_CHROMIUM"),
    ):
        program.write_text("#!/bin/sh\n", encoding="utf-8")
        program.chmod(0o755)
        if name:
            monkeypatch.setenv(name, str(program))
        assert find_chromium(None) == program


def test_the_sandbox_is_left_out_for_root_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert "--no-sandbox" in launch_arguments()
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "--no-sandbox" not in launch_arguments()


def test_the_settings_open_no_port_and_keep_nothing_alive() -> None:
    assert settings.TELNETCONSOLE_ENABLED is False
    assert settings.REMOTE_CONTROL_ENABLED is False
    assert settings.COOKIES_ENABLED is False
    assert settings.ROBOTSTXT_OBEY is True
    assert settings.DOWNLOAD_MAXSIZE <= 8_000_000
    plain = (str, int, float, bool, list, dict)
    live = {n: v for n, v in vars(settings).items() if n.isupper() and not isinstance(v, plain)}
    assert live == {}
