"""What Scrapy is told for the crawl of one source."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crawler.app.crawl_settings import crawl_settings
from crawler.config import Config
from spiders.source import Source


@pytest.mark.parametrize(
    ("pace", "delay", "throttled"), [({}, 3.0, True), ({"delay": 0}, 0, False)]
)
def test_a_source_sets_its_own_pace(
    tmp_path: Path, pace: dict[str, Any], delay: float, throttled: bool
) -> None:
    config = Config.model_validate({"workspace": tmp_path, "crawl": {"delay": 3.0, "timeout": 7}})
    source = Source.model_validate(
        {
            "name": "one",
            "platform": "webpage",
            "url": "https://example.org/",
            "purpose": "a test",
            "authority": "TEST-1",
            "review_date": date(2100, 1, 1),
            "pace": pace,
        }
    )
    settings = crawl_settings(config, source, concurrency=2)
    assert settings.getfloat("DOWNLOAD_DELAY") == delay
    assert settings.getbool("AUTOTHROTTLE_ENABLED") is throttled
    assert settings.getfloat("DOWNLOAD_TIMEOUT") == 7
    assert settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == 2
    assert "PLAYWRIGHT_LAUNCH_OPTIONS" not in settings
