"""A measure in a process of its own, so that its memory and its first calls are its own."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from crawler.errors import CrawlerError


def measure(module: str, what: str, *arguments: str) -> dict[str, Any]:
    """Run `python -m module what arguments…`; its last line of output, read as JSON.

    Raises:
        CrawlerError: it failed; with the end of what it complained about.
    """
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", module, what, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CrawlerError(f"bench: {what} failed: {done.stderr.strip()[-500:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def peak_mb() -> float:
    """The most memory this process held, in MB.

    Linux tells it of the program itself; `ru_maxrss` is handed on from the process that
    started it, and is asked only where there is nothing else.
    """
    peak = _status_mb("VmHWM")
    if peak is not None:
        return peak
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def held_mb() -> float:
    """The memory this process holds now, in MB; its peak where that is all that can be told."""
    held = _status_mb("VmRSS")
    return peak_mb() if held is None else held


def _status_mb(name: str) -> float | None:
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    found = re.search(rf"{name}:\s*(\d+) kB", status.read_text(encoding="utf-8"))
    return int(found[1]) / 1024 if found else None
