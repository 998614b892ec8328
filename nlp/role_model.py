"""What every place of a post is to its journey, told from the whole text.

Two layers of attention (Vaswani et al. 2017; normalised after each, as BERT is) over what the
language model's eighth layer says of the pieces of a text, told which pieces are places, which
of those are in the United Kingdom, and how the rules read them. It knows the languages by the
language model, and so also where the word lists lack a verb or a case. Trained by
`python -m nlp.tune_roles`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import pairwise, product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crawler.types import Mention, Place, Route
from nlp.encoder import PREFIX, gelu
from nlp.masking import Masked
from nlp.pieces import Pieces
from nlp.route_revision import ROLES, Role, role_of
from nlp.trained_file import load_trained

Floats = NDArray[np.float32]
Whole = NDArray[np.int64]

ROLES_FILE = Path(__file__).parent / "model" / "roles.npz"
HEADS, LAYERS = 4, 2
#: Kinds of pieces: of no place, of one outside the United Kingdom, of one in it.
KINDS = 3
#: How the rules read a place; the first is that nothing is known of it, as in part of training.
READINGS = 1 + len(ROLES)
_EPSILON = np.float32(1e-5)
_ORIGIN, _DESTINATION = ROLES.index("origin"), ROLES.index("destination")
#: What the shares of posts with so many ends count beside the places' own answers. On 480 offers
#: that an earlier model, over the twelfth layer as well, had not seen: F1 of routes .780 at 0,
#: .793 at 0.3, .800 at 0.6 and at 1; .702 by the rules alone.
_ENDS_COUNT = 0.6
#: A role is out of the question where another is so much likelier (in log probability).
_UNLIKELY = 5.0
_MOST_CHOICES = 1000


@dataclass(frozen=True, slots=True)
class PlacePieces:
    """The places of a text and the pieces they consist of."""

    places: tuple[Mention, ...]
    pieces: tuple[tuple[int, ...], ...]  #: of each place; none is empty
    kinds: Whole  #: (pieces of the text,)
    readings: Whole  #: (pieces of the text,): 1 + how the rules read the place, 0 at no place


@dataclass(frozen=True)
class RoleModel:
    """The trained numbers. Shapes: W numbers a piece inside, L layers, R roles."""

    inward: Floats  #: (384, W)
    inward_bias: Floats  #: (W,)
    kinds: Floats  #: (KINDS, W)
    readings: Floats  #: (READINGS, W)
    inward_norm: Floats  #: (2, W): factor and shift
    attention: Floats  #: (L, W, 3 W): queries, keys, values
    attention_bias: Floats  #: (L, 3 W)
    joining: Floats  #: (L, W, W)
    joining_bias: Floats  #: (L, W)
    joining_norm: Floats  #: (L, 2, W)
    inner: Floats  #: (L, W, 2 W)
    inner_bias: Floats  #: (L, 2 W)
    outer: Floats  #: (L, 2 W, W)
    outer_bias: Floats  #: (L, W)
    outer_norm: Floats  #: (L, 2, W)
    answer: Floats  #: (W, R)
    answer_bias: Floats  #: (R,)
    ends: Floats  #: (3, 4): log share of texts with so many origins (2 or more) and destinations

    def answers(self, hidden: Floats, kinds: Whole, readings: Whole) -> Floats:
        """The logarithm of the probability of each of `ROLES`, for every piece: (pieces, R).

        Args:
            hidden: (pieces, 384): what the eighth layer says.
            kinds: (pieces,), below `KINDS`.
            readings: (pieces,), below `READINGS`.
        """
        rows = hidden @ self.inward + self.inward_bias + self.kinds[kinds]
        rows = _normalise(rows + self.readings[readings], self.inward_norm)
        for layer in range(LAYERS):
            rows = _normalise(rows + self._attend(layer, rows), self.joining_norm[layer])
            inside = gelu(rows @ self.inner[layer] + self.inner_bias[layer])
            outside = inside @ self.outer[layer] + self.outer_bias[layer]
            rows = _normalise(rows + outside, self.outer_norm[layer])
        return _log_shares(rows @ self.answer + self.answer_bias)

    def _attend(self, layer: int, rows: Floats) -> Floats:
        pieces, width = rows.shape
        given = rows @ self.attention[layer] + self.attention_bias[layer]
        # (3, heads, pieces, numbers of a head)
        query, key, value = given.reshape(pieces, 3, HEADS, -1).transpose(1, 2, 0, 3)
        likeness = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(width / HEADS))
        seen = np.exp(_log_shares(likeness)) @ value
        joined = seen.transpose(1, 0, 2).reshape(pieces, width) @ self.joining[layer]
        attended: Floats = joined + self.joining_bias[layer]
        return attended

    def roles(self, hidden: Floats, found: PlacePieces) -> dict[Mention, Role | None]:
        """The likeliest roles of the places, all taken together.

        Taken each by itself, two places may both be origins and none a destination; so the
        shares of posts with so many origins and destinations have a say.
        """
        if not found.places:
            return {}
        answers = self.answers(hidden, found.kinds, found.readings)
        own = np.stack([answers[list(pieces)].mean(axis=0) for pieces in found.pieces])
        countries = [country_of(place) for place in found.places]
        chosen = max(_ways_to_read(own), key=lambda one: one[0] + self._usual(one[1], countries))[1]
        return {place: ROLES[role] for place, role in zip(found.places, chosen, strict=True)}

    def _usual(self, chosen: Sequence[int], countries: Sequence[str]) -> float:
        counts = [
            len({country for own, country in zip(chosen, countries, strict=True) if own == role})
            for role in (_ORIGIN, _DESTINATION)
        ]
        origins, destinations = np.minimum(counts, np.array(self.ends.shape) - 1)
        return _ENDS_COUNT * float(self.ends[origins, destinations])


def _ways_to_read(own: Floats) -> list[tuple[float, tuple[int, ...]]]:
    """Each choice of roles that is not out of the question, with its log probability."""
    possible = [np.flatnonzero(row > row.max() - _UNLIKELY).tolist() for row in own]
    if math.prod(map(len, possible)) > _MOST_CHOICES:
        possible = [[int(row.argmax())] for row in own]
    return [
        (float(sum(row[role] for row, role in zip(own, choice, strict=True))), choice)
        for choice in product(*possible)
    ]


def country_of(place: Mention) -> str:
    """The country of a mention of a place."""
    assert isinstance(place.value, Place)  # noqa: S101 - for the type's sake
    return place.value.country


def place_pieces(mentions: Sequence[Mention], masked: Masked, pieces: Pieces) -> PlacePieces:
    """The places among the mentions of a text with the pieces that each consists of.

    Args:
        mentions: of the text, the routes that the rules read among them.
        masked: the text as it was read.
        pieces: of that, `PREFIX` before it.
    """
    own = [start - len(PREFIX) for start in pieces.starts]
    bounds = [masked.at(start) if start >= 0 else -1 for start in own]
    routes = [mention.value for mention in mentions if isinstance(mention.value, Route)]
    kinds = np.zeros(len(pieces.starts), dtype=np.int64)
    readings = np.zeros(len(pieces.starts), dtype=np.int64)
    places, parts = [], []
    for mention in mentions:
        if not isinstance(mention.value, Place):
            continue
        part = tuple(
            piece
            for piece, (start, end) in enumerate(pairwise(bounds))
            if 0 <= start < mention.end and end > mention.start
        )
        if not part:  # beyond what the language model reads
            continue
        places.append(mention)
        parts.append(part)
        kinds[list(part)] = 2 if mention.value.country == "GB" else 1
        readings[list(part)] = 1 + ROLES.index(role_of(mention, routes))
    return PlacePieces(tuple(places), tuple(parts), kinds, readings)


def _normalise(rows: Floats, factor_and_shift: Floats) -> Floats:
    rows = rows - rows.mean(axis=-1, keepdims=True)
    spread = np.sqrt((rows * rows).mean(axis=-1, keepdims=True) + _EPSILON)
    normal: Floats = rows / spread * factor_and_shift[0] + factor_and_shift[1]
    return normal


def _log_shares(scores: Floats) -> Floats:
    """The logarithm of the softmax along the last axis."""
    scores = scores - scores.max(axis=-1, keepdims=True)
    shares: Floats = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    return shares


def save_roles(numbers: Mapping[str, Floats], path: Path = ROLES_FILE) -> None:
    """Write the trained numbers, in half precision."""
    halved = {name: number.astype(np.float16) for name, number in numbers.items()}
    np.savez_compressed(path, **halved)  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def load_roles(path: Path = ROLES_FILE) -> RoleModel:
    """The trained numbers.

    Raises:
        ResourceMissing: the file is not there, or is no such file.
    """
    names = [field.name for field in fields(RoleModel)]
    found = load_trained(path, "nlp.tune_roles", names)
    return RoleModel(**{name: found[name].astype(np.float32) for name in names})
