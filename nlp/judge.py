"""Is it an offer, of what, and how surely: the trained judgement.

Two steps. A cheap linear model over the letters and the features of a post screens out
what is surely not an offer. What passes is embedded (50 ms), and a support vector machine
over the embedding, the features and the score of the letters decides; what it says is
calibrated to a probability.
The numbers are trained by `python -m nlp.train` and shipped in `nlp/model/offer.npz`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crawler.errors import ResourceMissing
from crawler.types import AREAS, SUB_KINDS, Area, Judgement, Reason, SubKind
from nlp.features import FEATURES, Evidence, Features
from nlp.kernel import Kernel
from nlp.ngrams import NgramModel
from nlp.normalise import Normalised

MODEL_FILE = Path(__file__).parent / "model" / "offer.npz"

ALL_SUB_KINDS: tuple[SubKind, ...] = tuple(
    dict.fromkeys(kind for area in AREAS for kind in SUB_KINDS[area])
)

#: A judgement names so many reasons at most, the weightiest first.
_MOST_REASONS = 8
#: Reasons weaker than this (log-odds) are not told.
_LEAST_WEIGHT = 0.05


@dataclass(frozen=True)
class Model:
    """The trained numbers. Shapes: F features, E numbers of an embedding, K sub-kinds."""

    embedder: str  #: the name of the embedder that it was trained with
    feature_names: tuple[str, ...]
    ngram_weights: NDArray[np.float32]  #: (2 ** 17,)
    ngram_bias: float
    screen_weights: NDArray[np.float32]  #: (F + 1,): the features, then the n-gram score
    screen_bias: float
    screen_threshold: float  #: a probability; what is below is not embedded
    #: (E + F + 1,): of the kernel's inputs: the embedding, the features, the n-gram score
    centre: NDArray[np.float32]
    scale: NDArray[np.float32]  #: (E + F + 1,)
    vectors: NDArray[np.float32]  #: (S, E + F + 1): support vectors
    coefficients: NDArray[np.float32]  #: (S,)
    intercept: float
    gamma: float
    slope: float  #: log-odds are slope * margin + shift
    shift: float
    threshold: float  #: a probability; an offer reaches it
    kind_weights: NDArray[np.float32]  #: (K, E + F)
    kind_biases: NDArray[np.float32]  #: (K,)

    @property
    def ngrams(self) -> NgramModel:
        """The cheap model over letters."""
        return NgramModel(self.ngram_weights, self.ngram_bias)

    @cached_property
    def kernel(self) -> Kernel:
        """The machine that decides."""
        return Kernel(
            self.centre, self.scale, self.vectors, self.coefficients, self.intercept, self.gamma
        )


def save_model(model: Model, path: Path = MODEL_FILE) -> None:
    """Write the trained numbers; the large tables in half precision."""
    arrays = {field.name: np.asarray(getattr(model, field.name)) for field in fields(model)}
    for name in ("ngram_weights", "vectors"):
        arrays[name] = arrays[name].astype(np.float16)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


@lru_cache(maxsize=2)
def load_model(path: Path = MODEL_FILE) -> Model:
    """The trained numbers.

    Raises:
        ResourceMissing: the file is not there, or was trained for other features.
    """
    try:
        with np.load(path) as arrays:
            values = {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError) as error:
        message = f"{path}: cannot be read: make it with python -m nlp.train ({error})"
        raise ResourceMissing(message) from error
    names = tuple(str(name) for name in values.get("feature_names", ()))
    if names != FEATURES or {field.name for field in fields(Model)} != set(values):
        message = f"{path}: was trained by another version: make it anew with python -m nlp.train"
        raise ResourceMissing(message)
    floats = {
        name: array.astype(np.float32) for name, array in values.items() if array.dtype.kind == "f"
    }
    return Model(
        embedder=str(values["embedder"]),
        feature_names=names,
        ngram_weights=floats["ngram_weights"],
        ngram_bias=float(values["ngram_bias"]),
        screen_weights=floats["screen_weights"],
        screen_bias=float(values["screen_bias"]),
        screen_threshold=float(values["screen_threshold"]),
        centre=floats["centre"],
        scale=floats["scale"],
        vectors=floats["vectors"],
        coefficients=floats["coefficients"],
        intercept=float(values["intercept"]),
        gamma=float(values["gamma"]),
        slope=float(values["slope"]),
        shift=float(values["shift"]),
        threshold=float(values["threshold"]),
        kind_weights=floats["kind_weights"],
        kind_biases=floats["kind_biases"],
    )


def probability_of(log_odds: float) -> float:
    """The logistic function."""
    return float(1.0 / (1.0 + np.exp(-np.clip(log_odds, -40, 40))))


def cheap_score(model: Model, features: Features, ngram_score: float) -> float:
    """The screen's log-odds."""
    inputs = np.append(features.values, np.float32(ngram_score))
    return float(inputs @ model.screen_weights + model.screen_bias)


def judge_cheaply(
    model: Model, normalised: Normalised, features: Features, score: float
) -> Judgement:
    """The judgement of a post that did not pass the screen: not an offer, and why."""
    reasons = [
        *_feature_reasons(features, model.screen_weights[: len(FEATURES)] * features.values),
        *_word_reasons(model, normalised, float(model.screen_weights[-1])),
    ]
    return Judgement(
        is_offer=False,
        probability=min(probability_of(score), model.threshold),
        reasons=_weightiest(reasons, Reason("", "nothing in it speaks for an offer", score)),
    )


def judge(
    model: Model,
    normalised: Normalised,
    features: Features,
    ngram_score: float,
    embedding: NDArray[np.float32],
    *,
    threshold: float | None = None,
) -> Judgement:
    """The judgement of a post that passed the screen.

    `threshold` stands in place of the model's own.
    """
    kernel, count = model.kernel, len(embedding)
    inputs = np.concatenate([embedding, features.values, [np.float32(ngram_score)]])
    score = model.slope * kernel.score(inputs) + model.shift
    probability = probability_of(score)
    is_offer = probability >= (model.threshold if threshold is None else threshold)
    # A feature that is absent is 0; an embedding or wording that says nothing is the mean.
    neutral = model.centre.copy()
    neutral[count:-1] = 0
    present = [count + int(position) for position in np.flatnonzero(features.values)]
    *lost, by_letters = kernel.without(inputs, [*present, len(inputs) - 1], neutral)
    added = np.zeros(len(FEATURES), dtype=np.float32)
    added[[position - count for position in present]] = np.multiply(lost, model.slope)
    meaningless = np.concatenate([neutral[:count], inputs[count:]])
    meaning = score - (model.slope * kernel.score(meaningless) + model.shift)
    whole = Reason("", "the meaning of the whole text", round(meaning, 3))
    # What the letters added is shared among the words as the n-gram model weighs them.
    beyond = ngram_score - float(neutral[-1])
    scale = by_letters * model.slope / math.copysign(max(abs(beyond), 0.1), beyond)
    kinds: tuple[SubKind, ...] = ()
    area: Area | None = None
    if is_offer:
        area, kinds = _kinds(model, inputs[:-1])
    words = _word_reasons(model, normalised, scale)
    reasons = _weightiest([*_feature_reasons(features, added), *words, whole], whole)
    return Judgement(is_offer, probability, area, kinds, reasons)


def _kinds(model: Model, inputs: NDArray[np.float32]) -> tuple[Area, tuple[SubKind, ...]]:
    scores = inputs @ model.kind_weights.T + model.kind_biases
    best = ALL_SUB_KINDS[int(np.argmax(scores))]
    area = next(area for area in AREAS if best in SUB_KINDS[area])
    # Only kinds of the area itself: an advert of a crossing that names passports in passing
    # is not an advert of passports.
    kinds = tuple(
        kind
        for kind, score in zip(ALL_SUB_KINDS, scores, strict=True)
        if kind in SUB_KINDS[area] and (score > 0 or kind == best)
    )
    return area, kinds


def _feature_reasons(features: Features, added: NDArray[np.float32]) -> list[Reason]:
    """The features that were met, with what each added to the log-odds."""
    by_feature: dict[str, list[Evidence]] = {}
    for item in features.evidence:
        by_feature.setdefault(item.feature, []).append(item)
    reasons = []
    for name, weight in zip(FEATURES, added.tolist(), strict=True):
        found = by_feature.get(name, [])
        if not found or abs(weight) < _LEAST_WEIGHT:
            continue
        first = found[0]
        reasons.append(Reason(first.text, name, round(weight, 3), first.start, first.end))
    return reasons


def _word_reasons(model: Model, normalised: Normalised, scale: float) -> list[Reason]:
    by_position = model.ngrams.by_position(normalised.text) * scale
    tokens = normalised.tokens
    reasons = []
    for start, end in zip(tokens.starts, tokens.ends, strict=True):
        added = float(by_position[start:end].sum())
        if abs(added) < _LEAST_WEIGHT or end > len(by_position):
            continue
        first, last = normalised.span(start, end)
        word = normalised.original[first:last]
        reasons.append(Reason(word, "wording", round(added, 3), first, last))
    reasons.sort(key=lambda reason: -abs(reason.weight))
    return reasons[: _MOST_REASONS // 2]


def _weightiest(reasons: list[Reason], at_least: Reason) -> tuple[Reason, ...]:
    ordered = sorted(reasons, key=lambda reason: -abs(reason.weight))[:_MOST_REASONS]
    return tuple(ordered) or (at_least,)
