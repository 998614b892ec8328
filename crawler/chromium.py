"""Finds a Chromium on the machine, and says how it is to be started."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

#: Looked for on PATH, in this order.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium(configured: Path | None) -> Path | None:
    """The browser to use, or None when there is none.

    In order: the configured one, `$FORELAND_CHROMIUM`, one of `NAMES` on PATH, what
    Playwright downloaded. A configured path that is no program gives None, so that the
    mistake is seen instead of another browser being taken.
    """
    named = configured or Path(os.environ.get("FORELAND_CHROMIUM", ""))
    if named != Path():
        return named if os.access(named, os.X_OK) and named.is_file() else None
    for name in NAMES:
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    return _downloaded()


def launch_arguments() -> list[str]:
    """The command-line arguments for Chromium.

    The sandbox is left out for root alone, under whom Chromium refuses to start with it.
    """
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*_ARGUMENTS, *(["--no-sandbox"] if root else [])]


def _downloaded() -> Path | None:
    """The newest Chromium that Playwright downloaded, without starting Playwright."""
    folder = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    cache = Path(folder) if folder else Path.home() / ".cache" / "ms-playwright"
    found = [
        *cache.glob("chromium-*/chrome-linux*/chrome"),
        *cache.glob("chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium"),
        *cache.glob("chromium_headless_shell-*/chrome-*linux*/*headless*shell"),
    ]
    usable = [path for path in found if os.access(path, os.X_OK)]
    return max(usable, default=None)


if __name__ == "__main__":
    # For ./run, which tells what was found.
    sys.stdout.write(str(find_chromium(None) or ""))
