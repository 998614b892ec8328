"""Tells the format of a file that is to be imported, and where a saved page is from."""

from __future__ import annotations

import re
from typing import Literal, get_args

from spiders.imports import table, telegram_export, warc, zeeschuimer

Format = Literal["zeeschuimer", "telegram", "warc", "wacz", "html", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)
#: What browsers and SingleFile write at the head of a page that they save.
_SAVED_FROM = re.compile(
    rb"<!--[^>]{0,200}?(?:saved from url=\(\d+\)|\burl:\s*)(https?://[^\s>]+)", re.IGNORECASE
)
_MARKUP = re.compile(rb"\s*<(!doctype|html|head|body|!--|\?xml)", re.IGNORECASE)


def recognise_format(body: bytes) -> Format | None:
    """The format of a file, by what is in it; None when it is none that is read."""
    if warc.reads(body):
        return "warc"
    if warc.reads_wacz(body):
        return "wacz"
    head = body[:4096].removeprefix(b"\xef\xbb\xbf")
    if _MARKUP.match(head):
        return "html"
    if head.lstrip().startswith(b"{"):
        if zeeschuimer.reads(body):
            return "zeeschuimer"
        return "telegram" if telegram_export.reads(body) else None
    # Binary files have NULs, which only UTF-16 has among tables.
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    return "csv" if table.reads(body) else None


def saved_from(body: bytes) -> str | None:
    """The address that the program which saved a page wrote into it; None: none did."""
    match = _SAVED_FROM.search(body[:4096])
    return match.group(1).decode("ascii", "replace") if match else None
