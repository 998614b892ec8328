"""Learns the map of `nlp.meaning`: `python -m nlp.align`, on two cores ten minutes.

The texts of a family say the same: how they differ among themselves is what a search by
meaning must not look at. The map makes that difference as large in every direction
(within-class covariance normalisation). What a family is about, one English line, counts as a
text of it, so that a short sentence finds long adverts. Only the train part is looked at.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crawler.types import Post
from nlp.corpus_file import load_corpus, load_families
from nlp.encoder import load_encoder
from nlp.masking import mask_contacts
from nlp.meaning import Floats, Meaning, contactless_summary, save_meaning
from nlp.pipeline import Analyser

#: How far the covariance is drawn towards one that is equal in all directions.
_SHRINKAGE = 0.3
#: What these families are about is told in a word or two, for whoever sorted them.
_WITHOUT_LINES = ("street-", "smalltalk-")


def fit(texts: Floats, families: Sequence[str], lines: Floats, lines_of: Sequence[str]) -> Floats:
    """The matrix (384, 383) of the map.

    Args:
        texts: unit vectors, (texts, 384).
        families: the family of each text.
        lines: unit vectors of what families are about.
        lines_of: the family of each line.
    """
    centre = texts.mean(axis=0, dtype=np.float64)
    rows = np.concatenate([texts, lines]).astype(np.float64) - centre
    members: dict[str, list[int]] = defaultdict(list)
    for row, family in enumerate([*families, *lines_of]):
        members[family].append(row)
    differences = [
        (rows[own] - rows[own].mean(axis=0)) * (len(own) / (len(own) - 1)) ** 0.5
        for own in members.values()
        if len(own) > 1
    ]
    stacked = np.concatenate(differences)
    within = stacked.T @ stacked / len(stacked)
    size = len(within)
    equal = np.trace(within) / size * np.eye(size)
    values, axes = np.linalg.eigh((1 - _SHRINKAGE) * within + _SHRINKAGE * equal)
    whitening = axes * values**-0.5 @ axes.T
    # Turned so that the last number says least, and that one is left out.
    mapped = rows[: len(texts)] @ whitening
    _, turned = np.linalg.eigh(mapped.T @ mapped)
    matrix: NDArray[np.float64] = whitening @ turned[:, ::-1][:, : size - 1]
    scaled: Floats = (matrix / np.linalg.norm(mapped, axis=1).mean()).astype(np.float32)
    return scaled


def main() -> None:
    """Read the train part, fit the map and write it."""
    texts = [text for text in load_corpus() if text.part == "train"]
    told = load_families()
    about = {
        name: family.about
        for families in (told.offer, told.near_miss)
        for name, family in families.items()
        if family.part == "train" and not name.startswith(_WITHOUT_LINES)
    }
    posts = [
        Post(n, 1, text.language, "corpus", text.id, text.text) for n, text in enumerate(texts)
    ]
    adverts = Analyser().analyse(posts)
    sys.stderr.write(f"{len(texts)} texts were read\n")
    encoder = load_encoder()
    rows = [
        encoder.embed(mask_contacts(text.text, advert.mentions).text)
        for text, advert in zip(texts, adverts, strict=True)
    ]
    summaries = [
        encoder.embed(
            contactless_summary(advert.mentions, advert.modes, advert.direction, advert.judgement)
        )
        for text, advert in zip(texts, adverts, strict=True)
        if text.offer and advert.judgement is not None and advert.judgement.is_offer
    ]
    lines = [encoder.embed(line) for line in about.values()]
    stacked = np.stack(rows)
    matrix = fit(stacked, [text.family for text in texts], np.stack(lines), list(about))
    save_meaning(Meaning(stacked.mean(axis=0), np.stack(summaries).mean(axis=0), matrix))


if __name__ == "__main__":
    main()
