"""How well posts are read: precision, recall and F1 per label and language, and calibration.

Measured on the corpus's own test part, or on anyone's labelled texts. A label is right
when its value is right, whatever its offsets; offsets are counted apart.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crawler.types import Advert, Contact, Post, Price, Route
from nlp.corpus_file import LABEL_ORDER, CorpusText
from nlp.judge import SET_ASIDE
from nlp.pipeline import Analyser


@dataclass(slots=True)
class Tally:
    """True positives, false positives and false negatives."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def add(self, found: Iterable[Hashable], true: Iterable[Hashable]) -> None:
        """Compare two collections as multisets."""
        found_counts, true_counts = Counter(found), Counter(true)
        right = (found_counts & true_counts).total()
        self.right += right
        self.wrong += found_counts.total() - right
        self.missed += true_counts.total() - right

    @property
    def precision(self) -> float:
        """Of what was found, how much is right; 1 where nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Of what is there, how much was found; 1 where nothing is there."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 1.0


@dataclass(frozen=True, slots=True)
class Mistake:
    """One text that was read wrong under one label."""

    id: str
    label: str
    found: str
    true: str


@dataclass(slots=True)
class Evaluation:
    """Everything that was measured."""

    texts: int = 0
    seconds: float = 0.0
    overall: dict[str, Tally] = field(default_factory=dict)  #: by label
    by_language: dict[tuple[str, str], Tally] = field(default_factory=dict)  #: (label, language)
    mistakes: list[Mistake] = field(default_factory=list)
    bad_offsets: int = 0
    #: mean of (probability - truth) squared; 0 is perfect, 0.25 is guessing
    brier: float = 0.0
    #: (lowest probability of the bin, texts in it, mean probability, share of offers)
    calibration: list[tuple[float, int, float, float]] = field(default_factory=list)
    #: (threshold, precision, recall) of offers, the model's own threshold first
    thresholds: list[tuple[float, float, float]] = field(default_factory=list)
    #: shares of offers and of the rest that the screen passed on to the language model, and
    #: that its first layers passed on to the rest of it
    passed: tuple[float, float] = (1.0, 1.0)
    read_in_full: tuple[float, float] = (1.0, 1.0)


def evaluate(texts: Sequence[CorpusText], analyser: Analyser) -> Evaluation:
    """Read the texts and compare with their true answers."""
    posts = [
        Post(number, 1, "corpus", "telegram", text.id, text.text, author_handle="invented_author")
        for number, text in enumerate(texts, start=1)
    ]
    start = time.perf_counter()
    adverts = analyser.analyse(posts)
    result = Evaluation(texts=len(texts), seconds=time.perf_counter() - start)
    for text, advert in zip(texts, adverts, strict=True):
        for mention in advert.mentions:
            result.bad_offsets += text.text[mention.start : mention.end] != mention.text
        for label, (found, true) in compare(text, advert).items():
            result.overall.setdefault(label, Tally()).add(found, true)
            result.by_language.setdefault((label, text.language), Tally()).add(found, true)
            if Counter(found) != Counter(true):
                result.mistakes.append(Mistake(text.id, label, str(found), str(true)))
    judged = [
        (text.offer, advert)
        for text, advert in zip(texts, adverts, strict=True)
        if "offer" in text.labels
    ]
    if judged:
        _add_calibration(result, judged)
        _add_thresholds(result, judged, analyser.threshold)
        _add_screen(result, judged)
    return result


def compare(text: CorpusText, advert: Advert) -> Mapping[str, tuple[list[str], list[str]]]:
    """What was found and what is true, label by label, as comparable words.

    Labels that the text does not have are left out. Area and sub-kinds are compared where
    the text is an offer and was judged one; modes and direction on every offer of entry or
    exit; contacts by normal form; prices by amount and currency; routes by their pair of
    countries.
    """
    found = [mention.value for mention in advert.mentions]
    judgement = advert.judgement
    answers: dict[str, tuple[list[str], list[str]]] = {
        "language": ([advert.language], [text.language]),
        "offer": (["offer"] * judgement.is_offer, ["offer"] * text.offer),
        "contact": (
            sorted(
                {
                    value.value
                    for value in found
                    if isinstance(value, Contact) and value.type != "author"
                }
            ),
            sorted({contact.value for contact in text.contacts if contact.type != "author"}),
        ),
        "price": (
            sorted(
                f"{value.amount.normalize():f} {value.currency or '?'}"
                for value in found
                if isinstance(value, Price)
            ),
            sorted(
                f"{price.amount.normalize():f} {price.currency or '?'}" for price in text.prices
            ),
        ),
        "route": (
            sorted(
                {
                    f"{value.origin.country if value.origin else '?'}-"
                    f"{value.destination.country if value.destination else '?'}"
                    for value in found
                    if isinstance(value, Route)
                }
            ),
            sorted({f"{route.origin or '?'}-{route.destination or '?'}" for route in text.routes}),
        ),
    }
    if text.offer and judgement.is_offer:
        answers["area"] = ([str(judgement.area)], [str(text.area)])
        answers["sub_kind"] = (sorted(judgement.sub_kinds), sorted(text.sub_kinds))
    if (text.offer and text.area == "entry_exit") or not {"offer", "area"} <= text.labels:
        answers["mode"] = (sorted(advert.modes), sorted(text.modes))
        answers["direction"] = ([str(advert.direction)], [str(text.direction)])
    return {label: answer for label, answer in answers.items() if label in text.labels}


def _add_calibration(result: Evaluation, judged: Sequence[tuple[bool, Advert]]) -> None:
    pairs = [(advert.judgement.probability, offer) for offer, advert in judged]
    result.brier = sum((probability - true) ** 2 for probability, true in pairs) / len(pairs)
    for lowest in range(0, 100, 10):
        inside = [pair for pair in pairs if lowest <= pair[0] * 100 < lowest + 10 + (lowest == 90)]
        if inside:
            result.calibration.append(
                (
                    lowest / 100,
                    len(inside),
                    sum(probability for probability, _ in inside) / len(inside),
                    sum(true for _, true in inside) / len(inside),
                )
            )


def _add_thresholds(
    result: Evaluation, judged: Sequence[tuple[bool, Advert]], own: float | None
) -> None:
    chosen = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95]
    for threshold in [*([own] if own is not None else []), *chosen]:
        tally = Tally()
        for offer, advert in judged:
            found = advert.judgement.probability >= threshold
            tally.add([1] * found, [1] * offer)
        result.thresholds.append((threshold, tally.precision, tally.recall))


def _add_screen(result: Evaluation, judged: Sequence[tuple[bool, Advert]]) -> None:
    def share(of_offers: bool, *set_aside: str) -> float:
        own = [advert for offer, advert in judged if offer is of_offers]
        stopped = sum(
            any(reason.why in set_aside for reason in advert.judgement.reasons) for advert in own
        )
        return 1 - stopped / max(1, len(own))

    result.passed = (share(True, SET_ASIDE[0]), share(False, SET_ASIDE[0]))
    result.read_in_full = (share(True, *SET_ASIDE), share(False, *SET_ASIDE))


def report(result: Evaluation) -> str:
    """The figures as a page of text."""
    lines = [f"{result.texts} texts, {result.texts / max(result.seconds, 1e-9):.0f} a second"]
    lines.append(f"{'label':<10} {'precision':>9} {'recall':>7} {'F1':>6}   weakest languages")
    for label in LABEL_ORDER:
        tally = result.overall.get(label)
        if tally is None:
            continue
        weakest = sorted(
            (tally.f1, language)
            for (name, language), tally in result.by_language.items()
            if name == label
        )[:5]
        shown = ", ".join(f"{language} {score:.2f}" for score, language in weakest)
        lines.append(
            f"{label:<10} {tally.precision:>9.3f} {tally.recall:>7.3f} {tally.f1:>6.3f}   {shown}"
        )
    lines.append(f"offsets wrong: {result.bad_offsets}; Brier score {result.brier:.4f}")
    if result.thresholds:
        lines.append("offers at a threshold (the first is the one in use): precision, recall")
        lines += [
            f"  {threshold:.3f}  {precision:.3f}  {recall:.3f}"
            for threshold, precision, recall in result.thresholds
        ]
        lines.append(
            f"the screen passed on {result.passed[0]:.4f} of offers "
            f"and {result.passed[1]:.3f} of the rest; read in full were "
            f"{result.read_in_full[0]:.4f} and {result.read_in_full[1]:.3f}"
        )
    lines.append("calibration: probability from, texts, mean probability, share of offers")
    lines += [
        f"  {lowest:.1f}  {count:>5}  {mean:.3f}  {share:.3f}"
        for lowest, count, mean, share in result.calibration
    ]
    return "\n".join(lines)
