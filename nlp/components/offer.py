"""Judges whether a post is an offer, and of what."""

from __future__ import annotations

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from crawler.ports import Embedder
from nlp.annotations import normalised_of, post_of
from nlp.embedder import E5Embedder
from nlp.features import features_of
from nlp.judge import cheap_score, judge, judge_cheaply, load_model, probability_of


class OfferJudge:
    """The component, with its model and embedder."""

    def __init__(self, embedder: Embedder, threshold: float | None) -> None:
        self._model = load_model()
        self._embedder = embedder
        self._threshold = threshold

    def __call__(self, doc: Doc) -> Doc:
        """The document with its judgement, and its embedding where it passed the screen."""
        model, normalised, features = self._model, normalised_of(doc), features_of(doc)
        ngram_score = model.ngrams.score(normalised.text)
        cheap = cheap_score(model, features, ngram_score)
        if probability_of(cheap) < model.screen_threshold:
            doc._.judgement = judge_cheaply(model, normalised, features, cheap)
            return doc
        embedding = self._embedder.embed([post_of(doc).text])[0]
        doc._.embedding = np.asarray(embedding, dtype="<f4").tobytes()
        doc._.judgement = judge(model, features, embedding, threshold=self._threshold)
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
