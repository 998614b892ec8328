"""Browser sources in a real Chromium, on pages served on the loopback interface."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from crawler.archive import verify_archive
from crawler.archive.warc import load_page
from crawler.chromium import find_chromium
from crawler.store import open_store
from crawler.types import Page
from tests.middlewares.server import Answer, serving
from tests.spiders.test_crawl import NO_RULES, crawl

pytestmark = pytest.mark.skipif(find_chromium(None) is None, reason="no Chromium here")

POST = "<article class=post id=p%d>Number %d</article>"
#: Ten posts; ten more each time that the end comes into view, fifty in all.
ENDLESS = """
<div id=list></div><div id=end style="height: 30px"></div><script>
let made = 0;
function more() {
  if (made >= 50) return;
  for (let n = 0; n < 10; n++) {
    made += 1;
    const post = document.createElement('article');
    post.className = 'post'; post.id = 'p' + made; post.style.height = '400px';
    post.textContent = 'Number ' + made;
    list.append(post);
  }
}
more();
addEventListener('scroll', () => {
  if (innerHeight + scrollY > document.documentElement.scrollHeight - 100) setTimeout(more, 150);
});
</script>"""
#: Three posts; two more at each press, nine in all; then the button goes away.
PRESSED = """
<div id=list></div><button class=more>Show more</button><script>
let made = 0;
function more(count) {
  for (let n = 0; n < count; n++) {
    made += 1;
    const post = `<article class=post id=p${made}>Number ${made}</article>`;
    list.insertAdjacentHTML('beforeend', post);
  }
  if (made >= 9) document.querySelector('.more').remove();
}
more(3);
document.querySelector('.more').addEventListener('click', () => setTimeout(() => more(2), 150));
</script>"""


MANAGER = (
    "<button id=onetrust-accept-btn-handler>Yes</button>"
    "<button id=onetrust-reject-all-handler>No</button>"
)


def wall(buttons: str) -> str:
    """A page that is empty until a button of the consent wall is pressed, which is noted."""
    return f"""
<div id=list></div><div id="cookie-consent" class="banner">We value your privacy. {buttons}</div>
<script>for (const button of document.querySelectorAll('#cookie-consent button'))
  button.addEventListener('click', () => {{
    document.getElementById('cookie-consent').remove();
    list.innerHTML = '<article class=post id=p1>Said: ' + button.textContent + '</article>';
  }});</script>"""


def document(body: str) -> Answer:
    return Answer(f"<!DOCTYPE html><html><body>{body}</body></html>".encode())


def visit(
    folder: Path, body: str, *, limits: dict[str, int] | None = None, **more: Any
) -> tuple[dict[str, Any], list[str], list[str]]:
    """The run, the posts' texts, and what was asked of the site."""

    def answer(path: str) -> Answer:
        return document(body) if path == "/page" else NO_RULES

    with serving(answer) as site:
        source = {
            "platform": "webpage",
            "url": site.url + "/page",
            "render": "js",
            "selectors": {"post": "article.post"},
            **more,
        }
        run = crawl(folder, source, config={"crawl": {"delay": 0, "timeout": 30, **(limits or {})}})
    store = open_store(f"sqlite:///{folder}/data/foreland.sqlite3")
    texts = [post.text for post in store.iter_posts()]
    store.close()
    return run, texts, site.asked


def page_of(folder: Path) -> Page:
    store = open_store(f"sqlite:///{folder}/data/foreland.sqlite3")
    (capture,) = store.iter_captures()
    assert verify_archive(folder / "data/archive", [capture]) == []
    store.close()
    return load_page(folder / "data/archive", capture)


@pytest.mark.parametrize(("scroll", "posts"), [(0, 10), (2, 30), (20, 50)])
def test_a_page_that_goes_on_is_scrolled_so_often_or_to_its_end(
    tmp_path: Path, scroll: int, posts: int
) -> None:
    run, texts, _ = visit(tmp_path, ENDLESS, browser={"scroll": scroll})
    assert (run["outcome"], len(texts)) == ("ok", posts)


def test_more_is_pressed_as_long_as_it_brings_something(tmp_path: Path) -> None:
    _, texts, _ = visit(tmp_path, PRESSED, browser={"click": [".more"]})
    assert len(texts) == 9


@pytest.mark.parametrize(
    ("buttons", "said"),
    [
        ("<button>Accept all</button><button>Reject all</button>", "Reject all"),
        ("<button>Tout accepter</button><button>Continuer sans accepter</button>",
         "Continuer sans accepter"),
        (MANAGER, "No"),
        ("<button>Settings</button><button>I agree</button>", "I agree"),
    ],
    ids=["words", "french", "manager", "no way to refuse"],
)  # fmt: skip
def test_a_consent_wall_is_refused_where_it_can_be(tmp_path: Path, buttons: str, said: str) -> None:
    _, texts, _ = visit(tmp_path, wall(buttons))
    assert texts == [f"Said: {said}"]


def test_a_consent_wall_may_be_left_alone(tmp_path: Path) -> None:
    run, texts, _ = visit(tmp_path, wall("<button>Reject all</button>"), browser={"consent": False})
    assert (run["outcome"], texts) == ("layout_changed", [])


@pytest.mark.parametrize("wanted", [True, False])
def test_a_screenshot_of_the_whole_page_is_kept_beside_it(tmp_path: Path, wanted: bool) -> None:
    body = "<img src=/a.png><div style='height: 3000px'></div>" + POST % (1, 1)
    _, texts, asked = visit(tmp_path, body, browser={"screenshot": wanted})
    assert texts == ["Number 1"]
    assert ("/a.png" in asked) is wanted
    picture = page_of(tmp_path).screenshot
    if not wanted:
        assert picture is None
        return
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    assert width >= 1000
    assert height > 3000


@pytest.mark.parametrize("allowed", [True, False])
def test_other_hosts_are_blocked_unless_they_are_allowed(tmp_path: Path, allowed: bool) -> None:
    script = b"document.body.innerHTML += '<article class=post id=p2>Theirs</article>'"

    def theirs(path: str) -> Answer:
        return Answer(script, headers=(("Content-Type", "text/javascript"),))

    with serving(theirs) as other:
        # The same machine by another name is another host.
        address = other.url.replace("127.0.0.1", "localhost")
        body = POST % (1, 1) + f"<script src='{address}/a.js'></script>"
        browser = {"allow_hosts": ["localhost"]} if allowed else {}
        _, texts, _ = visit(tmp_path, body, browser=browser)
        asked = list(other.asked)
    assert sorted(texts) == (["Number 1", "Theirs"] if allowed else ["Number 1"])
    assert bool(asked) is allowed


def test_a_page_that_never_comes_to_rest_is_read(tmp_path: Path) -> None:
    body = POST % (1, 1) + "<script>setInterval(() => fetch('/poll'), 100)</script>"
    run, texts, _ = visit(tmp_path, body)
    assert (run["outcome"], texts) == ("ok", ["Number 1"])


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("<h1>Log in</h1><form><input name=u><input type=password></form>", "login_required"),
        ("<div class=h-captcha></div><p>Are you a human?</p>", "blocked"),
    ],
)
def test_a_wall_is_named_and_not_passed(tmp_path: Path, body: str, outcome: str) -> None:
    run, texts, asked = visit(tmp_path, body)
    assert (run["outcome"], texts) == (outcome, [])
    assert [path for path in asked if path not in {"/robots.txt", "/favicon.ico"}] == ["/page"]


def test_a_page_that_does_not_answer_any_more_is_left(tmp_path: Path) -> None:
    body = POST % (1, 1) + "<script>setTimeout(() => { for (;;); }, 300)</script>"
    run, texts, _ = visit(tmp_path, body, limits={"timeout": 5})
    assert (run["outcome"], texts) == ("timeout", [])


def test_a_page_that_grows_without_end_is_too_large(tmp_path: Path) -> None:
    body = "<script>document.write(('<p>' + 'x'.repeat(1000) + '</p>').repeat(300))</script>"
    run, texts, _ = visit(tmp_path, body, limits={"max_bytes": 100_000})
    assert (run["outcome"], texts) == ("too_large", [])
