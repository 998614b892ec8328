"""What is read from a line of each format: invented posts in the formats' own shapes."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from crawler.types import ParsedPost
from spiders.imports import (
    BadLine,
    Found,
    FoundPage,
    FoundPost,
    NotThisFormat,
    table,
    telegram_export,
    warc,
    zeeschuimer,
)
from spiders.imports.formats import recognise_format, saved_from


def line(platform: str, data: Any) -> bytes:
    item = {
        "nav_index": "1:2:0",
        "item_id": "1",
        "timestamp_collected": 1792000000000,
        "source_platform": platform,
        "source_platform_url": f"https://www.{platform}/",
        "source_url": f"https://www.{platform}/api/",
        "user_agent": "Mozilla/5.0",
        "data": data,
    }
    return json.dumps(item, ensure_ascii=False).encode()


TIKTOK = {
    "id": "7300000000000000001",
    "desc": "Trip to the UK, dm me #قاچاق",
    "createTime": 1792137600,
    "author": {"id": "9", "uniqueId": "Invented.Trips", "nickname": "Invented Trips 🚤"},
    "video": {
        "cover": "https://p16.example.org/cover.jpg",
        "playAddr": "https://v16.example.org/1.mp4",
    },
    "stats": {"playCount": 1200, "diggCount": 3},
    "stickersOnItem": [{"stickerText": ["Friday", "boat"]}],
}
TIKTOK_OLD = {**TIKTOK, "author": "invented.trips", "nickname": "Invented Trips 🚤"}
TIKTOK_COMMENT = {
    "cid": "7300000000000000002",
    "aweme_id": "7300000000000000001",
    "text": "How much?",
    "create_time": 1792137700,
    "user": {"unique_id": "asker_one", "nickname": "Asker"},
}
INSTAGRAM = {
    "pk": "3100000000000000001",
    "id": "3100000000000000001_55",
    "code": "CxInvented1",
    "taken_at": 1792137600,
    "user": {"username": "papers_sample", "full_name": "Papers Sample"},
    "caption": {"text": "Documents, all countries"},
    "image_versions2": {"candidates": [{"url": "https://ig.example.org/a.jpg"}]},
    "carousel_media": [
        {"image_versions2": {"candidates": [{"url": "https://ig.example.org/b.jpg"}]}},
        {"video_versions": [{"url": "https://ig.example.org/c.mp4"}]},
    ],
}
INSTAGRAM_GRAPH = {
    "id": "3100000000000000002",
    "shortcode": "CxInvented2",
    "taken_at_timestamp": 1792137600,
    "owner": {"username": "papers_sample"},
    "edge_media_to_caption": {"edges": [{"node": {"text": "Second"}}]},
    "display_url": "https://ig.example.org/d.jpg",
}
USER = {"core": {"screen_name": "Lorry_Sample", "name": "Lorry Sample"}}
OLD_USER = {"legacy": {"screen_name": "Lorry_Sample", "name": "Lorry Sample"}}


def tweet(user: dict[str, Any], **legacy: Any) -> dict[str, Any]:
    return {
        "rest_id": "1850000000000000001",
        "core": {"user_results": {"result": user}},
        "views": {"count": "77"},
        "legacy": {
            "full_text": "Places on a lorry https://t.co/abc",
            "created_at": "Thu Oct 15 12:00:00 +0000 2026",
            "entities": {
                "urls": [{"url": "https://t.co/abc", "expanded_url": "https://a.example.org/x"}]
            },
            "extended_entities": {"media": [{"media_url_https": "https://pbs.example.org/1.jpg"}]},
            **legacy,
        },
    }


FACEBOOK = {
    "id": "S:_I100:200",
    "comet_sections": {
        "content": {
            "story": {
                "post_id": "200200200",
                "wwwURL": "https://www.facebook.com/groups/1/posts/200200200/",
                "message": {"text": "Work without papers"},
                "actors": [
                    {"name": "Invented Person", "url": "https://www.facebook.com/Invented.Person"}
                ],
                "attachments": [
                    {
                        "styles": {
                            "attachment": {
                                "media": {"photo_image": {"uri": "https://fb.example.org/p.jpg"}}
                            }
                        }
                    }
                ],
            }
        },
        "context_layout": {
            "story": {
                "comet_sections": {
                    "metadata": [{"story": {"creation_time": 1792137600, "url": "https://x"}}]
                }
            }
        },
    },
}


@pytest.mark.parametrize(
    ("host", "data", "platform", "site_id", "text", "handle", "author", "media"),
    [
        ("tiktok.com", TIKTOK, "tiktok", "7300000000000000001",
         "Trip to the UK, dm me #قاچاق\nFriday boat", "invented.trips", "Invented Trips 🚤", 2),
        ("tiktok.com", TIKTOK_OLD, "tiktok", "7300000000000000001",
         "Trip to the UK, dm me #قاچاق\nFriday boat", "invented.trips", "Invented Trips 🚤", 2),
        ("tiktok.com-comments", TIKTOK_COMMENT, "tiktok", "7300000000000000002", "How much?",
         "asker_one", "Asker", 0),
        ("instagram.com", INSTAGRAM, "instagram", "3100000000000000001",
         "Documents, all countries", "papers_sample", "Papers Sample", 3),
        ("instagram.com", INSTAGRAM_GRAPH, "instagram", "3100000000000000002", "Second",
         "papers_sample", None, 1),
        ("twitter.com", tweet(OLD_USER), "x", "1850000000000000001",
         "Places on a lorry https://a.example.org/x", "lorry_sample", "Lorry Sample", 1),
        ("x.com", tweet(USER), "x", "1850000000000000001",
         "Places on a lorry https://a.example.org/x", "lorry_sample", "Lorry Sample", 1),
        ("facebook.com", FACEBOOK, "facebook", "200200200", "Work without papers",
         "invented.person", "Invented Person", 1),
    ],
)  # fmt: skip
def test_zeeschuimer_item(
    host: str,
    data: Any,
    platform: str,
    site_id: str,
    text: str,
    handle: str,
    author: str | None,
    media: int,
) -> None:
    body = line(host, data)
    assert recognise_format(body) == "zeeschuimer"
    (found,) = zeeschuimer.read(body)
    assert isinstance(found, FoundPost)
    post = found.post
    assert (found.platform, post.site_id, post.text) == (platform, site_id, text)
    assert (post.author_handle, post.author, len(post.media)) == (handle, author, media)
    assert post.posted_at is not None
    assert post.posted_at.isoformat()[:13] in {"2026-10-16T08", "2026-10-15T12"}


def test_zeeschuimer_quotes_long_posts_and_what_is_passed_on() -> None:
    long = tweet(USER)
    long["note_tweet"] = {"note_tweet_results": {"result": {"text": "The whole of it"}}}
    inner = tweet({"core": {"screen_name": "first_hand", "name": "First"}}, full_text="Said first")
    passed = tweet(USER, retweeted_status_result={"result": {"tweet": inner}})
    quoting = tweet(USER, in_reply_to_status_id_str="18")
    quoting["quoted_status_result"] = {"result": inner}
    posts = [
        found.post
        for found in zeeschuimer.read(b"\n".join(line("x.com", x) for x in (long, passed, quoting)))
        if isinstance(found, FoundPost)
    ]
    assert posts[0].text == "The whole of it"
    assert (posts[1].text, posts[1].forwarded_from) == ("Said first", "first_hand")
    assert (posts[2].quoted, posts[2].reply_to) == (("Said first",), "18")


def test_zeeschuimer_bad_lines_are_told_by_number_and_the_rest_is_read() -> None:
    lines = [
        line("tiktok.com", TIKTOK),
        b'{"cut": ',
        b"",
        line("linkedin.com", {"id": 1}),
        line("x.com", {"no": "tweet"}),
        line("x.com", ["no object"]),
        line("instagram.com", INSTAGRAM).replace(b"Documents", b"\xff\xfe"),
        line("instagram.com", INSTAGRAM),
    ]
    found = list(zeeschuimer.read(b"\r\n".join(lines)))
    bad = [one.line for one in found if isinstance(one, BadLine)]
    assert bad == [2, 4, 5, 6, 7]
    assert sum(isinstance(one, FoundPost) for one in found) == 2


@pytest.mark.parametrize("item", ["{}", "[]", "1", '"x"', "null", '{"data": {"author": []}}'])
@pytest.mark.parametrize("host", ["tiktok.com", "instagram.com", "x.com", "facebook.com"])
def test_zeeschuimer_never_breaks(host: str, item: str) -> None:
    (found,) = zeeschuimer.read(line(host, json.loads(item)))
    assert isinstance(found, BadLine)


EXPORT: dict[str, Any] = {
    "name": "Invented Channel",
    "type": "public_channel",
    "id": 1234567890,
    "messages": [
        {"id": 1, "type": "service", "action": "create_channel", "date": "2026-10-01T10:00:00"},
        {
            "id": 2,
            "type": "message",
            "date": "2026-10-05T09:15:00",
            "date_unixtime": "1791188100",
            "edited": "2026-10-05T09:20:00",
            "from": "Invented Channel",
            "from_id": "channel1234567890",
            "text": ["Boat on ", {"type": "bold", "text": "Friday"}, ", see ",
                     {"type": "text_link", "text": "here", "href": "https://a.example.org/"}],
            "photo": "photos/photo_1.jpg",
        },
        {
            "id": 3,
            "type": "message",
            "date": "2026-10-05T09:30:00",
            "date_unixtime": "1791189000",
            "from": "Asker",
            "from_id": "user55",
            "reply_to_message_id": 2,
            "forwarded_from": "Another",
            "text": "How much?",
        },
        {"type": "message", "text": "no id"},
        {"id": 5, "type": "message", "date": "2026-10-05T09:31:00", "text": ""},
    ],
}  # fmt: skip


@pytest.mark.parametrize("whole", [False, True])
def test_telegram_export(whole: bool) -> None:
    data = {"about": "x", "chats": {"list": [EXPORT]}} if whole else EXPORT
    body = json.dumps(data, indent=1).encode()
    assert recognise_format(body) == "telegram"
    found = list(telegram_export.read(body))
    posts = [one.post for one in found if isinstance(one, FoundPost)]
    assert [str(one) for one in found if isinstance(one, BadLine)] == [
        "message 4 of Invented Channel has no id"
    ]
    first, second = posts
    assert (first.site_id, first.text) == ("1234567890/2", "Boat on Friday, see here")
    assert (first.author, first.author_handle) == ("Invented Channel", "channel1234567890")
    assert (first.edited, first.media) == (True, ("photos/photo_1.jpg",))
    assert first.links == ("https://a.example.org/",)
    assert first.posted_at is not None
    assert first.posted_at.isoformat() == "2026-10-05T08:15:00+00:00"
    assert (second.reply_to, second.forwarded_from) == ("1234567890/2", "Another")


@pytest.mark.parametrize("body", [b'{"messages": [', b'{"messages": 3, "type": "x"}', b"[]"])
def test_telegram_export_that_is_none(body: bytes) -> None:
    with pytest.raises(NotThisFormat):
        list(telegram_export.read(body))


def posts_of(found: list[Found]) -> list[ParsedPost]:
    return [one.post for one in found if isinstance(one, FoundPost)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv(delimiter: str, encoding: str) -> None:
    rows = [
        ["Author", "Body", "Created At", "Link"],
        ["@Seller_One", '"Boat\nto the UK، فردا"', "2026-10-05 08:15", "https://a.example.org/1"],
        ["", "Second", "03/04/2026", ""],
    ]
    body = "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)
    assert recognise_format(body) == "csv"
    first, second = posts_of(list(table.read(body)))
    assert (first.text, first.author_handle) == ("Boat\nto the UK، فردا", "seller_one")
    assert first.posted_at is not None
    assert first.posted_at.hour == 8
    assert first.url == "https://a.example.org/1"
    assert (second.text, second.posted_at, second.posted_text) == ("Second", None, "03/04/2026")


def test_csv_columns_can_be_named() -> None:
    body = b"a,b,c\n1,What was said,2026-10-05\n"
    with pytest.raises(NotThisFormat, match="--map text=COLUMN"):
        list(table.read(body))
    with pytest.raises(NotThisFormat, match="no column 'x'"):
        list(table.read(body, columns={"text": "x"}))
    (post,) = posts_of(list(table.read(body, columns={"text": "b", "time": "c"})))
    assert (post.text, post.posted_text) == ("What was said", "2026-10-05")


def test_csv_bad_rows_are_told_by_line_and_the_rest_is_read() -> None:
    body = b'id,text\n1,"two\nlines"\n2\n3,"never closed\n4,four\n5,""six"" x\n\n7,seven\n8,\n'
    found = list(table.read(body))
    assert [post.text for post in posts_of(found)] == ["two\nlines", "four", "seven"]
    assert [one.line for one in found if isinstance(one, BadLine)] == [4, 5, 7, 10]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"WARC/1.0\r\n", "warc"),
        (b"<!DOCTYPE html><html>", "html"),
        (b"\xef\xbb\xbf<html>", "html"),
        (b"\x89PNG\r\n\x00\x00", None),
        (b'{"some": "json"}', None),
        (b"no table at all", None),
    ],
)
def test_recognise_format(body: bytes, said: str | None) -> None:
    assert recognise_format(body) == said


def test_saved_from() -> None:
    chrome = b"<!DOCTYPE html>\n<!-- saved from url=(0028)https://a.example.org/thread -->\n<html>"
    single = (
        b"<!DOCTYPE html><html><!--\n Page saved with SingleFile \n url: https://a.example.org/t\n"
    )
    assert saved_from(chrome) == "https://a.example.org/thread"
    assert saved_from(single) == "https://a.example.org/t"
    assert saved_from(b"<html><a href='https://a.example.org/'>") is None


# --- WARC and WACZ ----------------------------------------------------------------------


def warc_of(pages: dict[str, bytes], *, gzip: bool = True, packed: bool = False) -> bytes:
    import gzip as packing

    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    out = io.BytesIO()
    writer = WARCWriter(out, gzip=gzip)
    for url, plain in pages.items():
        body = plain
        kind = "image/png" if url.endswith(".png") else "text/html; charset=utf-8"
        headers = [("Content-Type", kind)]
        if packed:
            body = packing.compress(plain)
            headers.append(("Content-Encoding", "gzip"))
        status = "404 Not Found" if "gone" in url else "200 OK"
        http = StatusAndHeaders(status, headers, protocol="HTTP/1.1")
        record = writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(body),
            length=len(body),
            http_headers=http,
            warc_headers_dict={"WARC-Date": "2026-10-05T08:15:00Z"},
        )
        writer.write_record(record)
    return out.getvalue()


PAGES = {
    "https://a.example.org/1": b"<html><body>One</body></html>",
    "https://a.example.org/a.png": b"\x89PNG",
    "https://a.example.org/gone": b"<html>Gone</html>",
    "https://b.example.org/2": b"<html><body>Two</body></html>",
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("gzip", [False, True])
def test_warc(gzip: bool, packed: bool) -> None:
    body = warc_of(PAGES, gzip=gzip, packed=packed)
    assert recognise_format(body) == "warc"
    found = list(warc.read(body))
    pages = [one.page for one in found if isinstance(one, FoundPage)]
    assert [page.url for page in pages] == ["https://a.example.org/1", "https://b.example.org/2"]
    assert pages[0].body == PAGES["https://a.example.org/1"]
    assert (pages[0].status, pages[0].encoding, pages[0].rendered) == (200, "utf-8", False)
    assert pages[0].fetched_at.isoformat() == "2026-10-05T08:15:00+00:00"


def test_warc_that_is_cut_gives_what_is_before_the_cut() -> None:
    found = list(warc.read(warc_of(PAGES)[:-40]))
    first, *rest = found
    assert isinstance(first, FoundPage)
    assert first.page.url == "https://a.example.org/1"
    assert [type(one) for one in rest] == [BadLine]


def wacz_of(data: bytes, *, pages: tuple[str, ...] = (), digest: str = "") -> bytes:
    import hashlib

    out = io.BytesIO()
    digest = digest or hashlib.sha256(data).hexdigest()
    resources = [{"path": "archive/data.warc.gz", "hash": f"sha256:{digest}"}]
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("archive/data.warc.gz", data)
        archive.writestr("datapackage.json", json.dumps({"resources": resources}))
        if pages:
            lines = ['{"format": "json-pages-1.0"}', *(json.dumps({"url": url}) for url in pages)]
            archive.writestr("pages/pages.jsonl", "\n".join(lines))
    return out.getvalue()


def test_wacz() -> None:
    data = warc_of(PAGES)
    body = wacz_of(data, pages=("https://b.example.org/2",))
    assert recognise_format(body) == "wacz"
    (page,) = warc.read_wacz(body)
    assert isinstance(page, FoundPage)
    assert page.page.url == "https://b.example.org/2"
    assert len(list(warc.read_wacz(wacz_of(data)))) == 2


def test_wacz_whose_digest_is_another_is_told() -> None:
    bad, *pages = warc.read_wacz(wacz_of(warc_of(PAGES), digest="0" * 64))
    assert isinstance(bad, BadLine)
    assert "datapackage.json" in bad.message
    assert len(pages) == 2
