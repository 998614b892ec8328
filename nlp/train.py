"""Trains the offer judgement from the corpus: `python -m nlp.train`.

Trained on the train and dev parts; every choice (the strength of the regularisation is
fixed, the calibration, both thresholds) is made from predictions on families that the
fold's model had not seen. The test part is read by `foreland evaluate` alone.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.svm import SVC

from crawler.ports import Embedder
from crawler.types import Post
from nlp.annotations import normalised_of
from nlp.corpus_file import CorpusText, load_corpus
from nlp.embedder import E5Embedder
from nlp.features import FEATURES, features_of
from nlp.judge import ALL_SUB_KINDS, MODEL_FILE, Model, save_model
from nlp.kernel import Kernel
from nlp.ngrams import TABLE_BITS, NgramModel, hash_ngrams
from nlp.pipeline import COMPONENTS, make_doc, make_pipeline

Floats = NDArray[np.float32]

_FOLDS = 8
#: Inverse strengths of the regularisation, chosen by the folds' log loss over {0.1 … 30}.
_C_NGRAMS, _C_SCREEN, _C_FINAL, _C_KINDS = 3.0, 1.0, 3.0, 4.0
#: Features and the n-gram score are put on a scale so many times that of an embedding's
#: numbers, of which there are ten times as many; and the kernel's width, in units of the
#: mean squared distance. Both chosen by the folds' F1 over {2, 3, 4} and {0.3, 0.5, 1}.
_FEATURE_SCALE, _WIDTH = 3.0, 1.0
#: An embedding has unit length, so its numbers are small beside the features; scaled up,
#: one strength of regularisation suits both.
_EMBEDDING_SCALE = 8.0
#: Of offers in unseen families, the screen may lose so many at most.
_SCREEN_LOSS = 0.002
_CACHE = Path(".cache") / "embeddings.npz"


@dataclass(frozen=True, slots=True)
class Examples:
    """The corpus as numbers, one row a text."""

    texts: tuple[CorpusText, ...]
    features: Floats  #: (N, F)
    embeddings: Floats  #: (N, E)
    ngrams: csr_matrix  #: (N, 2 ** TABLE_BITS): shares, as `NgramModel` weighs them

    def take(self, rows: NDArray[np.int64]) -> Examples:
        """Some of the rows."""
        return Examples(
            tuple(self.texts[row] for row in rows),
            self.features[rows],
            self.embeddings[rows],
            self.ngrams[rows],
        )

    @property
    def offers(self) -> NDArray[np.bool_]:
        """Which are offers."""
        return np.array([text.offer for text in self.texts])

    @property
    def families(self) -> list[str]:
        """The families, for folds that share none."""
        return [text.family for text in self.texts]


def read_examples(texts: Sequence[CorpusText], embedder: Embedder) -> Examples:
    """Run the pipeline, without its judgement, over the texts."""
    nlp = make_pipeline([name for name in COMPONENTS if name not in ("offer", "summary")])
    docs = [
        nlp(make_doc(nlp, Post(0, 1, "corpus", "telegram", text.id, text.text, author_handle="x")))
        for text in texts
    ]
    return Examples(
        tuple(texts),
        np.stack([features_of(doc).values for doc in docs]),
        _embed(texts, embedder),
        _ngram_rows([normalised_of(doc).text for doc in docs]),
    )


def _embed(texts: Sequence[CorpusText], embedder: Embedder) -> Floats:
    keys = [hashlib.sha256((embedder.name + text.text).encode()).hexdigest() for text in texts]
    known: dict[str, Floats] = {}
    if _CACHE.exists():
        with np.load(_CACHE) as cache:
            known = dict(zip(cache["keys"].tolist(), cache["vectors"], strict=True))
    missing = [(key, text.text) for key, text in zip(keys, texts, strict=True) if key not in known]
    for start in range(0, len(missing), 64):
        batch = missing[start : start + 64]
        vectors = embedder.embed([text for _, text in batch])
        known.update(zip((key for key, _ in batch), vectors, strict=True))
    if missing:
        _CACHE.parent.mkdir(exist_ok=True)
        np.savez(_CACHE, keys=np.array(list(known)), vectors=np.stack(list(known.values())))
    return np.stack([known[key] for key in keys]).astype(np.float32)


def _fit(rows: Floats, labels: NDArray[np.bool_], strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=2000).fit(rows, labels)


def _ngram_rows(folded: Sequence[str]) -> csr_matrix:
    counts, columns, ends = [], [], [0]
    for text in folded:
        every = np.concatenate(hash_ngrams(text))
        slots, times = np.unique(every, return_counts=True)
        columns.append(slots)
        counts.append(times / np.sqrt(max(1, len(every))))
        ends.append(ends[-1] + len(slots))
    shape = (len(folded), 2**TABLE_BITS)
    return csr_matrix((np.concatenate(counts), np.concatenate(columns), ends), shape=shape)


def _fit_ngrams(examples: Examples) -> NgramModel:
    # Solved in the dual: 0.3 s over the corpus, where the usual solver takes 6.
    fitted = LogisticRegression(
        C=_C_NGRAMS, solver="liblinear", dual=True, max_iter=5000, random_state=1
    ).fit(examples.ngrams, examples.offers)
    return NgramModel(fitted.coef_[0].astype(np.float32), float(fitted.intercept_[0]))


def _ngram_scores(model: NgramModel, examples: Examples) -> Floats:
    scores: Floats = (examples.ngrams @ model.weights + model.bias).astype(np.float32)
    return scores


def _folds(examples: Examples, count: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    folds = GroupKFold(count, shuffle=True, random_state=1)
    return list(folds.split(examples.offers, groups=examples.families))


def _unseen_ngram_scores(examples: Examples) -> Floats:
    """Each text's n-gram score from a model that saw no text of its family."""
    scores = np.zeros(len(examples.texts), dtype=np.float32)
    for seen, unseen in _folds(examples, 5):
        scores[unseen] = _ngram_scores(_fit_ngrams(examples.take(seen)), examples.take(unseen))
    return scores


def _screen_rows(examples: Examples, ngram_scores: Floats) -> Floats:
    return np.column_stack([examples.features, ngram_scores])


def _kernel_rows(examples: Examples, ngram_scores: Floats) -> Floats:
    return np.column_stack([examples.embeddings, examples.features, ngram_scores])


def _fit_kernel(examples: Examples, ngram_scores: Floats) -> Kernel:
    inputs = _kernel_rows(examples, ngram_scores)
    centre = inputs.mean(axis=0)
    scale = 1.0 / np.maximum(inputs.std(axis=0), 1e-3)
    numbers = examples.embeddings.shape[1]
    scale[numbers:] *= _FEATURE_SCALE
    rows = (inputs - centre) * scale
    spread = numbers + (inputs.shape[1] - numbers) * _FEATURE_SCALE**2
    gamma = _WIDTH / spread
    fitted = SVC(C=_C_FINAL, gamma=gamma).fit(
        rows, examples.offers, sample_weight=_weights(examples)
    )
    return Kernel(
        centre.astype(np.float32),
        scale.astype(np.float32),
        fitted.support_vectors_.astype(np.float16).astype(np.float32),
        fitted.dual_coef_[0].astype(np.float32),
        float(fitted.intercept_[0]),
        gamma,
    )


def _weights(examples: Examples) -> Floats:
    """Families have 3 to 33 texts; a large one counts by the root of its size."""
    sizes = Counter(examples.families)
    weights = np.array([sizes[family] ** -0.5 for family in examples.families])
    return np.asarray(weights / weights.mean(), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Stage:
    """What is fitted on some families: both steps, uncalibrated."""

    ngrams: NgramModel
    screen: LogisticRegression
    final: Kernel

    def screen_scores(self, examples: Examples) -> Floats:
        """The screen's log-odds."""
        rows = _screen_rows(examples, _ngram_scores(self.ngrams, examples))
        return np.asarray(self.screen.decision_function(rows), dtype=np.float32)

    def final_scores(self, examples: Examples) -> Floats:
        """The judgement's log-odds."""
        rows = _kernel_rows(examples, _ngram_scores(self.ngrams, examples))
        return np.array([self.final.score(row) for row in rows], dtype=np.float32)


def fit_stage(examples: Examples) -> Stage:
    """Fit both steps. The n-gram score they see in training is that of unseen families."""
    unseen = _unseen_ngram_scores(examples)
    return Stage(
        _fit_ngrams(examples),
        _fit(_screen_rows(examples, unseen), examples.offers, _C_SCREEN),
        _fit_kernel(examples, unseen),
    )


def unseen_scores(examples: Examples, folds: int = _FOLDS) -> tuple[Floats, Floats]:
    """Both steps' log-odds for every text, from models that saw no text of its family."""
    screen = np.zeros(len(examples.texts), dtype=np.float32)
    final = np.zeros(len(examples.texts), dtype=np.float32)
    for seen, rest in _folds(examples, folds):
        stage, unseen = fit_stage(examples.take(seen)), examples.take(rest)
        screen[rest], final[rest] = stage.screen_scores(unseen), stage.final_scores(unseen)
    return screen, final


def train(examples: Examples, embedder_name: str) -> Model:
    """The model from the examples."""
    screen, final = unseen_scores(examples)
    offers = examples.offers
    screen_slope, screen_shift = _calibrate(screen, offers)
    slope, shift = _calibrate(final, offers)
    lost = np.quantile(screen[offers] * screen_slope + screen_shift, _SCREEN_LOSS)
    threshold = _best_threshold(_logistic(final * slope + shift), offers)
    stage = fit_stage(examples)
    kinds = _fit_kinds(examples)
    return Model(
        embedder=embedder_name,
        feature_names=FEATURES,
        ngram_weights=stage.ngrams.weights,
        ngram_bias=stage.ngrams.bias,
        screen_weights=(stage.screen.coef_[0] * screen_slope).astype(np.float32),
        screen_bias=float(stage.screen.intercept_[0] * screen_slope + screen_shift),
        screen_threshold=float(_logistic(np.array(lost, dtype=np.float32))),
        centre=stage.final.centre,
        scale=stage.final.scale,
        vectors=stage.final.vectors,
        coefficients=stage.final.coefficients,
        intercept=stage.final.intercept,
        gamma=stage.final.gamma,
        slope=slope,
        shift=shift,
        threshold=threshold,
        kind_weights=kinds[0],
        kind_biases=kinds[1],
    )


def _calibrate(scores: Floats, offers: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and shift that make log-odds of unseen families honest (Platt 1999)."""
    fitted = LogisticRegression(C=1e6).fit(scores.reshape(-1, 1), offers)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _logistic(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-scores)), dtype=np.float64)


def _best_threshold(probabilities: NDArray[np.float64], offers: NDArray[np.bool_]) -> float:
    """The middle of the thresholds whose F1 is within 0.001 of the best."""
    candidates = np.linspace(0.1, 0.9, 161)
    scores = np.array([f1_of(probabilities >= threshold, offers) for threshold in candidates])
    good = candidates[scores >= scores.max() - 0.001]
    return float(np.median(good))


def f1_of(found: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    """The harmonic mean of precision and recall."""
    return float(2 * (found & true).sum() / max(1, found.sum() + true.sum()))


def _fit_kinds(examples: Examples) -> tuple[Floats, Floats]:
    rows = np.flatnonzero(examples.offers)
    offers = examples.take(rows)
    inputs = np.column_stack([offers.embeddings * _EMBEDDING_SCALE, offers.features])
    weights, biases = [], []
    for kind in ALL_SUB_KINDS:
        labels = np.array([kind in text.sub_kinds for text in offers.texts])
        fitted = _fit(inputs, labels, _C_KINDS)
        weights.append(fitted.coef_[0])
        biases.append(fitted.intercept_[0])
    scale = np.ones(inputs.shape[1])
    scale[: offers.embeddings.shape[1]] = _EMBEDDING_SCALE
    return (np.stack(weights) * scale).astype(np.float32), np.array(biases, dtype=np.float32)


def _leave_one_language_out(examples: Examples) -> list[tuple[str, int, float]]:
    """For each language, F1 on it of a model that saw none of it. (code, texts, F1)."""
    rows = []
    for code in sorted({text.language for text in examples.texts}):
        own = np.array([text.language == code for text in examples.texts])
        stage = fit_stage(examples.take(np.flatnonzero(~own)))
        held = examples.take(np.flatnonzero(own))
        rows.append((code, int(own.sum()), f1_of(stage.final_scores(held) >= 0, held.offers)))
    return rows


def main() -> None:
    """Train and write the model; print what was measured on unseen families."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leave-one-language-out", action="store_true")
    options = parser.parse_args()
    embedder = E5Embedder()
    texts = [text for text in load_corpus() if text.part != "test"]
    examples = read_examples(texts, embedder)
    offers = examples.offers
    say = sys.stdout.write
    say(f"{len(texts)} texts, {int(offers.sum())} offers\n")
    if options.leave_one_language_out:
        for code, count, score in _leave_one_language_out(examples):
            say(f"without {code:<8} {count:>4} texts  F1 {score:.3f}\n")
        return
    screen, final = unseen_scores(examples)
    model = train(examples, embedder.name)
    passed = _logistic(screen) >= model.screen_threshold
    say(f"unseen families: screen alone F1 {f1_of(screen >= 0, offers):.3f}, ")
    say(f"with the embedding F1 {f1_of(final >= 0, offers):.3f}\n")
    say(f"screen at {model.screen_threshold:.4f} keeps {passed[offers].mean():.4f} of offers ")
    say(f"and {passed[~offers].mean():.3f} of the rest; threshold {model.threshold:.3f}\n")
    save_model(model)
    say(f"wrote {MODEL_FILE.name}\n")


if __name__ == "__main__":
    main()
