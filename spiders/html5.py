"""The document of a page as a browser builds it.

libxml2 has rules of its own for what closes what; where a board's markup is broken, or its
elements are newer than those rules, posts end up inside one another. This builds the tree by
the HTML standard (selectolax, Lexbor) and hands it over as lxml elements.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree, html
from lxml.html import HtmlElement
from selectolax.lexbor import LexborHTMLParser

from crawler.types import Page
from spiders.encoding import decode_page

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

#: What XML, and so lxml, takes for no character.
_NO_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
#: Names that lxml takes; pages also have `<o:p>`, `<a"` and attributes like `@click`.
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
#: As in browsers; of what is nested deeper only the words are kept.
_DEEPEST = 500
#: Elements open at once that no page has: building their tree takes the square of their
#: number, so the tags of what is nested deeper are taken out and its words are kept.
_MOST_OPEN = 5_000
_TAG = re.compile(r"<(/?)([A-Za-z][^\s/<>]*+)[^<>]*+>")
#: Elements without an end, or whose end is often left out: they do not nest.
_ENDLESS = frozenset(
    re.findall(
        r"\S+",
        "area base br col embed hr img input link meta source track wbr param p li dt dd tr td "
        "th thead tbody tfoot option optgroup colgroup html head body rp rt",
    )
)


def parse_html5(page: Page) -> HtmlElement:
    """The document of a page, however broken; comments are left out.

    An empty page gives an empty document.
    """
    text = _levelled(_NO_CHARACTERS.sub("", decode_page(page)))
    root = LexborHTMLParser(text or "<html></html>").root
    top: HtmlElement = html.html_parser.makeelement("html")
    if root is not None:
        _fill(top, root)
    return top


def _levelled(text: str) -> str:
    """A document without the tags of what is nested deeper than any page does."""
    if text.count("<") <= _MOST_OPEN:
        return text
    opened = 0

    def kept(match: re.Match[str]) -> str:
        nonlocal opened
        if match[2].lower() in _ENDLESS or match[0].endswith("/>"):
            return match[0]
        if match[1]:
            beyond = opened > _MOST_OPEN
            opened = max(0, opened - 1)
        else:
            opened += 1
            beyond = opened > _MOST_OPEN
        return " " if beyond else match[0]

    return _TAG.sub(kept, text)


def _fill(top: HtmlElement, root: LexborNode) -> None:
    _set_attributes(top, root)
    # An explicit stack: hostile pages nest deeper than Python recurses.
    stack: list[tuple[LexborNode, etree._Element, int]] = [(root, top, 1)]
    while stack:
        parent, element, depth = stack.pop()
        if depth == _DEEPEST:
            element.text = _NO_CHARACTERS.sub("", parent.text(deep=True))
            continue
        last: etree._Element | None = None
        node = parent.child
        while node is not None:
            tag = node.tag or ""
            if tag == "-text":
                text = _NO_CHARACTERS.sub("", node.text_content or "")
                if last is None:
                    element.text = (element.text or "") + text
                else:
                    last.tail = (last.tail or "") + text
            elif tag[:1].isalpha():
                last = etree.SubElement(element, tag if _NAME.fullmatch(tag) else "span")
                _set_attributes(last, node)
                stack.append((node, last, depth + 1))
            node = node.next


def _set_attributes(element: etree._Element, node: LexborNode) -> None:
    for name, value in node.attributes.items():
        if _NAME.fullmatch(name):
            element.set(name, _NO_CHARACTERS.sub("", value or ""))
