"""The trained numbers of the offer judgement, and their file."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crawler.errors import ResourceMissing
from nlp.features import FEATURES
from nlp.kernel import Kernel
from nlp.ngrams import NgramModel

Floats = NDArray[np.float32]

MODEL_FILE = Path(__file__).parent / "model" / "offer.npz"

#: Tables of a kernel; 'early' and 'late' of each are fields of the model.
_KERNEL = ("centre", "scale", "vectors", "coefficients", "intercept", "gamma")
#: Large tables, kept in half precision.
_HALF = ("ngram_weights", "early_vectors", "late_vectors")


@dataclass(frozen=True)
class Model:
    """The trained numbers. Shapes: F features, E = 384 numbers of a mean, K sub-kinds.

    The inputs of a kernel are D = E + F + 1 numbers: a mean over the pieces, the features,
    the n-gram score.
    """

    feature_names: tuple[str, ...]
    ngram_weights: Floats  #: (2 ** 17,)
    ngram_bias: float
    screen_weights: Floats  #: (F + 1,): the features, then the n-gram score
    screen_bias: float
    screen_threshold: float  #: a probability; what is below is not read by the encoder
    early_centre: Floats  #: (D,), and so on: the kernel on the means of the first step
    early_scale: Floats
    early_vectors: Floats  #: (S, D): support vectors
    early_coefficients: Floats  #: (S,)
    early_intercept: float
    early_gamma: float
    early_slope: float  #: its log-odds are slope * margin + shift
    early_shift: float
    early_threshold: float  #: a probability; what is below is not read further
    late_centre: Floats  #: the kernel on the means of the second step
    late_scale: Floats
    late_vectors: Floats
    late_coefficients: Floats
    late_intercept: float
    late_gamma: float
    #: the judgement's log-odds: late_weight * margin + tuned_weight * tuned score + bias
    late_weight: float
    tuned_weight: float
    bias: float
    threshold: float  #: a probability; an offer reaches it
    kind_weights: Floats  #: (K, E + F): of the meaning and the features
    kind_biases: Floats  #: (K,)

    @property
    def ngrams(self) -> NgramModel:
        """The cheap model over letters."""
        return NgramModel(self.ngram_weights, self.ngram_bias)

    @cached_property
    def early(self) -> Kernel:
        """What decides whether a post is read further."""
        return self._kernel("early")

    @cached_property
    def late(self) -> Kernel:
        """One of the two that decide."""
        return self._kernel("late")

    def _kernel(self, step: str) -> Kernel:
        return Kernel(**{name: getattr(self, f"{step}_{name}") for name in _KERNEL})


def kernel_fields(step: str, kernel: Kernel) -> dict[str, Floats | float]:
    """A kernel as fields of the model."""
    return {f"{step}_{name}": getattr(kernel, name) for name in _KERNEL}


def save_model(model: Model, path: Path = MODEL_FILE) -> None:
    """Write the trained numbers; the large tables in half precision."""
    arrays = {field.name: np.asarray(getattr(model, field.name)) for field in fields(model)}
    for name in _HALF:
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
    names = tuple(str(name) for name in values.pop("feature_names", ()))
    if names != FEATURES or {field.name for field in fields(Model)} != {"feature_names", *values}:
        message = f"{path}: was trained by another version: make it anew with python -m nlp.train"
        raise ResourceMissing(message)
    numbers = {
        name: array.astype(np.float32) if array.ndim else float(array)
        for name, array in values.items()
    }
    return Model(feature_names=names, **numbers)  # type: ignore[arg-type]
