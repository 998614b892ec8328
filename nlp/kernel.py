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
    """The trained machine. Shapes: D inputs, S support vectors."""

    centre: Floats  #: (D,): subtracted from the inputs
    scale: Floats  #: (D,): multiplied onto them then
    vectors: Floats  #: (S, D): support vectors, centred and scaled
    coefficients: Floats  #: (S,)
    intercept: float
    gamma: float

    def score(self, inputs: Floats) -> float:
        """The margin: positive on the side of offers."""
        return self._at(self._distances(inputs))

    def without(self, inputs: Floats, positions: list[int], neutral: Floats) -> list[float]:
        """How much lower the margin would be with each of the inputs at its neutral value.

        Args:
            inputs: (D,), as for `score`.
            positions: of the inputs to leave out, one at a time.
            neutral: (D,): the value of each input that says nothing.
        """
        distances = self._distances(inputs)
        whole = self._at(distances)
        now = (inputs - self.centre) * self.scale
        then = (neutral - self.centre) * self.scale
        lost = []
        for position in positions:
            column = self.vectors[:, position]
            moved = distances - (column - now[position]) ** 2 + (column - then[position]) ** 2
            lost.append(whole - self._at(moved))
        return lost

    @cached_property
    def _lengths(self) -> Floats:
        lengths: Floats = np.einsum("sd,sd->s", self.vectors, self.vectors)
        return lengths

    def _distances(self, inputs: Floats) -> Floats:
        # |v - x|² = |v|² - 2 v·x + |x|²: one product with the table, no copy of it.
        scaled = (inputs - self.centre) * self.scale
        squared: Floats = self._lengths - 2 * (self.vectors @ scaled) + scaled @ scaled
        return squared

    def _at(self, distances: Floats) -> float:
        return float(np.exp(-self.gamma * distances) @ self.coefficients) + self.intercept
