"""Judges whether a post is an offer, and of what."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc

from crawler.ports import Embedder
from nlp.annotations import normalised_of, post_of
from nlp.embedder import E5Embedder
from nlp.features import Features, features_of
from nlp.judge import cheap_score, judge, judge_cheaply, load_model, probability_of

Floats = NDArray[np.float32]

#: Documents that wait for an embedding at once.
_MOST_WAITING = 16


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A document whose embedding is being computed; None where the screen has judged it."""

    doc: Doc
    features: Features
    ngram_score: float
    embedding: Future[Floats] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it can be finished without waiting."""
        return self.embedding is None or self.embedding.done()


class OfferJudge:
    """The component, with its model and embedder."""

    def __init__(self, embedder: Embedder, threshold: float | None) -> None:
        self._model = load_model()
        self._embedder = embedder
        self._threshold = threshold

    def __call__(self, doc: Doc) -> Doc:
        """The document with its judgement, and its embedding where it passed the screen."""
        return self._finish(self._screen(doc))

    def pipe(self, docs: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """As calling it for each; while one text is embedded, the next are read."""
        waiting: deque[_Waiting] = deque()
        with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="judge") as pool:
            for doc in docs:
                waiting.append(self._screen(doc, pool))
                while len(waiting) > _MOST_WAITING or (waiting and waiting[0].is_ready):
                    yield self._finish(waiting.popleft())
            while waiting:
                yield self._finish(waiting.popleft())

    def _screen(self, doc: Doc, pool: ThreadPoolExecutor | None = None) -> _Waiting:
        model, normalised, features = self._model, normalised_of(doc), features_of(doc)
        ngram_score = model.ngrams.score(normalised.text)
        cheap = cheap_score(model, features, ngram_score)
        if probability_of(cheap) < model.screen_threshold:
            doc._.judgement = judge_cheaply(model, normalised, features, cheap)
            return _Waiting(doc, features, ngram_score)
        text = [post_of(doc).text]
        future: Future[Floats]
        if pool:
            future = pool.submit(self._embedder.embed, text)
        else:
            future = Future()
            future.set_result(self._embedder.embed(text))
        return _Waiting(doc, features, ngram_score, future)

    def _finish(self, waiting: _Waiting) -> Doc:
        doc = waiting.doc
        if waiting.embedding is not None:
            embedding = waiting.embedding.result()[0]
            doc._.embedding = np.asarray(embedding, dtype="<f4").tobytes()
            doc._.judgement = judge(
                self._model,
                normalised_of(doc),
                waiting.features,
                waiting.ngram_score,
                embedding,
                threshold=self._threshold,
            )
        return doc


@Language.factory(
    "offer",
    default_config={"threshold": None},
    assigns=["doc._.judgement", "doc._.embedding"],
    requires=["doc._.normalised", "doc._.mentions", "doc._.reading"],
)
def make_offer_judge(nlp: Language, name: str, threshold: float | None) -> OfferJudge:
    """The component; `threshold` in place of the model's own."""
    return OfferJudge(E5Embedder(), threshold)
