"""The one place where the parts are wired together."""

from crawler.app.wiring import App, open_app

__all__ = ["App", "open_app"]
