"""Draws the graph of the transformer's layers: `python -m nlp.layers_graph`.

Needed only when the layers change (`onnx` is not installed otherwise). The graph is made of
onnxruntime's fused operations, and its numbers are outside it: see `nlp.transformer`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from math import prod

from onnx import TensorProto, helper

from nlp.encoder import FIRST_STEPS, STEP
from nlp.transformer import GRAPHS, MATRICES, NORMALISATIONS

_FUSED = "com.microsoft"
_WIDTH, _HEADS = 384, 12
_EPSILON = 1e-12


class _Drawing:
    """Nodes and outside numbers, as they are added."""

    def __init__(self) -> None:
        self.nodes: list[object] = []
        self.outside: list[TensorProto] = []

    def number(self, name: str, shape: Sequence[int], kind: int = TensorProto.FLOAT) -> str:
        tensor = TensorProto(name=name, data_type=kind, dims=shape)
        tensor.data_location = TensorProto.EXTERNAL
        size = prod(shape) * (1 if kind == TensorProto.INT8 else 4)
        for key, value in (("location", "given"), ("offset", "0"), ("length", str(size))):
            tensor.external_data.add(key=key, value=value)
        self.outside.append(tensor)
        return name

    def add(
        self, operation: str, inputs: list[str], *outputs: str, domain: str = _FUSED, **how: object
    ) -> str:
        node = helper.make_node(
            operation, inputs, list(outputs), name=outputs[0], domain=domain, **how
        )
        self.nodes.append(node)
        return outputs[0]

    def multiply(self, rows: str, name: str, inputs: int, outputs: int) -> str:
        return self.add(
            "DynamicQuantizeMatMul",
            [
                rows,
                self.number(f"{name}.w", [inputs, outputs], TensorProto.INT8),
                self.number(f"{name}.s", [outputs]),
                "",
                self.number(f"{name}.b", [outputs]),
            ],
            f"{name}.rows",
        )

    def normalise(self, name: str, added: str, rows: str, output: str) -> str:
        weights = [self.number(f"{name}.{part}", [_WIDTH]) for part in ("w", "b")]
        # Two operations, which work on eight numbers at once, in 0.4 of the time of the one that
        # onnxruntime has for both (`nlp.transformer` forbids it to join them).
        both = self.add("Add", [added, rows], f"{name}.both", domain="")
        how = {"axis": -1, "epsilon": _EPSILON}
        return self.add("LayerNormalization", [both, *weights], output, domain="", **how)


def draw(layers: int) -> bytes:
    """The graph of so many layers: `embedded` (1, pieces, 384) to `hidden` of that shape."""
    drawing = _Drawing()
    inner = MATRICES["fi"][1]
    rows = "embedded"
    for layer in range(layers):
        name = f"l{layer}"
        heads = [f"{name}.{part}" for part in "qkv"]
        whole = drawing.multiply(rows, f"{name}.qkv", _WIDTH, 3 * _WIDTH)
        drawing.add("Split", [whole], *heads, domain="", axis=-1, num_outputs=3)
        seen = drawing.add("MultiHeadAttention", heads, f"{name}.seen", num_heads=_HEADS)
        attended = drawing.multiply(seen, f"{name}.ao", _WIDTH, _WIDTH)
        first, second = (f"{name}.{part}" for part in NORMALISATIONS)
        rows = drawing.normalise(first, attended, rows, f"{name}.attended")
        inside = drawing.multiply(rows, f"{name}.fi", _WIDTH, inner)
        bent = drawing.add("Gelu", [inside], f"{name}.bent")
        outside = drawing.multiply(bent, f"{name}.fo", inner, _WIDTH)
        last = "hidden" if layer == layers - 1 else f"{name}.out"
        rows = drawing.normalise(second, outside, rows, last)
    shape = [1, "pieces", _WIDTH]
    graph = helper.make_graph(
        drawing.nodes,
        "layers",
        [helper.make_tensor_value_info("embedded", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, shape)],
        drawing.outside,
    )
    versions = [helper.make_opsetid("", 18), helper.make_opsetid(_FUSED, 1)]
    model = helper.make_model(graph, opset_imports=versions)
    model.ir_version = 8  # what onnxruntime 1.17 and later read
    drawn: bytes = model.SerializeToString()
    return drawn


def main() -> None:
    """Write the graph of each step."""
    for layers in sorted({*FIRST_STEPS, STEP}):
        path = GRAPHS / f"layers-{layers}.onnx"
        path.write_bytes(draw(layers))
        sys.stdout.write(f"wrote {path.name}\n")


if __name__ == "__main__":
    main()
