"""Makes a workspace: the configuration, an example source and two example rules."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from crawler.config import FILE_NAME
from crawler.errors import ConfigError

_CONFIG = """\
# Foreland's configuration. Every setting has a default; see the README for all of them.
# A relative path is relative to this folder. FORELAND_MAIL__HOST=… overrides [mail] host.

# database = "sqlite:///data/foreland.sqlite3"
# collector = "who collects, for the captures and the audit log"

[crawl]
# user_agent = "Foreland/0.1 (+https://example.org/foreland)"
# delay = 2.0        # seconds between pages of one host

# Messages are written to data/outbox as .eml files. To send them:
# [mail]
# kind = "smtp"
# host = "mail.example.org"
# sender = "foreland@example.org"

# The search index is a file, data/index.sqlite3. To keep it on an Elasticsearch:
# [index]
# kind = "elastic"
# hosts = ["https://search.example.org:9200"]
# user = "foreland"   # the password: FORELAND_INDEX__PASSWORD=…
"""


def make_workspace(folder: Path) -> list[Path]:
    """Make the folder and its files. What is there already is left as it is.

    Returns:
        The files written.

    Raises:
        ConfigError: a file or folder cannot be made.
    """
    files = {folder / FILE_NAME: _CONFIG}
    for package, name in (("spiders.sources", "sources"), ("rules.alerts", "rules")):
        for example in resources.files(package).iterdir():
            if example.name.endswith(".yml"):
                files[folder / name / example.name] = example.read_text(encoding="utf-8")
    missing = {path: text for path, text in files.items() if not path.exists()}
    return write_files(
        folder, {str(path.relative_to(folder)): text for path, text in missing.items()}
    )


def write_files(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write files (relative path -> text) under a folder, over what is there.

    Raises:
        ConfigError: a file or folder cannot be made.
    """
    written = []
    for name, text in sorted(files.items()):
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ConfigError.one(path, f"cannot be written: {error.strerror}") from error
        written.append(path)
    return written
