"""The trained numbers of the offer judgement, and their file."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crawler.errors import ResourceMissing
from nlp.features import FEATURES
from nlp.kernel import Kernel
from nlp.ngrams import NgramModel
from nlp.trained_file import load_trained

Floats = NDArray[np.float32]

MODEL_FILE = Path(__file__).parent / "model" / "offer.npz"

#: The steps that may set a post aside, in their order: over the words alone, the first, the
#: fourth and the eighth layer.
STEPS = ("screen", "first", "early", "late")
#: The numbers of a step are fields of the model, each with the step's name before it.
_KERNEL = ("centre", "scale", "axes", "vectors", "coefficients", "intercept", "gamma")
#: Large tables, kept in half precision.
_HALF = ("ngram_weights", *(f"{step}_{table}" for step in STEPS for table in ("axes", "vectors")))


@dataclass(frozen=True)
class Step:
    """A kernel that may set a post aside."""

    kernel: Kernel
    slope: float  #: the log-odds of an offer are slope * margin + shift
    shift: float
    threshold: float  #: a probability; what is below is not read further


@dataclass(frozen=True)
class Model:
    """The trained numbers. Shapes: F features, E = 384 numbers of a mean, K sub-kinds.

    The inputs of a step are D = E + F + 1 numbers: a mean over the pieces, the features, the
    n-gram score.
    """

    feature_names: tuple[str, ...]
    ngram_weights: Floats  #: (2 ** 17,)
    ngram_bias: float
    screen_centre: Floats  #: (D,), and so on: the kernel over the words alone
    screen_scale: Floats
    screen_axes: Floats  #: (E, A): axes of the mean
    screen_vectors: Floats  #: (S, A + F + 1): support vectors
    screen_coefficients: Floats  #: (S,)
    screen_intercept: float
    screen_gamma: float
    screen_slope: float
    screen_shift: float
    screen_threshold: float
    first_centre: Floats  #: the same on the means of the first step
    first_scale: Floats
    first_axes: Floats
    first_vectors: Floats
    first_coefficients: Floats
    first_intercept: float
    first_gamma: float
    first_slope: float
    first_shift: float
    first_threshold: float
    early_centre: Floats  #: of the second
    early_scale: Floats
    early_axes: Floats
    early_vectors: Floats
    early_coefficients: Floats
    early_intercept: float
    early_gamma: float
    early_slope: float
    early_shift: float
    early_threshold: float
    late_centre: Floats  #: and of the third
    late_scale: Floats
    late_axes: Floats
    late_vectors: Floats
    late_coefficients: Floats
    late_intercept: float
    late_gamma: float
    late_slope: float
    late_shift: float
    late_threshold: float
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
    def steps(self) -> tuple[Step, ...]:
        """What may set a post aside, in the order of `STEPS`."""
        return tuple(self._step(name) for name in STEPS)

    def _step(self, name: str) -> Step:
        def number(field: str) -> Any:
            return getattr(self, f"{name}_{field}")

        kernel = Kernel(**{field: number(field) for field in _KERNEL})
        return Step(kernel, number("slope"), number("shift"), number("threshold"))


def step_fields(name: str, step: Step) -> dict[str, Any]:
    """A step as fields of the model."""
    fields_of = {field: getattr(step.kernel, field) for field in _KERNEL}
    fields_of |= {"slope": step.slope, "shift": step.shift, "threshold": step.threshold}
    return {f"{name}_{field}": value for field, value in fields_of.items()}


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
    values = load_trained(path, "nlp.train", ())
    names = tuple(str(name) for name in values.pop("feature_names", ()))
    if names != FEATURES or {field.name for field in fields(Model)} != {"feature_names", *values}:
        message = f"{path}: was trained by another version: make it anew with python -m nlp.train"
        raise ResourceMissing(message)
    numbers = {
        name: array.astype(np.float32) if array.ndim else float(array)
        for name, array in values.items()
    }
    return Model(feature_names=names, **numbers)  # type: ignore[arg-type]
