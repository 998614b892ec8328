"""Whole crawls of sites that answer in JSON, and of a sitemap, on the loopback interface."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.middlewares.server import Answer, serving
from tests.spiders.test_crawl import NO_RULES, crawl, stored


def said(data: Any) -> Answer:
    return Answer(json.dumps(data).encode(), headers=(("Content-Type", "application/json"),))


def forum(path: str) -> Answer:
    """Two pages of topics; topic 1 has 45 posts, of which 20 come at once."""

    def post(number: int, topic: int) -> dict[str, Any]:
        return {
            "id": topic * 1000 + number,
            "username": "odo_invented",
            "created_at": "2026-10-30T08:00:00.000Z",
            "cooked": f"<p>Number {number}</p>",
            "post_number": number,
            "topic_id": topic,
        }

    parts = urlsplit(path)
    query = parse_qs(parts.query)
    if parts.path == "/latest.json":
        last = query.get("page") == ["1"]
        more = {} if last else {"more_topics_url": "/latest?no_definitions=true&page=1"}
        return said({"topic_list": {"topics": [{"id": 2 if last else 1}], **more}})
    if parts.path in {"/t/1.json", "/t/2.json"}:
        topic = int(parts.path[3])
        count = 45 if topic == 1 else 1
        posts = [post(number, topic) for number in range(1, min(count, 20) + 1)]
        stream = [topic * 1000 + number for number in range(1, count + 1)]
        return said({"id": topic, "post_stream": {"posts": posts, "stream": stream}})
    if parts.path == "/t/1/posts.json":
        posts = [post(int(number) - 1000, 1) for number in query["post_ids[]"]]
        return said({"id": 1, "post_stream": {"posts": posts}})
    return NO_RULES


def test_every_post_of_every_topic_of_a_forum(tmp_path: Path) -> None:
    with serving(forum) as site:
        source = {
            "platform": "discourse",
            "url": f"{site.url}/latest.json",
            "follow": {"patterns": [r"/t/\d+\.json$"]},
        }
        run = crawl(tmp_path, source)
    assert (run["outcome"], run["new"]) == ("ok", 46)
    assert stored(tmp_path) == sorted([*(str(1000 + n) for n in range(1, 46)), "2001"])


def test_a_timeline_is_paged_to_its_beginning(tmp_path: Path) -> None:
    def timeline(path: str) -> Answer:
        parts = urlsplit(path)
        if parts.path != "/api/v1/timelines/tag/invented":
            return NO_RULES
        before = int(parse_qs(parts.query).get("max_id", ["108"])[0])
        account = {"username": "odo", "acct": "odo_invented", "display_name": "Odo"}
        times = {"created_at": "2026-10-30T08:00:00.000Z", "account": account}
        numbers = range(before - 1, max(99, before - 4), -1)
        return said([{"id": str(n), "content": f"<p>{n}</p>", **times} for n in numbers])

    with serving(timeline) as site:
        source = {"platform": "mastodon", "url": f"{site.url}/api/v1/timelines/tag/invented"}
        run = crawl(tmp_path, source)
        again = crawl(tmp_path, source)
    assert (run["outcome"], run["pages"], run["new"]) == ("ok", 4, 8)
    assert stored(tmp_path) == [str(number) for number in range(100, 108)]
    assert (again["outcome"], again["pages"]) == ("unchanged", 1)


def test_closed_timelines_end_in_login_required(tmp_path: Path) -> None:
    access = {"live_feeds": {"local": "authenticated", "remote": "authenticated"}}
    pages = {
        "/api/v1/timelines/public": [],
        "/api/v2/instance": {"domain": "x", "configuration": {"timelines_access": access}},
    }

    def instance(path: str) -> Answer:
        return said(pages[path]) if path in pages else NO_RULES

    with serving(instance) as site:
        run = crawl(
            tmp_path, {"platform": "mastodon", "url": f"{site.url}/api/v1/timelines/public"}
        )
    assert run["outcome"] == "login_required"


def test_ads_are_found_by_the_sitemaps_of_an_index(tmp_path: Path) -> None:
    def ads(path: str) -> Answer:
        base = site.url
        if path == "/sitemap.xml":
            return Answer(
                f"<sitemapindex><sitemap><loc>{base}/one.xml</loc></sitemap></sitemapindex>".encode()
            )
        if path == "/one.xml":
            entries = "".join(
                f"<url><loc>{base}{x}</loc></url>" for x in ("/ad/1", "/about", "/ad/2")
            )
            return Answer(f"<urlset>{entries}</urlset>".encode())
        if path.startswith("/ad/"):
            ad = {"@type": "Product", "name": f"Room {path[4:]}", "sku": path[4:]}
            script = f'<script type="application/ld+json">{json.dumps(ad)}</script>'
            return Answer(f"<html><head>{script}</head><body></body></html>".encode())
        return NO_RULES

    with serving(ads) as site:
        source = {
            "platform": "classifieds",
            "url": f"{site.url}/sitemap.xml",
            "follow": {"patterns": [r"/ad/\d+$"]},
        }
        run = crawl(tmp_path, source)
    assert (run["outcome"], run["new"]) == ("ok", 2)
    assert stored(tmp_path) == ["1", "2"]
    assert "/about" not in site.asked


REFUSALS = [
    (
        "discourse",
        "/latest.json",
        403,
        {"errors": ["You need to be logged in to do that."], "error_type": "not_logged_in"},
        "login_required",
    ),
    (
        "mastodon",
        "/api/v1/timelines/public",
        422,
        {"error": "This method requires an authenticated user"},
        "login_required",
    ),
    ("mastodon", "/api/v1/timelines/public", 403, {"error": "Forbidden"}, "blocked"),
    (
        "discourse",
        "/latest.json",
        403,
        {"errors": ["You have been banned."], "error_type": "read_only"},
        "blocked",
    ),
    ("discourse", "/latest.json", 403, ["not", "an", "error"], "blocked"),
    (
        "discourse",
        "/latest.json",
        404,
        {"errors": ["Log in."], "error_type": "not_logged_in"},
        "gone",
    ),
]


@pytest.mark.parametrize(("platform", "path", "status", "says", "outcome"), REFUSALS)
def test_a_refusal_that_asks_for_a_login(
    tmp_path: Path, platform: str, path: str, status: int, says: Any, outcome: str
) -> None:
    def answer(asked: str) -> Answer:
        return Answer(json.dumps(says).encode(), status) if asked == path else NO_RULES

    with serving(answer) as site:
        run = crawl(tmp_path, {"platform": platform, "url": site.url + path})
    assert run["outcome"] == outcome
    assert f"HTTP {status}" in run["detail"]
