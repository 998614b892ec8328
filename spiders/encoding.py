"""From bytes to text, when transport, document and truth disagree.

Old boards send windows-1251 and call it UTF-8, or the other way round. Text that is valid
UTF-8 and has more than ASCII in it is UTF-8, whatever is declared: other encodings produce
such sequences by chance with vanishing probability.
"""

from __future__ import annotations

import codecs

from lxml import html
from lxml.etree import ParserError
from lxml.html import HtmlElement
from w3lib.encoding import html_body_declared_encoding, read_bom, resolve_encoding

from crawler.types import Page

#: Tried when nothing declared fits, each with the letters that its languages use most, in
#: upper and lower case. Order decides between equals.
_CANDIDATES: tuple[tuple[str, str], ...] = (
    ("cp1251", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъіїєґ"),
    ("koi8-r", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъ"),
    ("cp1256", "اليمنورتبةعدسفهكقحجشطصخذضغثزءئىآأإؤپچژگکی"),
    ("cp1254", "ığşçöüİĞŞÇÖÜâ"),
    ("cp1252", "éèàçêôûîâùëïüöäßñáíóúåøæœ’‘“”–—…€£«»ÉÈÀÇÖÜÄÑÁÅØÆ"),
    ("cp1250", "ąćęłńóśźżĄĆĘŁŃÓŚŹŻřšžčěůťďňŘŠŽČăâîşţĂÂÎŞŢ"),
    ("cp1253", "αοιετσνηυρπκλμςάίόέήύώδγθωχφβξζψ"),
)
_LATIN = frozenset({"cp1250", "cp1252", "cp1254"})
#: UTF-8 with this share of its non-ASCII bytes damaged is still taken for UTF-8.
_DAMAGE = 0.1


def decode_page(page: Page) -> str:
    """The text of a page. Bytes that cannot be read become U+FFFD; NULs are dropped."""
    body = page.body
    encoding = find_encoding(page)
    return body.decode(encoding, "replace").replace("\x00", "").removeprefix("\ufeff")


def parse_html(page: Page) -> HtmlElement:
    """The document of a page, however broken. An empty page gives an empty document."""
    body = page.body
    if find_encoding(page) != "utf-8" or b"\x00" in body:
        body = decode_page(page).encode("utf-8", "replace")
    # huge_tree: the size of a page is bounded when it is fetched, not here.
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True)
    if not body.strip():
        body = b"<html></html>"
    try:
        document: HtmlElement = html.document_fromstring(body, parser=parser)
    except ParserError:  # nothing in it that could be an element
        document = html.document_fromstring(b"<html></html>", parser=parser)
    return document


def find_encoding(page: Page) -> str:
    """The name of the codec that the page is written in."""
    body = page.body
    if page.rendered:
        return "utf-8"  # the browser decoded it; what we hold is its own serialisation
    bom, _ = read_bom(body)
    if bom is not None:
        return bom
    damage = _damage_as_utf8(body)
    if damage == 0:
        declared = _codec(page.encoding)
        # ASCII alone says nothing, and in ISO-2022-JP it is not even text.
        if declared is not None and declared.startswith(("iso2022", "hz")):
            return declared
        return "utf-8"
    if damage < _DAMAGE:
        return "utf-8"
    transport = _codec(page.encoding)
    document = _codec(html_body_declared_encoding(body[:4096]))
    claims = [name for name in (transport, document) if name not in {None, "utf-8", "ascii"}]
    readable = [name for name in dict.fromkeys(claims) if name and _reads(body, name)]
    if len(readable) == 1 and "utf-8" not in {transport, document}:
        return readable[0]
    # Two claims that contradict each other, one proved wrong, or none: the letters decide.
    candidates = [*readable, *(name for name, _ in _CANDIDATES)]
    return max(dict.fromkeys(candidates), key=lambda name: _plausibility(body, name))


def _codec(name: str | None) -> str | None:
    resolved = resolve_encoding(name) if name else None
    if resolved is None:
        return None
    try:
        return codecs.lookup(resolved).name
    except LookupError:
        return None


def _reads(body: bytes, encoding: str) -> bool:
    text = body.decode(encoding, "replace")
    return text.count("\ufffd") * 100 <= len(text)


def _damage_as_utf8(body: bytes) -> float:
    """The share of the non-ASCII bytes that are not UTF-8; 0 for pure ASCII."""
    if body.isascii():
        return 0.0
    try:
        # final=False: a page cut in the middle of a character is no sign of an encoding
        codecs.getincrementaldecoder("utf-8")().decode(body, final=False)
    except UnicodeDecodeError:
        high = sum(1 for byte in body[:200_000] if byte >= 0x80)
        bad = body[:200_000].decode("utf-8", "replace").count("\ufffd")
        return bad / high if high else 1.0
    return 0.0


def _plausibility(body: bytes, encoding: str) -> float:
    """How well the non-ASCII characters look like a language: about -1 to 1."""
    text = body[:200_000].decode(encoding, "replace")
    common = dict(_CANDIDATES).get(encoding, "")
    latin = encoding in _LATIN
    score, count = 0.0, 0
    for before, character, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if character < "\x80":
            continue
        count += 1
        if character == "\ufffd" or "\x80" <= character < "\xa0":
            score -= 1.0
        elif character in common:
            # Accented Latin letters stand among plain ones; letters of another script
            # never stand beside plain ones in one word.
            plain = (before.isascii() and before.isalpha()) + (after.isascii() and after.isalpha())
            alone = before.isascii() or after.isascii()
            score += (1.0 if alone else 0.0) if latin else (-1.0 if plain else 1.0)
        elif not common and character.isalpha():
            score += 0.5
    return score / count if count else 0.0
