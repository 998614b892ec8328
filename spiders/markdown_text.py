"""Reads a post that is written in Markdown: its words, what it quotes, pictures and links."""

from __future__ import annotations

import re

from spiders.post_body import Body
from spiders.selection import absolute_address

_QUOTE = re.compile(r" {0,3}>(?!!) ?")  # '>!' begins a spoiler, not a quotation
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
#: No bracket within the brackets, nor in an address, and no way back: a hostile post is
#: nothing but beginnings of links.
_ADDRESS = r"<?([^\s)>\[\]]{1,2000}+)>?"
_PICTURE = re.compile(rf"!\[([^\[\]\n]{{0,200}}+)\]\({_ADDRESS}[^)\[\]\n]{{0,200}}+\)")
_LINK = re.compile(
    rf"(?<!!)\[([^\[\]\n]{{1,200}}+)\]\({_ADDRESS}(?:\s\"[^\"\[\]\n]{{0,200}}+\")?\)"
)
_BARE = re.compile(r"<?\b(https?://[^\s<>\[\]()]+(?:\([^\s<>()]*\))?[^\s<>\[\]()]*)>?")
#: An end is looked for where a mark stands, not at every letter: a post may be nothing but marks.
_EMPHASIS = re.compile(
    r"(?<![\w*\\])(\*{1,3}|~~)(?=\S)(.[^*~\n]{0,199}+(?:[*~][^*~\n]{0,199}+){0,40}?)(?<=\S)\1(?![\w*])"
)
_HEADING = re.compile(r"^ {0,3}#{1,6}\s+", re.MULTILINE)
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!~>|])")
_GAP = re.compile(r"\n{3,}")


def read_markdown(source: str, base: str) -> Body:
    r"""The parts of a post.

    Marks of emphasis and headings are taken off. A link whose words are not its address is
    'words (address)', as the address is part of what the reader can use.

    >>> body = read_markdown("> who can help?\n\nI can: [here](https://example.org/a)", "")
    >>> body.text, body.quoted, body.links
    ('I can: here (https://example.org/a)', ('who can help?',), ('https://example.org/a',))
    """
    own: list[str] = []
    quotes: list[list[str]] = []
    quoting = fenced = False
    for line in source.replace("\r\n", "\n").split("\n"):
        fenced ^= _FENCE.match(line) is not None
        mark = None if fenced else _QUOTE.match(line)
        if mark is not None:
            if not quoting:
                quotes.append([])
                own.append("")
            quotes[-1].append(line[mark.end() :])
        else:
            own.append(line)
        quoting = mark is not None
    text = "\n".join(own)
    media = [absolute_address(match[2], base) for match in _PICTURE.finditer(text)]
    without = _PICTURE.sub(lambda match: match[1], text)
    links = [absolute_address(match[2], base) for match in _LINK.finditer(without)]
    links += [
        absolute_address(match[1].rstrip(".,;:!?*_"), base) for match in _BARE.finditer(without)
    ]
    quoted = [_plain("\n".join(lines), base) for lines in quotes]
    return Body(
        text=_plain(without, base),
        quoted=tuple(words for words in quoted if words),
        media=tuple(dict.fromkeys(address for address in media if address)),
        links=tuple(dict.fromkeys(address for address in links if address)),
    )


def _plain(text: str, base: str) -> str:
    def written_out(match: re.Match[str]) -> str:
        words, address = match[1], absolute_address(match[2], base) or match[2]
        same = words.rstrip("/") == address.rstrip("/")
        return address if same else f"{words} ({address})"

    text = _LINK.sub(written_out, text)
    text = _HEADING.sub("", text)
    for _ in range(2):  # bold inside italics
        text = _EMPHASIS.sub(r"\2", text)
    text = _ESCAPED.sub(r"\1", text)
    lines = (line.rstrip() for line in text.split("\n"))
    return _GAP.sub("\n\n", "\n".join(lines)).strip()
