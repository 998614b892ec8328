"""What a page opened in the browser may load: its own host's documents and scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.async_api import Request

#: Not loaded unless a screenshot is wanted: they carry no text, and pictures of persons are
#: not collected for their own sake.
_HEAVY = frozenset({"image", "media", "font", "stylesheet"})


@dataclass(frozen=True, slots=True)
class Unwanted:
    """Says of each request of the browser whether it must not be made.

    Set as `PLAYWRIGHT_ABORT_REQUEST`; plain data, since Scrapy copies its settings.
    """

    #: hosts besides the page's own, each with those below it
    allowed: tuple[str, ...] = ()
    pictures: bool = False  #: a screenshot is wanted

    def __call__(self, request: Request) -> bool:
        """Whether to abort the request.

        The first navigation of a page was checked by the middlewares. From then on nothing
        leaves the page's own host: no trackers, no frames, no redirection elsewhere.
        """
        if not self.pictures and request.resource_type in _HEAVY:
            return True
        here = urlsplit(request.frame.page.url)
        if here.scheme not in {"http", "https"}:
            return False  # about:blank: this is the first navigation
        target = urlsplit(request.url)
        if target.scheme in {"data", "blob"}:
            return False
        host = target.hostname or ""
        if host == (here.hostname or ""):
            return False
        # Of another host, parts of the page alone: the page itself does not go there.
        if request.resource_type == "document" and request.frame.parent_frame is None:
            return True
        return not any(host == one or host.endswith(f".{one}") for one in self.allowed)
