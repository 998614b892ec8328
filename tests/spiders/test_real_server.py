"""A blog engine that nobody here wrote, filled by its own means and then crawled.

There is no skipping: `./run test` installs WordPress, and where it is lacking these tests
fail. Leave them out with `-m "not blog"`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import html

from crawler.store import open_store
from crawler.types import Post
from tests.spiders.blog import Blog
from tests.system.commands import foreland

pytestmark = [pytest.mark.slow, pytest.mark.blog, pytest.mark.xdist_group("blog")]

#: Title, paragraphs and the comments of each post: (who, text, index of the one it answers).
CONTENT: list[tuple[str, str, list[tuple[str, str, int | None]]]] = [
    (
        "Rooms near the harbour",
        "<p>Third floor, two beds & a kitchen.<br>Call 07700 900123.</p><p>No dogs 🐕.</p>",
        [
            ("Odo Sample", "Is it still free?", None),
            ("Rana Invented", "Yes, until Friday.", 0),
            ("Odo Sample", "Then I come on Thursday.", 1),
            ("Zoë d’Exemple", "Et pour une semaine ?\n\nMerci !", None),
        ],
    ),
    (
        "غرفة للإيجار",
        "<p>غرفة صغيرة في وسط المدينة، قريبة من المحطة.</p>",
        [("سامي مثال", "كم السعر في الشهر؟", None), ("Rana Invented", "أربعمئة.", 0)],
    ),
    (
        "Комната у вокзала",
        "<p>Сдаётся комната, тихий двор.</p><blockquote><p>Чужие слова</p></blockquote>",
        [("Одо Пример", "Можно посмотреть завтра?", None)],
    ),
    (
        "Phòng cho thuê",
        "<p>Phòng nhỏ, gần chợ, có cửa sổ.</p>",
        [("Nguyễn Mẫu", "Còn không?", None)],
    ),
    (
        "Dhomë me qira",
        "<p>Dhomë e vogël pranë stacionit.</p>",
        [("Ilir Shembull", "Sa kushton?", None)],
    ),
    (
        "ژوورێک بۆ کرێ",
        "<p>ژوورێکی بچووک لە ناوەندی شار.</p>",
        [("ئازاد نموونە", "نرخی چەندە؟", None)],
    ),
    (
        "部屋を貸します",
        "<p>駅の近くの小さな部屋です。</p>",
        [("見本 太郎", "まだ空いていますか？", None)],
    ),
    ("Zimmer frei", "<p>Kleines Zimmer über dem Laden, 06 39 98 00 01.</p>", []),
    (
        "What the street is like",
        "<p>" + " ".join(f"House number {n} has a green door." for n in range(1, 41)) + "</p>",
        [
            ("Odo Sample", f"I counted door number {n} too.", n - 1 if n % 2 else None)
            for n in range(25)
        ],
    ),
    ("Before the fold", "<p>What everyone sees.</p>\n<!--more-->\n<p>What comes after it.</p>", []),
    ("", "<p>Words without a heading.</p>", [("Rana Invented", "Nor an answer with one.", None)]),
    (
        "Pokój do wynajęcia",
        "<p>Mały pokój, blisko dworca.</p>",
        [("Żaneta Przykład", "Ile?", None)],
    ),
]
FIRST = datetime(2026, 2, 20, 9, 30, tzinfo=UTC)
VISITORS = {3}  #: posts, by index, below which the comments come from the form


@dataclass
class Written:
    """What was written: how the store must have it."""

    author: str
    text: str
    at: datetime
    reply_to: str | None
    quoted: tuple[str, ...] = ()


@dataclass
class Filled:
    """The blog and what is in it, by the id it has with us."""

    blog: Blog
    written: dict[str, Written]


def plain(markup: str) -> tuple[str, tuple[str, ...]]:
    """The words of a text, apart from spacing, and those of the passages it quotes."""
    root = html.fragment_fromstring(markup, create_parent="div")
    quotes = root.findall(".//blockquote")
    quoted = tuple(words(one.text_content()) for one in quotes)
    for one in quotes:
        one.drop_tree()
    for line in root.iter("br", "p"):
        line.tail = f" {line.tail or ''}"
    return words(root.text_content()), quoted


def words(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


@pytest.fixture(scope="module")
def filled() -> Iterator[Filled]:
    blog = Blog()
    try:
        yield fill(blog)
    finally:
        blog.close()


def fill(blog: Blog) -> Filled:
    for post in blog.rest("GET", "posts"):  # what the installer writes
        blog.rest("DELETE", f"posts/{post['id']}?force=true")
    blog.rest("POST", "settings", timezone="Europe/Stockholm", date_format="j.n.Y")
    blog.set_options("discussion", page_comments="1", comments_per_page="10")
    users = {
        name: blog.rest(
            "POST",
            "users",
            username=login,
            name=name,
            roles=["author"],
            email=f"{login}@example.org",
            password=f"not {login} either",
        )["id"]
        for login, name in (("rana", "Rana Invented"), ("odo", "Одо Пример"))
    }
    written: dict[str, Written] = {}
    for number, (title, body, comments) in enumerate(CONTENT):
        author = list(users)[number % 2]
        at = FIRST + timedelta(days=20 * number, minutes=number)
        post = blog.rest(
            "POST",
            "posts",
            title=title,
            content=body,
            status="publish",
            author=users[author],
            date_gmt=at.strftime("%Y-%m-%dT%H:%M:%S"),
        )["id"]
        name = f"post-{post}"
        text, quoted = plain(f"<p>{title}</p>{body}")
        written[name] = Written(author, text, at, None, quoted)
        made: list[int] = []
        for index, (who, said, answers) in enumerate(comments):
            parent = made[answers] if answers is not None else 0
            if number in VISITORS:
                comment = blog.comment(post, who, said, parent=parent, visitor=index + 1)
                moment = datetime.fromisoformat(blog.rest("GET", f"comments/{comment}")["date_gmt"])
                moment = moment.replace(tzinfo=UTC)
                assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)
            else:
                moment = at + timedelta(hours=index + 1)
                comment = blog.rest(
                    "POST",
                    "comments",
                    post=post,
                    parent=parent,
                    author_name=who,
                    author_email="someone@example.org",
                    content=said,
                    status="approved",
                    date_gmt=moment.strftime("%Y-%m-%dT%H:%M:%S"),
                )["id"]
            made.append(comment)
            answered = f"comment-{parent}" if parent else name
            written[f"comment-{comment}"] = Written(who, words(said), moment, answered)
    return Filled(blog, written)


def workspace(folder: Path, sources: dict[str, dict[str, Any]]) -> Path:
    """A workspace with these sources, as their YAML says them."""
    (folder / "sources").mkdir(parents=True)
    (folder / "rules").mkdir()
    (folder / "foreland.toml").write_text("[crawl]\ndelay = 0\n")
    for name, values in sources.items():
        said = {
            "platform": "wordpress",
            "purpose": "A test",
            "authority": "TEST-1",
            "review_date": datetime(2100, 1, 1, tzinfo=UTC).date(),
            **values,
        }
        (folder / "sources" / f"{name}.yml").write_text(yaml.safe_dump(said))
    return folder


def crawl(folder: Path, *words: str) -> None:
    done = foreland(folder, "crawl", *words)
    assert done.returncode == 0, done.stdout + done.stderr


def stored(folder: Path, source: str) -> dict[str, Post]:
    store = open_store(f"sqlite:///{folder}/data/foreland.sqlite3")
    try:
        return {post.site_id: post for post in store.iter_posts() if post.source == source}
    finally:
        store.close()


def check(found: dict[str, Post], written: dict[str, Written]) -> None:
    assert sorted(found) == sorted(written)
    wrong = {
        name: (got, want)
        for name, want in written.items()
        if (
            got := Written(
                found[name].author or "",
                # A theme may give what has no title one: that is then what its readers see.
                words(found[name].text).removeprefix("Untitled "),
                found[name].posted_at,
                found[name].reply_to,
                tuple(words(one) for one in found[name].quoted),
            )
        )
        != want
    }
    assert wrong == {}


def pages(blog: Blog) -> dict[str, Any]:
    """The blog as its readers see it."""
    return {"url": f"{blog.url}/", "follow": {"patterns": [r"/20\d\d/\d\d/[^/]+/$"], "depth": 1}}


def interface(blog: Blog) -> dict[str, dict[str, Any]]:
    """The blog as programs see it: its posts, and its comments."""
    return {
        "posts": {"url": f"{blog.url}/wp-json/wp/v2/posts?per_page=5&_embed=author"},
        "comments": {"url": f"{blog.url}/wp-json/wp/v2/comments?per_page=20"},
    }


def test_everything_written_in_a_blog_is_collected_and_kept_up_with(
    filled: Filled, tmp_path: Path
) -> None:
    blog, written = filled.blog, filled.written
    themes = blog.themes
    assert len(themes) >= 2
    folder = workspace(tmp_path, {**{theme: pages(blog) for theme in themes}, **interface(blog)})

    for theme in themes:
        blog.activate(theme)
        crawl(folder, theme)
        check(stored(folder, theme), written)
    crawl(folder, "posts", "comments")
    through = {**stored(folder, "posts"), **stored(folder, "comments")}
    check(through, written)

    edited, deleted = change(filled)
    names = (themes[-1], "posts", "comments")
    crawl(folder, "--full", *names)
    for found in (
        stored(folder, themes[-1]),
        {**stored(folder, "posts"), **stored(folder, "comments")},
    ):
        check(found, written)
        assert {name for name, post in found.items() if post.removed_at} == deleted
        assert {name for name, post in found.items() if post.revision > 1} == edited


def change(filled: Filled) -> tuple[set[str], set[str]]:
    """Edit a post and a comment, delete a comment: the edited, and the deleted."""
    written = filled.written
    post = next(name for name, one in written.items() if "Zimmer" in one.text)
    comment = next(name for name, one in written.items() if one.text == "Nor an answer with one.")
    gone = next(name for name, one in written.items() if one.text == "Ile?")
    said = "<p>Das Zimmer ist vergeben.</p>"
    filled.blog.rest("POST", f"posts/{post.removeprefix('post-')}", content=said)
    written[post].text = "Zimmer frei Das Zimmer ist vergeben."
    filled.blog.rest("POST", f"comments/{comment.removeprefix('comment-')}", content="Indeed.")
    written[comment].text = "Indeed."
    filled.blog.rest("DELETE", f"comments/{gone.removeprefix('comment-')}?force=true")
    return {post, comment}, {gone}
