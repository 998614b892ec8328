"""The analysts' desk: server-rendered pages that work without JavaScript.

Everything a page shows is in its address. The words of posts are escaped, never links,
and each stands in an element with its own direction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.middleware.trustedhost import TrustedHostMiddleware

from crawler.app import App
from crawler.errors import CrawlerError, IndexUnavailable, InvalidQuery, StoreError
from crawler.hostile import visible
from web.advert import view_advert, view_advertiser
from web.candidates import view_candidates
from web.search import view_search
from web.sources import view_sources

_FOLDER = Path(__file__).parent

#: Nothing is fetched from elsewhere and nothing runs: the desk shows hostile text.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_STATUS = {InvalidQuery: 400, IndexUnavailable: 503, StoreError: 503}


def make_desk(application: App) -> FastAPI:
    """The desk over an application, which stays the caller's to close."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = visible
    templates = Jinja2Templates(env=environment)
    desk = FastAPI(title="Foreland", docs_url=None, redoc_url=None, openapi_url=None)
    # A page elsewhere could otherwise reach this desk by a name that resolves to localhost.
    desk.add_middleware(
        TrustedHostMiddleware,
        allowed_hosts=["localhost", "127.0.0.1", "[::1]", application.config.web.host],
    )
    desk.mount("/static", StaticFiles(directory=_FOLDER / "static"), name="static")

    @desk.middleware("http")
    async def add_headers(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await call_next(request)
        response.headers.update(_HEADERS)
        return response

    def render(request: Request, name: str, status: int = 200, **values: object) -> HTMLResponse:
        return templates.TemplateResponse(request, name, values, status_code=status)

    def not_found(request: Request, what: str) -> HTMLResponse:
        return render(request, "error.html", 404, title="Not found", message=what)

    @desk.exception_handler(CrawlerError)
    async def show_error(request: Request, error: Exception) -> HTMLResponse:
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
        return render(request, "error.html", status, title="That did not work", message=str(error))

    @desk.get("/", response_class=HTMLResponse)
    def search(
        request: Request, q: str = "", sort: str = "relevance", after: str = ""
    ) -> HTMLResponse:
        chosen = request.query_params.getlist("f")
        view = view_search(application, q, chosen, sort, after)
        return render(request, "search.html", 400 if view.error else 200, view=view)

    @desk.get("/advert/{post_id}", response_class=HTMLResponse)
    def advert(request: Request, post_id: str, revision: int | None = None) -> HTMLResponse:
        view = view_advert(application, post_id, revision)
        if view is None:
            return not_found(request, f"There is no advert {post_id[:40]}.")
        return render(request, "advert.html", view=view)

    @desk.get("/advertiser/{advertiser_id}", response_class=HTMLResponse)
    def advertiser(request: Request, advertiser_id: str) -> HTMLResponse:
        view = view_advertiser(application, advertiser_id)
        if view is None:
            return not_found(request, f"There is no advertiser {advertiser_id[:40]}.")
        return render(request, "advertiser.html", view=view)

    @desk.get("/sources", response_class=HTMLResponse)
    def sources(request: Request) -> HTMLResponse:
        return render(request, "sources.html", view=view_sources(application))

    @desk.get("/candidates", response_class=HTMLResponse)
    def candidates(request: Request) -> HTMLResponse:
        return render(request, "candidates.html", view=view_candidates(application))

    @desk.get("/robots.txt", response_class=PlainTextResponse)
    def robots() -> str:
        return "User-agent: *\nDisallow: /\n"

    return desk
