"""Trains what tells the part of each place in a journey: `python -m nlp.tune_roles`.

It learns from the places that are marked in the texts of the train and dev parts, as the pipeline
finds them, and how the rules read each. The rules were mended by those same texts, and read
unseen ones worse; so in training a share of their readings is another one, and some texts have
none: else the rules would be believed too readily. Needs torch (`pip install foreland[train]`),
and on two cores ten minutes.

Chosen by 844 places in the offers of the theme `wharf`, of which neither the rules nor the model
had seen any, over the eighth and twelfth layer: the rules alone were right of 0.818, the model
alone, told nothing of the rules, of 0.818, told of them of 0.878, and with twice as many of their
readings changed, of 0.880 (log loss 0.389 and 0.368). Without the twelfth layer the places of the
dev part are told as well (0.917 and 0.921 in offers, 0.917 and 0.916 in the rest), and of more
posts.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from crawler.types import Mention, Post
from nlp.annotations import mentions_of
from nlp.corpus_file import CorpusText, load_corpus
from nlp.encoder import load_encoder
from nlp.masking import mask_contacts
from nlp.pipeline import READERS, make_doc, make_pipeline
from nlp.role_model import (
    HEADS,
    KINDS,
    LAYERS,
    READINGS,
    ROLES_FILE,
    Floats,
    PlacePieces,
    Whole,
    country_of,
    place_pieces,
    save_roles,
)
from nlp.route_revision import ROLES
from nlp.tune import BATCH, batches, learn

_EPOCHS, _SEED = 14, 1
_STEP_LENGTH, _DECAY, _WARM_UP = 1e-3, 0.05, 100
_WIDTH, _GIVEN, _DROPOUT, _SURE = 128, 384, 0.2, 0.95
#: Shares of the readings that are changed, and of the texts that have none.
_CHANGED, _UNREAD = 0.25, 0.15


@dataclass(frozen=True, slots=True)
class Example:
    """A text with places."""

    text: CorpusText
    hidden: Floats  #: (pieces, 384), in half precision
    found: PlacePieces
    roles: tuple[int, ...]  #: of each place, as it is marked


class Roles(nn.Module):
    """What `nlp.role_model.RoleModel` is, to be trained."""

    def __init__(self) -> None:
        super().__init__()
        self.inward = nn.Linear(_GIVEN, _WIDTH)
        self.kinds = nn.Embedding(KINDS, _WIDTH)
        self.readings = nn.Embedding(READINGS, _WIDTH)
        self.inward_norm = nn.LayerNorm(_WIDTH)
        layer = nn.TransformerEncoderLayer(
            _WIDTH, HEADS, 2 * _WIDTH, _DROPOUT, "gelu", batch_first=True
        )
        self.layers = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
        self.answer = nn.Linear(_WIDTH, len(ROLES))

    def forward(
        self, hidden: torch.Tensor, kinds: torch.Tensor, readings: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """The scores of each role: (texts, pieces, roles)."""
        rows = self.inward(hidden) + self.kinds(kinds) + self.readings(readings)
        rows = functional.dropout(self.inward_norm(rows), _DROPOUT, self.training)
        return torch.as_tensor(self.answer(self.layers(rows, src_key_padding_mask=~mask)))


def read_examples(texts: Sequence[CorpusText]) -> list[Example]:
    """Those of the texts that name places, after the language model."""
    nlp = make_pipeline(READERS)
    encoder = load_encoder()
    examples = []
    for text in texts:
        post = Post(0, 1, "corpus", "telegram", text.id, text.text, author_handle="x")
        mentions = mentions_of(nlp(make_doc(nlp, post)))
        if not any(mention.label == "place" for mention in mentions):
            continue
        masked = mask_contacts(text.text, mentions)
        begun = encoder.read(masked.text)
        found = place_pieces(mentions, masked, begun.pieces)
        if found.places:
            roles = tuple(_marked_role(place, text) for place in found.places)
            examples.append(Example(text, begun.hidden.astype(np.float16), found, roles))
    return examples


def _marked_role(place: Mention, text: CorpusText) -> int:
    """Its number in `ROLES`; an end of any route before a place between."""
    marked = {
        role
        for route in text.routes
        for (start, end), role in zip(route.spans, route.roles, strict=True)
        if start < place.end and place.start < end
    }
    order = ("destination", "origin", "via")
    return next((ROLES.index(role) for role in order if role in marked), 0)


def train(examples: Sequence[Example], *, epochs: int = _EPOCHS, seed: int = _SEED) -> Roles:
    """The model after so many times through the examples."""
    torch.manual_seed(seed)
    source = random.Random(seed)  # noqa: S311 - an order, no secret
    model = Roles()
    optimiser = torch.optim.AdamW(model.parameters(), lr=_STEP_LENGTH, weight_decay=_DECAY)
    steps = epochs * -(-len(examples) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / _WARM_UP, 1) * max(0, 1 - step / steps)
    )
    for epoch in range(epochs):
        model.train()
        start, losses = time.monotonic(), []
        for batch in batches(examples, source):
            hidden, kinds, mask, labels, weights = _stack(batch)
            answers = model(hidden, kinds, _disturbed(batch, mask, source), mask)
            loss = functional.cross_entropy(
                answers.transpose(1, 2), labels, reduction="none", label_smoothing=1 - _SURE
            )
            loss = (loss * weights).sum() / weights.sum()
            learn(loss, model, optimiser, schedule)
            losses.append(loss.item())
        seconds = time.monotonic() - start
        sys.stdout.write(f"epoch {epoch + 1}: loss {np.mean(losses):.3f} in {seconds:.0f} s\n")
    model.eval()
    return model


def _stack(batch: Sequence[Example]) -> tuple[torch.Tensor, ...]:
    """What is given, the kinds, which pieces there are, the roles, and what each counts."""
    longest = max(len(one.hidden) for one in batch)
    hidden = np.zeros((len(batch), longest, _GIVEN), dtype=np.float32)
    kinds, labels = np.zeros((2, len(batch), longest), dtype=np.int64)
    mask = np.zeros((len(batch), longest), dtype=bool)
    weights = np.zeros((len(batch), longest), dtype=np.float32)
    for row, one in enumerate(batch):
        count = len(one.hidden)
        hidden[row, :count], mask[row, :count] = one.hidden, True
        kinds[row, :count] = one.found.kinds
        for own, role in zip(one.found.pieces, one.roles, strict=True):
            labels[row, list(own)], weights[row, list(own)] = role, 1 / len(own)
    return tuple(torch.tensor(one) for one in (hidden, kinds, mask, labels, weights))


def _disturbed(batch: Sequence[Example], mask: torch.Tensor, source: random.Random) -> torch.Tensor:
    readings: Whole = np.zeros(mask.shape, dtype=np.int64)
    for row, one in enumerate(batch):
        if source.random() < _UNREAD:
            continue
        readings[row, : len(one.hidden)] = one.found.readings
        for own in one.found.pieces:
            if source.random() < _CHANGED:
                readings[row, list(own)] = source.randrange(1, READINGS)
    return torch.tensor(readings)


def export(model: Roles) -> dict[str, Floats]:
    """The numbers as `RoleModel` names them."""
    layers = [layer for layer in model.layers.layers if isinstance(layer, nn.Module)]

    def matrix(name: str) -> Floats:
        return np.stack([_numbers(layer.get_parameter(name)).T for layer in layers])

    def vector(name: str) -> Floats:
        return np.stack([_numbers(layer.get_parameter(name)) for layer in layers])

    def norm(name: str) -> Floats:
        return np.stack([vector(f"{name}.weight"), vector(f"{name}.bias")], axis=1)

    inward_norm = (model.inward_norm.weight, model.inward_norm.bias)
    return {
        "inward": _numbers(model.inward.weight).T,
        "inward_bias": _numbers(model.inward.bias),
        "kinds": _numbers(model.kinds.weight),
        "readings": _numbers(model.readings.weight),
        "inward_norm": np.stack([_numbers(one) for one in inward_norm]),
        "attention": matrix("self_attn.in_proj_weight"),
        "attention_bias": vector("self_attn.in_proj_bias"),
        "joining": matrix("self_attn.out_proj.weight"),
        "joining_bias": vector("self_attn.out_proj.bias"),
        "joining_norm": norm("norm1"),
        "inner": matrix("linear1.weight"),
        "inner_bias": vector("linear1.bias"),
        "outer": matrix("linear2.weight"),
        "outer_bias": vector("linear2.bias"),
        "outer_norm": norm("norm2"),
        "answer": _numbers(model.answer.weight).T,
        "answer_bias": _numbers(model.answer.bias),
    }


def count_ends(examples: Sequence[Example]) -> Floats:
    """`RoleModel.ends`, from the offers among the examples."""
    counts = np.ones((3, 4), dtype=np.float32)
    for one in examples:
        if one.text.offer:
            of_role: dict[int, set[str]] = {}
            for place, role in zip(one.found.places, one.roles, strict=True):
                of_role.setdefault(role, set()).add(country_of(place))
            ends = [len(of_role.get(ROLES.index(role), ())) for role in ("origin", "destination")]
            counts[tuple(np.minimum(ends, np.array(counts.shape) - 1))] += 1
    shares: Floats = np.log(counts / counts.sum())
    return shares


def _numbers(parameter: torch.Tensor) -> Floats:
    numbers: Floats = parameter.detach().float().numpy().copy()
    return numbers


def main() -> None:
    """Train and write the numbers."""
    texts = [text for text in load_corpus() if text.part != "test"]
    examples = read_examples(texts)
    save_roles({**export(train(examples)), "ends": count_ends(examples)})
    sys.stdout.write(f"wrote {ROLES_FILE.name}\n")


if __name__ == "__main__":
    main()
