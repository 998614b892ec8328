"""Trains the offer judgement from the corpus: `python -m nlp.train`, after `nlp.tune`.

Trained on the train and dev parts. Every choice is made from predictions on families that the
fold's model had not seen; how the two last judges are weighed, the calibration and the
threshold from the dev part, which the tuned layers have not seen either. The test part is
read by `foreland evaluate` alone.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.svm import SVC

from crawler.types import Post
from nlp.annotations import mentions_of, normalised_of
from nlp.corpus_file import CorpusText, load_corpus
from nlp.encoder import TUNED_FILE, Encoder, load_encoder
from nlp.features import FEATURES, features_of
from nlp.judge import ALL_SUB_KINDS
from nlp.judge_model import MODEL_FILE, Model, kernel_fields, save_model
from nlp.kernel import Kernel
from nlp.masking import mask_contacts
from nlp.ngrams import TABLE_BITS, NgramModel, hash_ngrams
from nlp.pipeline import COMPONENTS, make_doc, make_pipeline

Floats = NDArray[np.float32]

_FOLDS = 5
#: Inverse strengths of the regularisation, chosen by the folds' log loss over {0.1 … 30}.
_C_NGRAMS, _C_SCREEN, _C_KERNEL, _C_KINDS = 3.0, 1.0, 3.0, 1.0
#: Features and the n-gram score are put on a scale so many times that of a mean's numbers, of
#: which there are ten times as many; and the kernel's width, in units of the mean squared
#: distance. Both chosen by the folds' F1 over {2, 3, 4} and {0.3, 0.5, 1}.
_FEATURE_SCALE, _WIDTH = 3.0, 1.0
#: A meaning has unit length, so its numbers are small beside the features; scaled up, one
#: strength of regularisation suits both.
_MEANING_SCALE = 8.0
#: Of offers in unseen families, the screen and the first layers may each lose so many at most.
_SCREEN_LOSS, _EARLY_LOSS = 0.002, 0.002
_CACHE = Path(".cache") / "readings.npz"


@dataclass(frozen=True, slots=True)
class Examples:
    """The corpus as numbers, one row a text."""

    texts: tuple[CorpusText, ...]
    features: Floats  #: (N, F)
    ngrams: csr_matrix  #: (N, 2 ** TABLE_BITS): shares, as `NgramModel` weighs them
    early: Floats  #: (N, 384): means after the encoder's first step
    late: Floats  #: (N, 384): after the second
    tuned: Floats  #: (N,): scores of the tuned layers
    meanings: Floats  #: (N, 384)

    def take(self, rows: NDArray[np.intp]) -> Examples:
        """Some of the rows."""
        others = {field.name: getattr(self, field.name)[rows] for field in fields(self)[1:]}
        return Examples(tuple(self.texts[row] for row in rows), **others)

    def of_part(self, part: str) -> Examples:
        """The rows of the train, dev or test part."""
        return self.take(np.flatnonzero([text.part == part for text in self.texts]))

    @property
    def offers(self) -> NDArray[np.bool_]:
        """Which are offers."""
        return np.array([text.offer for text in self.texts])

    @property
    def families(self) -> list[str]:
        """The families, for folds that share none."""
        return [text.family for text in self.texts]


def read_examples(texts: Sequence[CorpusText], encoder: Encoder) -> Examples:
    """Run the pipeline, without its judgement, and every step of the encoder over the texts."""
    nlp = make_pipeline([name for name in COMPONENTS if name not in ("offer", "summary")])
    docs = [
        nlp(make_doc(nlp, Post(0, 1, "corpus", "telegram", text.id, text.text, author_handle="x")))
        for text in texts
    ]
    masked = [
        mask_contacts(text.text, mentions_of(doc)).text
        for text, doc in zip(texts, docs, strict=True)
    ]
    readings = _encode(masked, encoder)
    return Examples(
        tuple(texts),
        np.stack([features_of(doc).values for doc in docs]),
        _ngram_rows([normalised_of(doc).text for doc in docs]),
        early=readings[:, :384],
        late=readings[:, 384:768],
        meanings=readings[:, 768:1152],
        tuned=readings[:, 1152],
    )


def _encode(texts: Sequence[str], encoder: Encoder) -> Floats:
    """Both means, the meaning and the tuned score of each text, remembered in a file."""
    tuned = hashlib.sha256(TUNED_FILE.read_bytes()).hexdigest()
    keys = [hashlib.sha256((tuned + text).encode()).hexdigest() for text in texts]
    known: dict[str, Floats] = {}
    if _CACHE.exists():
        with np.load(_CACHE) as cache:
            known = dict(zip(cache["keys"].tolist(), cache["readings"], strict=True))
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    for key, text in missing.items():
        begun = encoder.begin(text)
        further = encoder.go_on(begun)
        last, head = encoder.tuned(further)
        score = head.scores(last.mean[None])[0, :1]
        known[key] = np.concatenate([begun.mean, further.mean, encoder.meaning(further), score])
    if missing:
        _CACHE.parent.mkdir(exist_ok=True)
        np.savez(_CACHE, keys=np.array(list(known)), readings=np.stack(list(known.values())))
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


def _folds(
    examples: Examples, folds: int = _FOLDS
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    splitter = GroupKFold(folds)
    return list(splitter.split(examples.features, groups=examples.families))


def _unseen_ngram_scores(examples: Examples) -> Floats:
    """Each text's n-gram score from a model that saw no text of its family."""
    scores = np.zeros(len(examples.texts), dtype=np.float32)
    for seen, unseen in _folds(examples):
        scores[unseen] = _ngram_scores(_fit_ngrams(examples.take(seen)), examples.take(unseen))
    return scores


def _screen_rows(examples: Examples, ngram_scores: Floats) -> Floats:
    return np.column_stack([examples.features, ngram_scores])


def _fit_kernel(examples: Examples, means: Floats, ngram_scores: Floats) -> Kernel:
    inputs = np.column_stack([means, examples.features, ngram_scores])
    centre = inputs.mean(axis=0)
    scale = 1.0 / np.maximum(inputs.std(axis=0), 1e-3)
    numbers = means.shape[1]
    scale[numbers:] *= _FEATURE_SCALE
    rows = (inputs - centre) * scale
    spread = numbers + (inputs.shape[1] - numbers) * _FEATURE_SCALE**2
    gamma = _WIDTH / spread
    fitted = SVC(C=_C_KERNEL, gamma=gamma).fit(
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
    """Families have 1 to 50 texts; a large one counts by the root of its size."""
    sizes = Counter(examples.families)
    weights = np.array([sizes[family] ** -0.5 for family in examples.families])
    return np.asarray(weights / weights.mean(), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Stage:
    """What is fitted on some families: all steps but the tuned layers, uncalibrated."""

    ngrams: NgramModel
    screen: LogisticRegression
    early: Kernel
    late: Kernel

    def scores(self, examples: Examples) -> Floats:
        """(N, 3): the screen's log-odds and both kernels' margins."""
        letters = _ngram_scores(self.ngrams, examples)
        columns = [self.screen.decision_function(_screen_rows(examples, letters))]
        for kernel, means in ((self.early, examples.early), (self.late, examples.late)):
            rows = np.column_stack([means, examples.features, letters])
            columns.append(np.array([kernel.score(row) for row in rows]))
        return np.column_stack(columns).astype(np.float32)


def fit_stage(examples: Examples) -> Stage:
    """Fit every step. The n-gram score they see in training is that of unseen families."""
    unseen = _unseen_ngram_scores(examples)
    return Stage(
        _fit_ngrams(examples),
        _fit(_screen_rows(examples, unseen), examples.offers, _C_SCREEN),
        _fit_kernel(examples, examples.early, unseen),
        _fit_kernel(examples, examples.late, unseen),
    )


def unseen_scores(examples: Examples) -> Floats:
    """(N, 3): every step's score for every text, from models that saw no text of its family."""
    scores = np.zeros((len(examples.texts), 3), dtype=np.float32)
    for seen, rest in _folds(examples):
        scores[rest] = fit_stage(examples.take(seen)).scores(examples.take(rest))
    return scores


@dataclass(frozen=True, slots=True)
class Mixture:
    """How the last two judges are weighed: log-odds, and where an offer begins."""

    late: float
    tuned: float
    bias: float
    threshold: float

    def probabilities(self, margins: Floats, tuned: Floats) -> NDArray[np.float64]:
        """Of an offer."""
        return _logistic(self.late * margins + self.tuned * tuned + self.bias)


def mix(examples: Examples) -> tuple[Mixture, Floats]:
    """The mixture, and the margins of the dev part that it was found with."""
    dev = examples.of_part("dev")
    margins = fit_stage(examples.of_part("train")).scores(dev)[:, 2]
    fitted = _fit(np.column_stack([margins, dev.tuned]), dev.offers, 1.0)
    late, tuned = fitted.coef_[0].tolist()
    mixture = Mixture(late, tuned, float(fitted.intercept_[0]), 0.5)
    threshold = _best_threshold(mixture.probabilities(margins, dev.tuned), dev.offers)
    return replace(mixture, threshold=threshold), margins


def train(examples: Examples, scores: Floats, mixture: Mixture) -> Model:
    """The model from the examples and the scores of unseen families."""
    offers = examples.offers
    screen, early = (_calibrate(scores[:, column], offers) for column in (0, 1))
    lost = [
        float(_logistic(np.asarray(np.quantile(scores[offers, column] * slope + shift, loss))))
        for column, (slope, shift), loss in ((0, screen, _SCREEN_LOSS), (1, early, _EARLY_LOSS))
    ]
    stage = fit_stage(examples)
    kinds = _fit_kinds(examples)
    return Model(
        feature_names=FEATURES,
        ngram_weights=stage.ngrams.weights,
        ngram_bias=stage.ngrams.bias,
        screen_weights=(stage.screen.coef_[0] * screen[0]).astype(np.float32),
        screen_bias=float(stage.screen.intercept_[0] * screen[0] + screen[1]),
        screen_threshold=lost[0],
        **kernel_fields("early", stage.early),  # type: ignore[arg-type]
        early_slope=early[0],
        early_shift=early[1],
        early_threshold=lost[1],
        **kernel_fields("late", stage.late),  # type: ignore[arg-type]
        late_weight=mixture.late,
        tuned_weight=mixture.tuned,
        bias=mixture.bias,
        threshold=mixture.threshold,
        kind_weights=kinds[0],
        kind_biases=kinds[1],
    )


def _calibrate(scores: Floats, offers: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and shift that make log-odds of unseen families honest (Platt 1999)."""
    fitted = LogisticRegression(C=1e6).fit(scores.reshape(-1, 1), offers)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _logistic(scores: NDArray[np.floating]) -> NDArray[np.float64]:
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
    offers = examples.take(np.flatnonzero(examples.offers))
    inputs = np.column_stack([offers.meanings * _MEANING_SCALE, offers.features])
    weights, biases = [], []
    for kind in ALL_SUB_KINDS:
        labels = np.array([kind in text.sub_kinds for text in offers.texts])
        fitted = _fit(inputs, labels, _C_KINDS)
        weights.append(fitted.coef_[0])
        biases.append(fitted.intercept_[0])
    scale = np.ones(inputs.shape[1])
    scale[: offers.meanings.shape[1]] = _MEANING_SCALE
    return (np.stack(weights) * scale).astype(np.float32), np.array(biases, dtype=np.float32)


def _leave_one_language_out(examples: Examples) -> list[tuple[str, int, float]]:
    """For each language, F1 on it of the late kernel that saw none of it: (code, texts, F1).

    Its families are left out in the other languages too, so that neither the language nor what
    is said was seen. The tuned layers are not asked: they have seen both.
    """
    rows = []
    for code in sorted({text.language for text in examples.texts}):
        own = np.array([text.language == code for text in examples.texts])
        names = {text.family for text in examples.texts if text.language == code}
        known = np.array([text.family in names for text in examples.texts])
        seen = examples.take(np.flatnonzero(~own & ~known))
        held = examples.take(np.flatnonzero(own))
        kernel = _fit_kernel(seen, seen.late, _unseen_ngram_scores(seen))
        letters = _ngram_scores(_fit_ngrams(seen), held)
        inputs = np.column_stack([held.late, held.features, letters])
        margins = np.array([kernel.score(row) for row in inputs])
        rows.append((code, int(own.sum()), f1_of(margins >= 0, held.offers)))
    return rows


def main() -> None:
    """Train and write the model; print what was measured on unseen families."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leave-one-language-out", action="store_true")
    options = parser.parse_args()
    texts = [text for text in load_corpus() if text.part != "test"]
    examples = read_examples(texts, load_encoder())
    offers = examples.offers
    say = sys.stdout.write
    say(f"{len(texts)} texts, {int(offers.sum())} offers\n")
    if options.leave_one_language_out:
        for code, count, score in _leave_one_language_out(examples):
            say(f"without {code:<8} {count:>4} texts  F1 {score:.3f}\n")
        return
    scores = unseen_scores(examples)
    mixture, margins = mix(examples)
    model = train(examples, scores, mixture)
    for column, name in enumerate(("screen", "first layers", "late kernel")):
        say(f"unseen families: {name} alone F1 {f1_of(scores[:, column] >= 0, offers):.3f}\n")
    dev = examples.of_part("dev")
    found = mixture.probabilities(margins, dev.tuned) >= mixture.threshold
    say(f"dev part: late kernel F1 {f1_of(margins >= 0, dev.offers):.3f}, ")
    say(f"tuned layers {f1_of(dev.tuned >= 0, dev.offers):.3f}, ")
    say(f"both {f1_of(found, dev.offers):.3f} at {mixture.threshold:.3f}\n")
    slope, shift = _calibrate(scores[:, 0], offers)
    passed = _logistic(scores[:, 0] * slope + shift) >= model.screen_threshold
    say(f"the screen keeps {passed[offers].mean():.4f} of offers, {passed[~offers].mean():.3f} ")
    early = _logistic(scores[:, 1] * model.early_slope + model.early_shift)
    passed &= early >= model.early_threshold
    say(f"of the rest; with the first layers {passed[offers].mean():.4f} and ")
    say(f"{passed[~offers].mean():.3f}\n")
    save_model(model)
    say(f"wrote {MODEL_FILE.name}\n")


if __name__ == "__main__":
    main()
