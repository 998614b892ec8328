"""Reads a file of trained numbers (`nlp/model/*.npz`)."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from crawler.errors import ResourceMissing


def load_trained(path: Path, module: str, wanted: Collection[str]) -> dict[str, NDArray[Any]]:
    """The arrays of the file by their names.

    Args:
        path: the file.
        module: what makes it anew: 'nlp.train'.
        wanted: arrays that must be in it.

    Raises:
        ResourceMissing: it is not there, or is no such file.
    """
    try:
        # A file of one array only is read as that, and is no context: TypeError.
        with path.open("rb") as file, np.load(file) as arrays:
            found = {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, BadZipFile, TypeError) as error:
        message = f"{path}: cannot be read: make it with python -m {module} ({error})"
        raise ResourceMissing(message) from error
    if missing := sorted(set(wanted) - set(found)):
        message = f"{path}: has no {', '.join(missing)}: make it anew with python -m {module}"
        raise ResourceMissing(message)
    return found
