"""Crawls one source in a process of its own and prints the run as JSON.

Ends with the exit code 2 when the store failed, as the command does.
"""

from __future__ import annotations

import json
import resource
import socket
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

from crawler.app.crawl import crawl_source
from crawler.app.measuring import peak_mb
from crawler.config import Config
from crawler.errors import StoreError
from crawler.log import configure_logging
from spiders.source import Source


def no_names(*_: Any, **__: Any) -> NoReturn:
    """What the resolver says of a name that does not exist."""
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def main() -> int:
    asked = json.loads(sys.argv[1])
    config = Config.model_validate({"workspace": Path(asked["workspace"]), **asked["config"]})
    configure_logging(config.log)
    values = {**asked["source"]}
    values["review_date"] = date.fromisoformat(values.get("review_date", "2100-01-01"))
    source = Source.model_validate(
        {"name": "one", "purpose": "a test", "authority": "TEST-1", **values}
    )
    if "largest_file" in asked:
        limit = asked["largest_file"]
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    if asked.get("no_names"):
        socket.getaddrinfo = no_names
    try:
        since = asked.get("since")
        run = crawl_source(
            config,
            source,
            clock=lambda: datetime.now(UTC),
            full=asked.get("full", False),
            scheduled=asked.get("scheduled", False),
            since=None if since is None else datetime.fromisoformat(since),
        )
    except StoreError as error:
        print(f"store failed: {error}", file=sys.stderr)  # noqa: T201
        return 2
    result = {
        "id": run.id,
        "outcome": run.outcome,
        "detail": run.detail,
        "pages": run.pages,
        "seen": run.posts_seen,
        "new": run.posts_new,
        "changed": run.posts_changed,
        "failures": run.failures,
        "complete": run.complete,
        "removed": run.posts_removed,
        "peak_mb": peak_mb(),
        "ids": [run.ids_seen, run.ids_expected],
    }
    print(json.dumps(result), flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
