"""A support vector machine with a Gaussian kernel, as numbers: fast to ask, and explainable.

What a single input adds to the score is found by leaving it out: the score is asked again
with that input at its neutral value. That is exact for this function, where a gradient
would only be a tangent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Kernel:
    """The trained machine. Shapes: D inputs, of which the first E are turned to A axes.

    The axes are those along which the E inputs differ most (principal components); with a
    sixth of them a machine tells about as much, and answers as much sooner.
    """

    centre: Floats  #: (D,): subtracted from the inputs
    scale: Floats  #: (D,): multiplied onto them then
    axes: Floats  #: (E, A)
    vectors: Floats  #: (S, A + D - E): support vectors, centred, scaled and turned
    coefficients: Floats  #: (S,)
    intercept: float
    gamma: float

    def ask(self, inputs: Floats) -> Asked:
        """What it says of (D,) inputs."""
        return self.ask_all(inputs[None])[0]

    def ask_all(self, rows: Floats) -> list[Asked]:
        """What it says of each of (N, D) inputs: the table is walked through once for all."""
        if not len(rows):
            return []
        # |v - x|² = |v|² - 2 v·x + |x|²: one product with the table, no copy of it.
        scaled = self.turn((rows - self.centre) * self.scale)
        distances = scaled @ self.by_input
        distances *= -2
        distances += self._lengths
        distances += np.einsum("nd,nd->n", scaled, scaled)[:, None]
        return [Asked(self, *pair) for pair in zip(scaled, distances, strict=True)]

    def turn(self, scaled: Floats) -> Floats:
        """Inputs, or rows of inputs (…, D), as the support vectors are: (…, A + D - E)."""
        count = len(self.axes)
        return np.concatenate([scaled[..., :count] @ self.axes, scaled[..., count:]], axis=-1)

    def score(self, inputs: Floats) -> float:
        """The margin: positive on the side of offers."""
        return self.ask(inputs).margin

    def margins_at(self, distances: Floats) -> Floats:
        """The margins of inputs at squared distances (…, S) from the support vectors."""
        likeness: Floats = distances * np.float32(-self.gamma)
        np.exp(likeness, out=likeness)
        margins: Floats = likeness @ self.coefficients + np.float32(self.intercept)
        return margins

    @cached_property
    def _lengths(self) -> Floats:
        lengths: Floats = np.einsum("sd,sd->s", self.vectors, self.vectors)
        return lengths

    @cached_property
    def by_input(self) -> Floats:
        """The support vectors, a row an input of theirs: so they are multiplied with sooner."""
        return np.ascontiguousarray(self.vectors.T)


@dataclass(frozen=True)
class Asked:
    """The answer to some inputs, and what each of them had to do with it."""

    kernel: Kernel
    scaled: Floats  #: (A + D - E,): the inputs, centred, scaled and turned
    distances: Floats  #: (S,): squared, from the support vectors

    @cached_property
    def margin(self) -> float:
        """Positive on the side of offers."""
        return float(self.kernel.margins_at(self.distances))

    def without(self, positions: list[int], neutral: Floats) -> list[float]:
        """How much lower the margin would be with each of the inputs at its neutral value.

        Args:
            positions: of the inputs to leave out, one at a time; none of the turned ones.
            neutral: (D,): the value of each input that says nothing.
        """
        kernel, turned = self.kernel, self.kernel.axes.shape[1]
        at = np.array(positions, dtype=int)
        after = ((neutral - kernel.centre) * kernel.scale)[at, None]
        at -= len(kernel.axes)
        before = self.scaled[turned + at, None]
        # (v - after)² - (v - before)², for every input and support vector.
        moved = kernel.by_input[turned + at]
        moved *= 2
        moved -= after + before
        moved *= before - after
        moved += self.distances
        lost: list[float] = (self.margin - kernel.margins_at(moved)).tolist()
        return lost
