"""What a browser does with a page before it is read: consent, buttons, scrolling, a picture."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scrapy.http import Response

from spiders.consent import pass_consent

if TYPE_CHECKING:
    from playwright.async_api import Page

    from spiders.source import Source

_QUIET = 4.0  # seconds that a page has to come to rest; many never do
_GROWING = 2.5  # seconds that what a press or a scroll asked for has to appear
_LOOK = 0.1  # seconds between looks
_ROUND = 10.0  # seconds that a scroll, or a selector that is pressed, adds to what a page has
#: Presses on one selector: 'show more' stays where it is and leads on.
_PRESSES = 20
_PRESSING = 3000  # milliseconds
#: Elements at which a page is long enough, whatever is asked for: Chromium, the DOM as text
#: and the parser each take memory for every one.
_MOST_ELEMENTS = 60_000
_TALLEST = 16_000  # pixels of a screenshot: what Chromium draws in one piece

_SIZE = "() => [document.getElementsByTagName('*').length, document.documentElement.scrollHeight]"
#: The page, and every box in it that scrolls by itself.
_DOWN = """() => {
  window.scrollTo(0, document.documentElement.scrollHeight);
  for (const box of document.querySelectorAll('div, main, section, ul, ol')) {
    if (box.scrollHeight > box.clientHeight + 20 && box.clientHeight > 100
        && /auto|scroll/.test(getComputedStyle(box).overflowY)) box.scrollTop = box.scrollHeight;
  }
}"""
_WIDTH = "() => Math.min(document.documentElement.scrollWidth, 4000)"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with each page of a source."""

    timeout: float  #: seconds that one page has, from the document to the picture
    appearing: float  #: seconds that what is waited for has to appear
    wait_for: str | None = None
    click: tuple[str, ...] = ()
    scroll: int = 0
    consent: bool = True
    screenshot: bool = False


def browser_meta(source: Source, timeout: float) -> dict[str, Any]:
    """What a request says to scrapy-playwright; empty for a source without a browser.

    Args:
        source: it has a context of its own, which ends with the crawl.
        timeout: seconds for one page (`crawl.timeout`); each scroll adds to it.
    """
    if source.render != "js":
        return {}
    # Only where a source needs it: the import starts half of Playwright.
    from scrapy_playwright.page import PageMethod

    wanted = source.browser
    plan = Plan(
        timeout=timeout + _QUIET + (wanted.scroll + len(wanted.click)) * _ROUND,
        appearing=timeout,
        wait_for=source.wait_for,
        click=wanted.click,
        scroll=wanted.scroll,
        consent=wanted.consent,
        screenshot=wanted.screenshot,
    )
    return {
        "playwright": True,
        "playwright_context": f"source-{source.name}",
        "playwright_context_kwargs": {
            "service_workers": "block",
            "accept_downloads": False,
            "java_script_enabled": True,
            "viewport": {"width": 1280, "height": 900},
        },
        "playwright_page_goto_kwargs": {"wait_until": "domcontentloaded"},
        "playwright_page_methods": [PageMethod(prepare, plan)],
    }


def screenshot_of(response: Response) -> bytes | None:
    """The picture that was taken of a response's page; None when none was wanted."""
    for method in response.meta.get("playwright_page_methods", ()):
        if isinstance(method.result, bytes):
            return method.result
    return None


async def prepare(page: Page, plan: Plan) -> bytes | None:
    """Do what the plan says; the screenshot, when it asks for one.

    Raises:
        TimeoutError: the page took longer than the plan gives it, or does not answer.
        playwright.async_api.TimeoutError: `wait_for` did not appear.
    """
    async with asyncio.timeout(plan.timeout):
        await _rest(page)
        if plan.consent and await pass_consent(page):
            await _rest(page)
        if plan.wait_for:
            await page.wait_for_selector(plan.wait_for, timeout=plan.appearing * 1000)
        await _press(page, plan.click)
        for _ in range(plan.scroll):
            before = await _size(page)
            if before[0] > _MOST_ELEMENTS:
                break
            await page.evaluate(_DOWN)
            if not await _has_grown(page, before):
                break
            await _press(page, plan.click)
        return await _photograph(page) if plan.screenshot else None


async def _press(page: Page, selectors: tuple[str, ...]) -> None:
    """Press everything that is there to be pressed, as long as it brings something."""
    from playwright.async_api import Error

    for selector in selectors:
        for _ in range(_PRESSES):
            button = page.locator(f":is({selector}):visible").first
            before = await _size(page)
            try:
                if before[0] > _MOST_ELEMENTS or not await button.count():
                    break
                await button.click(timeout=_PRESSING)
            except Error:
                break  # something lies over it, or it went away
            if not await _has_grown(page, before):
                break


async def _has_grown(page: Page, before: list[int]) -> bool:
    """Whether the page becomes another within a while; it is at rest then."""
    for _ in range(int(_GROWING / _LOOK)):
        await asyncio.sleep(_LOOK)
        if await _size(page) != before:
            await _rest(page)
            return True
    return False


async def _size(page: Page) -> list[int]:
    from playwright.async_api import Error

    try:
        size: list[int] = await page.evaluate(_SIZE)
    except Error:
        return [0, 0]  # the press led to another page, which is being loaded
    return size


async def _rest(page: Page) -> None:
    from playwright.async_api import TimeoutError as NotAtRest

    with contextlib.suppress(NotAtRest):
        await page.wait_for_load_state("networkidle", timeout=_QUIET * 1000)


async def _photograph(page: Page) -> bytes:
    width = await page.evaluate(_WIDTH)
    height = min((await _size(page))[1], _TALLEST)
    return await page.screenshot(
        type="png",
        full_page=True,
        animations="disabled",
        clip={"x": 0, "y": 0, "width": max(width, 1), "height": max(height, 1)},
    )
