"""The language model in steps, so that most posts cost a part of it only.

multilingual-e5-small has twelve layers. The words alone, before any of them, then the first and
then the fourth are enough to tell most posts that are no offers; the eighth is the best ground
for the judgement (F1 in unseen families with the mean of layer 4: 0.910, of layer 8: 0.927, of
layer 12: 0.918). From there the last four lead on to the vector of the text's meaning. Another
way branches off after the fourth: eight layers that were tuned to adverts (`nlp.tune`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache, partial
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crawler.errors import ResourceMissing
from crawler.types import Direction, Mode
from nlp.e5_file import load_e5
from nlp.pieces import PieceCutter, Pieces
from nlp.trained_file import load_trained
from nlp.transformer import Floats, Layers, PieceTable, Tensor, e5_layers

#: The last of the model's own layers are so many; those before these are taken in steps.
STEP = 4
FIRST_STEPS = (1, 3, 4)
#: The tuned layers branch off after so many of the first steps, and are taken `STEP` at a time.
BRANCH = 2
TUNED_LAYERS = 8
#: Pieces of a text that are read. The cost grows with the length, and what is offered stands
#: at the beginning; the longest tenth of adverts have 90.
MOST_PIECES = 160
#: Code points of a text that are cut into pieces.
MOST_LETTERS = 600

#: Stands before every text: the model's card asks for it where texts of one kind are compared.
PREFIX = "query: "

TUNED_FILE = Path(__file__).parent / "model" / "tuned.npz"


@dataclass(frozen=True, slots=True)
class Begun:
    """A text after some of the steps."""

    pieces: Pieces  #: of the text with `PREFIX` before it
    hidden: Floats  #: (pieces, 384)
    steps: int = 0
    branch: Floats | None = None  #: the same where the tuned layers begin, once it was there

    @property
    def mean(self) -> Floats:
        """The mean over the pieces: (384,)."""
        mean: Floats = self.hidden.mean(axis=0)
        return mean


#: The answers of the head, in its order: whether it is an offer, then these.
ANSWERED_MODES: tuple[Mode, ...] = ("sea", "land", "air")
ANSWERED_DIRECTIONS: tuple[Direction, ...] = ("into_uk", "out_of_uk", "other")


@dataclass(frozen=True)
class Head:
    """What stands on the tuned layers: one hidden layer, and a number for each answer."""

    inner: Floats  #: (384, 128)
    inner_bias: Floats  #: (128,)
    outer: Floats  #: (128, 7): an offer, by sea, land, air, into the UK, out of it, neither
    outer_bias: Floats  #: (7,)

    def scores(self, means: Floats) -> Floats:
        """Log-odds of each answer for every row of (rows, 384): (rows, 7)."""
        rows = means @ self.inner + self.inner_bias
        scores: Floats = (gelu(rows) @ self.outer + self.outer_bias).astype(np.float32)
        return scores


def gelu(rows: Floats) -> Floats:
    """The curve GELU (Hendrycks and Gimpel 2016) in its exact form, as in training."""
    bent: Floats = rows * _normal_share(rows)
    return bent


def _normal_share(rows: Floats) -> Floats:
    # Abramowitz and Stegun 7.1.26, erf to within 1.5e-7; numpy has none, scipy costs 0.1 s.
    scaled = np.abs(rows) * np.float32(0.5**0.5)
    short = 1 / (1 + np.float32(0.3275911) * scaled)
    series = short * (
        0.254829592
        + short
        * (-0.284496736 + short * (1.421413741 + short * (-1.453152027 + short * 1.061405429)))
    )
    share: Floats = (0.5 * (1 + np.sign(rows) * (1 - series * np.exp(-scaled * scaled)))).astype(
        np.float32
    )
    return share


class Encoder:
    """The steps. May be asked from several threads at once; steps are loaded when first asked."""

    _loading: Thread | None = None

    @cached_property
    def _cutter(self) -> PieceCutter:
        return PieceCutter(load_e5())

    @cached_property
    def _table(self) -> PieceTable:
        return PieceTable(load_e5())

    @cached_property
    def _steps(self) -> list[Callable[[], Layers]]:
        starts = [sum(FIRST_STEPS[:step]) for step in range(len(FIRST_STEPS))]
        return [
            lru_cache(maxsize=1)(partial(_own_layers, *pair))
            for pair in zip(starts, FIRST_STEPS, strict=True)
        ]

    @cached_property
    def _last(self) -> Layers:
        return _own_layers(sum(FIRST_STEPS), STEP)

    @cached_property
    def _tuned(self) -> tuple[list[Layers], Head]:
        return load_tuned()

    def load_meanwhile(self) -> None:
        """Load all steps in a thread of their own, while the caller loads something else.

        Half of the time goes by outside Python's lock. What cannot be loaded is not told of
        here: the first text that needs it tells. A process that ends meanwhile waits for it:
        onnxruntime, cut off while it loads, aborts the whole process.
        """
        self._loading = Thread(target=self._load, name="load-encoder")
        self._loading.start()

    def _load(self) -> None:
        with suppress(ResourceMissing):
            _ = self._cutter, self._table, self._tuned, self._last
            for layers in self._steps:
                layers()

    def begin(self, text: str) -> Begun:
        """A text before the first step: what its words are by themselves."""
        return self.begin_all([text])[0]

    def begin_all(self, texts: Sequence[str]) -> list[Begun]:
        """The same of several texts, which costs less than one by one."""
        if (loading := self._loading) is not None:  # else two threads could load the same
            loading.join()
            self._loading = None
        cut = [self._cutter.cut(PREFIX + text[:MOST_LETTERS], MOST_PIECES) for text in texts]
        hidden = self._table.embed([pieces.rows for pieces in cut])
        return [Begun(*pair) for pair in zip(cut, hidden, strict=True)]

    def go_on(self, begun: Begun) -> Begun:
        """The same after the next of the first steps."""
        hidden = self._steps[begun.steps]().run(begun.hidden)
        steps = begun.steps + 1
        return Begun(begun.pieces, hidden, steps, hidden if steps == BRANCH else begun.branch)

    def read(self, text: str) -> Begun:
        """A text after all of the first steps."""
        begun = self.begin(text)
        for _ in FIRST_STEPS:
            begun = self.go_on(begun)
        return begun

    def embed(self, text: str) -> Floats:
        """The unit-length vector of a text's meaning: (384,)."""
        return meaning(self.finish(self.read(text)))

    def finish(self, begun: Begun) -> Begun:
        """The same after the model's own last layers; needs all of the first steps."""
        return replace(begun, hidden=self._last.run(begun.hidden))

    def tuned(self, begun: Begun) -> tuple[Begun, Head]:
        """The text after the tuned layers, and what reads them. Needs `BRANCH` steps done."""
        layers, head = self._tuned
        assert begun.branch is not None, "the tuned layers begin further on"  # noqa: S101
        hidden = begun.branch
        for some in layers:
            hidden = some.run(hidden)
        return replace(begun, hidden=hidden), head


def meaning(finished: Begun) -> Floats:
    """The unit-length vector of the meaning of a text that was read to the end: (384,)."""
    vector: Floats = finished.mean / np.linalg.norm(finished.mean)
    return vector


@lru_cache(maxsize=1)
def load_encoder() -> Encoder:
    """The one encoder of this process: the judgement and the embedding share its layers."""
    return Encoder()


def _own_layers(start: int, count: int) -> Layers:
    return Layers(e5_layers(load_e5(), start, count), count)


def save_tuned(tensors: Mapping[str, Tensor], head: Head, path: Path = TUNED_FILE) -> None:
    """Write the tuned layers and what stands on them."""
    arrays = {f"layers.{name}": tensor for name, tensor in tensors.items()}
    arrays |= {f"head.{name}": np.asarray(value) for name, value in vars(head).items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def load_tuned(path: Path = TUNED_FILE) -> tuple[list[Layers], Head]:
    """The tuned layers, `STEP` at a time, and what stands on them.

    Raises:
        ResourceMissing: the file is not there, or is no such file.
    """
    found = load_trained(path, "nlp.tune", [f"head.{field.name}" for field in fields(Head)])
    layers = [Layers(_some_layers(found, at), STEP) for at in range(0, TUNED_LAYERS, STEP)]
    head = Head(
        inner=found["head.inner"].astype(np.float32),
        inner_bias=found["head.inner_bias"].astype(np.float32),
        outer=found["head.outer"].astype(np.float32),
        outer_bias=found["head.outer_bias"].astype(np.float32),
    )
    return layers, head


def _some_layers(found: Mapping[str, NDArray[np.generic]], start: int) -> dict[str, Tensor]:
    """`STEP` of the layers from this one on, named as if they were the first."""
    tensors: dict[str, Any] = {}
    for number in range(STEP):
        stem = f"layers.l{start + number}."
        tensors |= {
            f"l{number}.{name.removeprefix(stem)}": tensor
            for name, tensor in found.items()
            if name.startswith(stem)
        }
    return tensors
