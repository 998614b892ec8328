"""The text of an HTML element as a reader sees it: line breaks kept, markup gone."""

from __future__ import annotations

import re

from lxml import html
from lxml.etree import ParserError, _Element
from lxml.html import HtmlElement

#: Elements that begin and end a line.
_BLOCKS = frozenset(
    re.findall(
        r"\S+",
        "address article aside blockquote center dd details div dl dt fieldset figcaption "
        "figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary "
        "table tbody td tfoot th thead tr ul",
    )
)
#: Elements a blank line stands before and after.
_PARAGRAPHS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "ul", "ol"}
)
#: Elements whose content is never text.
_HIDDEN = frozenset(
    {"script", "style", "template", "noscript", "head", "svg", "audio", "video", "canvas", "object"}
)
_SPACES = re.compile(r"[ \t\r\n\f]+")


def html_text(element: _Element) -> str:
    """The text of an element, stripped.

    `<br>` is a line break, a block begins and ends a line, a paragraph has a blank line
    around it. White space is collapsed, except in `<pre>`. An image with `alt` inside the
    text is its `alt`: boards write emoji so.
    """
    parts: list[str] = []
    # An explicit stack: hostile pages nest deeper than Python recurses.
    stack: list[tuple[_Element, bool, bool]] = [(element, True, False)]
    while stack:
        node, entering, verbatim = stack.pop()
        tag = node.tag
        if not isinstance(tag, str) or tag in _HIDDEN:
            # Comments and processing instructions have a function for a tag.
            if node is not element and node.tail:
                _add(parts, node.tail, verbatim)
            continue
        if entering:
            if tag == "br":
                parts.append("\n")
            elif tag == "img":
                _add(parts, node.get("alt") or "", verbatim)
            elif tag in _BLOCKS:
                _break(parts, 2 if tag in _PARAGRAPHS else 1)
            inside = verbatim or tag == "pre"
            if node.text:
                _add(parts, node.text, inside)
            stack.append((node, False, verbatim))
            if len(node):
                stack.extend((child, True, inside) for child in reversed(node))
        else:
            if tag in _BLOCKS:
                _break(parts, 2 if tag in _PARAGRAPHS else 1)
            if node is not element and node.tail:
                _add(parts, node.tail, verbatim)
    lines = "".join(parts).split("\n")
    return "\n".join(line.rstrip(" ") for line in lines).strip()


def html_fragment_text(markup: str) -> tuple[str, HtmlElement | None]:
    """The text of a piece of markup, and its parsed form (None when it is empty)."""
    if not markup.strip():
        return "", None
    if "<" not in markup and "&" not in markup:
        return _SPACES.sub(" ", markup).strip(), None
    cleaned = markup.replace("\x00", "").encode("utf-8", "replace")
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        fragment = html.fragment_fromstring(cleaned, create_parent="div", parser=parser)
    except ParserError:  # nothing in it that could be an element: '<!x>'
        return "", None
    return html_text(fragment), fragment


def _add(parts: list[str], text: str, verbatim: bool) -> None:
    if verbatim:
        parts.append(text.replace("\r\n", "\n"))
        return
    text = _SPACES.sub(" ", text)
    if not parts or parts[-1][-1:] in {"\n", " "}:
        text = text.removeprefix(" ")
    if text:
        parts.append(text)


def _break(parts: list[str], wanted: int) -> None:
    """End the line, unless it is ended; leave a blank one when two are wanted."""
    while parts and parts[-1] == " ":
        parts.pop()
    if not parts:
        return
    there = 0
    while there < wanted and there < len(parts) and parts[-1 - there] == "\n":
        there += 1
    parts.extend(["\n"] * (wanted - there))
