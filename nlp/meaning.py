"""The vector of an advert's meaning, by which `like:` finds the same in another language.

The language model's own vector tells the language and the style of a text as loudly as what is
said, and it knows Sorani, Pashto and Kurmanji little. Both are mended here. A linear map damps
the directions in which texts that say the same differ: it was learnt from the families of the
train part (`python -m nlp.align`), each told in several languages and as one English line. And
to the text of an offer comes its English summary, which is as good in every language as the
reading of places, prices and terms is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crawler.types import Contact, Direction, Judgement, Mention, Mode
from nlp.summary import summarise
from nlp.trained_file import load_trained

Floats = NDArray[np.float32]

MEANING_FILE = Path(__file__).parent / "model" / "meaning.npz"

#: Parts of a vector that are of the summary; the rest is of the text. Of 0.2 to 0.4, found best
#: for English sentences and for whole adverts together, on the dev part.
SUMMARY_SHARE = 0.3
#: What any two vectors have in common. The mapped vectors of two adverts have a cosine of about
#: 0; with this, a likeness of 0.85 is a cosine of 0.15 of theirs.
_COMMON = 0.8235


@dataclass(frozen=True, slots=True)
class Meaning:
    """The map, in numbers. Rows that go in are unit vectors of the language model."""

    centre: Floats  #: (384,): the mean of texts
    summary_centre: Floats  #: (384,): the mean of summaries
    matrix: Floats  #: (384, 383): one number is left for what all vectors have in common

    def of(self, text: Floats, summary: Floats | None = None) -> Floats:
        """The unit-length vector of a text, with its summary where there is one: (384,)."""
        mapped = _unit((text - self.centre) @ self.matrix)
        if summary is not None:
            line = _unit((summary - self.summary_centre) @ self.matrix)
            mapped = _unit(mapped + SUMMARY_SHARE * (line - mapped))
        common = np.array([_COMMON**0.5], dtype=np.float32)
        vector: Floats = np.concatenate([common, np.float32((1 - _COMMON) ** 0.5) * mapped])
        return vector.astype(np.float32)


def _unit(row: NDArray[np.floating]) -> Floats:
    length = float(np.linalg.norm(row))
    return (row / length if length else row).astype(np.float32)


def contactless_summary(
    mentions: Sequence[Mention],
    modes: Sequence[Mode],
    direction: Direction | None,
    judgement: Judgement,
) -> str:
    """The English line of an offer without its contacts: they tell sellers apart, not offers."""
    said = [mention for mention in mentions if not isinstance(mention.value, Contact)]
    return summarise(said, modes, direction, judgement)


def save_meaning(meaning: Meaning, path: Path = MEANING_FILE) -> None:
    """Write the map, the matrix in half precision."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        centre=meaning.centre,
        summary_centre=meaning.summary_centre,
        matrix=meaning.matrix.astype(np.float16),
    )


@lru_cache(maxsize=1)
def load_meaning(path: Path = MEANING_FILE) -> Meaning:
    """The map that is shipped.

    Raises:
        ResourceMissing: the file is not there, or is no such file.
    """
    names = [field.name for field in fields(Meaning)]
    found = load_trained(path, "nlp.align", names)
    return Meaning(**{name: found[name].astype(np.float32) for name in names})
