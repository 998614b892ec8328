"""Imports spaCy without its command line.

`import spacy` brings the whole of spaCy's own command line with it (its downloader, two HTTP
clients, templates: 370 modules, a quarter of its time), only for the function `spacy.info`.
So while spaCy is imported, an empty module stands in the place of `spacy.cli.info`. It is
taken away again at once: who asks for `spacy.cli` later gets the true one.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

_LEFT_OUT = "spacy.cli.info"


def _info(*args: Any, **options: Any) -> Any:
    """As `spacy.info`, whose module is imported when it is first called."""
    from spacy.cli.info import info

    return info(*args, **options)


def _import_without_its_commands() -> None:
    if "spacy" in sys.modules:
        return
    empty = ModuleType(_LEFT_OUT)
    empty.info = _info  # type: ignore[attr-defined]
    sys.modules[_LEFT_OUT] = empty
    try:
        import spacy  # noqa: F401
    finally:
        del sys.modules[_LEFT_OUT]


_import_without_its_commands()

from spacy import blank  # noqa: E402
from spacy.language import Language  # noqa: E402
from spacy.tokens import Doc  # noqa: E402
from spacy.util import registry  # noqa: E402
from spacy.vocab import Vocab  # noqa: E402

__all__ = ["Doc", "Language", "Vocab", "blank", "registry"]
