"""Reads sitemaps (sitemaps.org): lists of a site's pages, plain or packed."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator

from lxml import etree
from lxml.etree import _Element

from crawler.types import Outcome, Page, Parsed
from spiders.selection import absolute_address

_PACKED = b"\x1f\x8b"  #: how gzip begins
_SITEMAP = re.compile(rb"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]")
_LARGEST = 52_428_800  #: bytes of an unpacked sitemap: the most that the protocol allows


def is_sitemap(page: Page) -> bool:
    """Whether a page is a sitemap, an index of sitemaps, or a list of addresses."""
    start = page.body[:2000]
    packed = start[:2] == _PACKED
    return packed or bool(_SITEMAP.search(start)) or _is_list(page.body)


def _is_list(body: bytes) -> bool:
    # Most pages are told from a list by their first line.
    if not body.lstrip()[:8].startswith((b"http://", b"https://")):
        return False
    return all(line.startswith((b"http://", b"https://")) for line in body.split())


def read_sitemap(page: Page) -> Parsed:
    """The addresses that a sitemap lists as links, newest first.

    The sitemaps that an index lists are its next pages.
    """
    body = page.body
    if body[:2] == _PACKED:
        try:
            body = _unpacked(body)
        except (OSError, EOFError, zlib.error) as error:
            return Parsed(outcome=Outcome.BROKEN, detail=f"the sitemap cannot be unpacked: {error}")
    if not _SITEMAP.search(body[:2000]):
        if _is_list(body):
            return Parsed(links=tuple(dict.fromkeys(body.decode("utf-8", "replace").split())))
        detail = "neither a sitemap nor a list of addresses"
        return Parsed(outcome=Outcome.LAYOUT_CHANGED, detail=detail)
    parser: etree.XMLParser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, huge_tree=True
    )
    try:
        root = etree.fromstring(body, parser=parser)
    except etree.XMLSyntaxError as error:
        return Parsed(outcome=Outcome.BROKEN, detail=f"the sitemap is not XML: {error}")
    is_index = etree.QName(root).localname == "sitemapindex"
    entries = sorted(_entries(root, page.url), reverse=True, key=lambda entry: entry[0])
    addresses = tuple(dict.fromkeys(address for _, address in entries))
    if not addresses:
        return Parsed(outcome=Outcome.EMPTY, detail="the sitemap lists nothing")
    return Parsed(next_pages=addresses) if is_index else Parsed(links=addresses)


def _entries(root: _Element, base: str) -> Iterator[tuple[str, str]]:
    for entry in root.iter("{*}url", "{*}sitemap"):
        said = {etree.QName(one).localname: (one.text or "").strip() for one in entry}
        address = absolute_address(said.get("loc"), base)
        if address:
            yield said.get("lastmod", ""), address


def _unpacked(body: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
        return packed.read(_LARGEST)
