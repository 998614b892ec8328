"""A kernel answers as its numbers say, and what an input added is found by leaving it out."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.kernel import Floats, Kernel

_MEANS, _AXES, _OTHERS, _VECTORS = 6, 3, 4, 20


@pytest.fixture
def kernel() -> Kernel:
    source = np.random.default_rng(1)

    def numbers(*shape: int) -> Floats:
        return source.normal(size=shape).astype(np.float32)

    axes, _ = np.linalg.qr(numbers(_MEANS, _MEANS))
    return Kernel(
        centre=numbers(_MEANS + _OTHERS),
        scale=np.abs(numbers(_MEANS + _OTHERS)) + np.float32(0.1),
        axes=axes[:, :_AXES].astype(np.float32),
        vectors=numbers(_VECTORS, _AXES + _OTHERS),
        coefficients=numbers(_VECTORS),
        intercept=0.25,
        gamma=0.1,
    )


def _margin(kernel: Kernel, inputs: Floats) -> float:
    """By the formula, one support vector at a time."""
    scaled = (inputs - kernel.centre) * kernel.scale
    turned = [*(scaled[:_MEANS] @ kernel.axes), *scaled[_MEANS:]]
    total = kernel.intercept
    for vector, coefficient in zip(kernel.vectors, kernel.coefficients, strict=True):
        total += coefficient * np.exp(-kernel.gamma * np.sum((vector - turned) ** 2))
    return float(total)


def test_the_margin_is_the_sum_over_the_support_vectors(kernel: Kernel) -> None:
    inputs = np.linspace(-1, 1, _MEANS + _OTHERS, dtype=np.float32)
    assert kernel.score(inputs) == pytest.approx(_margin(kernel, inputs), abs=1e-4)


def test_what_an_input_added_is_found_by_leaving_it_out(kernel: Kernel) -> None:
    inputs = np.linspace(-1, 1, _MEANS + _OTHERS, dtype=np.float32)
    neutral = np.zeros_like(inputs)
    positions = [_MEANS, _MEANS + 3]
    lost = kernel.ask(inputs).without(positions, neutral)
    for position, found in zip(positions, lost, strict=True):
        left_out = inputs.copy()
        left_out[position] = neutral[position]
        expected = _margin(kernel, inputs) - _margin(kernel, left_out)
        assert found == pytest.approx(expected, abs=1e-4)
