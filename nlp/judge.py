"""Is it an offer, of what, and how surely: the trained judgement.

Five steps, each dearer than the one before; the first four set aside what is surely not an
offer, so that most posts cost little. Each of the four is a support vector machine over the
features of a post, the score of its letters, and a mean over its pieces: of the words as the
language model knows them by themselves, after its first layer, its fourth, and its eighth. The
first three were taught by the last: they learnt its margins, not the labels alone. What passes
all of them is read by the layers that were tuned to adverts as well, and what these and the
eighth layer's machine say together is calibrated to a probability.

The numbers are trained by `python -m nlp.tune` and `python -m nlp.train` and shipped in
`nlp/model/`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from crawler.types import (
    AREAS,
    SUB_KINDS,
    Area,
    Direction,
    Judgement,
    Mention,
    Mode,
    Reason,
    SubKind,
)
from nlp.encoder import (
    ANSWERED_DIRECTIONS,
    ANSWERED_MODES,
    FIRST_STEPS,
    PREFIX,
    Begun,
    Encoder,
    Head,
    meaning,
)
from nlp.features import FEATURES, Evidence, Features
from nlp.judge_model import Model, Step
from nlp.kernel import Asked, Kernel
from nlp.masking import Masked, mask_contacts
from nlp.ngrams import ReadLetters
from nlp.normalise import Normalised
from nlp.role_model import load_roles, place_pieces
from nlp.route_revision import Role

Floats = NDArray[np.float32]

ALL_SUB_KINDS: tuple[SubKind, ...] = tuple(
    dict.fromkeys(kind for area in AREAS for kind in SUB_KINDS[area])
)
#: What the reasons of a judgement call the step that set the post aside, in their order.
SET_ASIDE = (
    "set aside by the screen",
    "set aside by the first layer",
    "set aside by the fourth layer",
    "set aside by the eighth layer",
)

#: A judgement names so many reasons at most, the weightiest first.
_MOST_REASONS = 8
#: So many of them are words of the post, where any counted: many features must not hide them.
_SURE_WORDS = 2
#: Reasons weaker than this (log-odds) are not told.
_LEAST_WEIGHT = 0.05


@dataclass(frozen=True, slots=True)
class Case:
    """All that is known of a post when it is judged."""

    text: str
    normalised: Normalised
    mentions: Sequence[Mention]
    features: Features


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement; of an offer also the vector of its meaning, and what its journey seems to be.

    `modes` and `direction` are guesses from the whole text, for where no word tells them;
    `roles` is what each place is to a journey, as the whole text tells it; of a post that was
    set aside before the eighth layer there are none.
    """

    judgement: Judgement
    meaning: Floats | None = None
    modes: tuple[Mode, ...] = ()
    direction: Direction | None = None
    roles: Mapping[Mention, Role | None] = field(default_factory=dict)


def probability_of(log_odds: float) -> float:
    """The logistic function."""
    return float(1.0 / (1.0 + np.exp(-np.clip(log_odds, -40, 40))))


@dataclass(slots=True)
class _Reading:
    """A post on its way through the steps."""

    case: Case
    masked: Masked
    letters: ReadLetters
    begun: Begun
    inputs: Floats  #: of the step that it was last asked at


def judge(model: Model, encoder: Encoder, case: Case, *, threshold: float | None = None) -> Verdict:
    """The judgement of a post. `threshold` stands in place of the model's own."""
    (verdict,) = judge_all(model, encoder, [case], threshold=threshold)
    return verdict


def judge_all(
    model: Model, encoder: Encoder, cases: Sequence[Case], *, threshold: float | None = None
) -> list[Verdict]:
    """The judgements of some posts, in their order: several are asked in less time than one by one.

    `threshold` stands in place of the model's own.
    """
    at_least = model.threshold if threshold is None else threshold
    masked = [mask_contacts(case.text, case.mentions) for case in cases]
    begun = encoder.begin_all([one.text for one in masked])
    readings = {
        number: _Reading(case, one, model.ngrams.read(case.normalised.text), first, first.mean)
        for number, (case, one, first) in enumerate(zip(cases, masked, begun, strict=True))
    }
    every = list(readings.values())
    verdicts: dict[int, Verdict] = {}
    asked: list[Asked] = []
    for number, (step, name) in enumerate(zip(model.steps, SET_ASIDE, strict=True)):
        for reading in readings.values():
            reading.begun = encoder.go_on(reading.begun) if number else reading.begun
            letters = [np.float32(reading.letters.score)]
            own = (reading.begun.mean, reading.case.features.values, letters)
            reading.inputs = np.concatenate(own)
        rows = [reading.inputs for reading in readings.values()]
        answers = step.kernel.ask_all(np.stack(rows)) if rows else []
        asked, left = [], {}
        for (place, reading), answer in zip(readings.items(), answers, strict=True):
            if probability_of(step.slope * answer.margin + step.shift) < step.threshold:
                verdicts[place] = Verdict(_set_aside(model, reading, answer, name, step, at_least))
            else:
                left[place] = reading
                asked.append(answer)
        readings = left
    last = model.steps[-1].kernel
    meant = _meant(last, list(readings.values()), asked)
    for (place, reading), answer, margin in zip(readings.items(), asked, meant, strict=True):
        verdicts[place] = _read_in_full(model, encoder, reading, answer, margin, at_least)
    return [replace(verdicts[place], roles=_roles(one)) for place, one in enumerate(every)]


def _roles(reading: _Reading) -> Mapping[Mention, Role | None]:
    """What each place of a post is to a journey, if the post came so far as to tell it."""
    begun = reading.begun
    if begun.steps < len(FIRST_STEPS):
        return {}
    found = place_pieces(reading.case.mentions, reading.masked, begun.pieces)
    return load_roles().roles(begun.hidden, found) if found.places else {}


def _meant(kernel: Kernel, readings: Sequence[_Reading], asked: Sequence[Asked]) -> list[float]:
    """What the mean of each post added to the margin: it is asked again with the usual mean."""
    if not readings:
        return []
    neutral = np.stack([reading.inputs for reading in readings])
    width = len(kernel.axes)
    neutral[:, :width] = kernel.centre[:width]
    without = kernel.ask_all(neutral)
    return [one.margin - other.margin for one, other in zip(asked, without, strict=True)]


def _read_in_full(
    model: Model,
    encoder: Encoder,
    reading: _Reading,
    asked: Asked,
    meant: float,
    at_least: float,
) -> Verdict:
    """The verdict on a post that passed all steps, the last of them with this answer.

    `meant` is what its mean added to the answer's margin.
    """
    case, begun, inputs = reading.case, reading.begun, reading.inputs
    tuned, head = encoder.tuned(begun)
    answers = head.scores(tuned.mean[None])[0]
    own = float(answers[0])
    score = model.late_weight * asked.margin + model.tuned_weight * own + model.bias
    probability = probability_of(score)
    added, _ = _added(asked, inputs, model.late_weight)
    weight = round(model.late_weight * meant, 3)
    whole = Reason("", "the meaning of the whole text", weight)
    words = _word_reasons(tuned, head, reading.masked, case.text, model.tuned_weight)
    reasons = [*_feature_reasons(case.features, added), *words[_SURE_WORDS:], whole]
    reasons = [*_weightiest(reasons, whole)[: _MOST_REASONS - _SURE_WORDS], *words[:_SURE_WORDS]]
    if probability < at_least:
        return Verdict(Judgement(False, probability, reasons=_weightiest(reasons, whole)))
    vector = meaning(encoder.finish(begun))
    area, kinds = _kinds(model, np.concatenate([vector, case.features.values]))
    judgement = Judgement(True, probability, area, kinds, _weightiest(reasons, whole))
    if area != "entry_exit":
        return Verdict(judgement, vector)
    modes, direction = _journey(answers)
    return Verdict(judgement, vector, modes, direction)


def _journey(answers: Floats) -> tuple[tuple[Mode, ...], Direction]:
    ways, directions = np.split(answers[1:], [len(ANSWERED_MODES)])
    modes = tuple(mode for mode, way in zip(ANSWERED_MODES, ways, strict=True) if way > 0)
    return modes, ANSWERED_DIRECTIONS[int(np.argmax(directions))]


def _away_from_zero(number: float) -> float:
    return float(np.copysign(max(abs(number), 0.1), number))


def _added(asked: Asked, inputs: Floats, weight: float) -> tuple[Floats, float]:
    """How much each feature added to the log-odds, and the score of the letters."""
    # A feature that is absent is 0; a mean or wording that says nothing is the usual one.
    first = len(inputs) - len(FEATURES) - 1
    neutral = asked.kernel.centre.copy()
    neutral[first:-1] = 0
    present = (first + np.flatnonzero(inputs[first:-1])).tolist()
    *lost, letters = asked.without([*present, len(inputs) - 1], neutral)
    added = np.zeros(len(FEATURES), dtype=np.float32)
    added[np.array(present, dtype=int) - first] = np.array(lost) * weight
    return added, letters * weight


def _set_aside(
    model: Model, reading: _Reading, asked: Asked, name: str, step: Step, at_least: float
) -> Judgement:
    """The judgement of a post that was not read in full: not an offer, and why."""
    case = reading.case
    score = step.slope * asked.margin + step.shift
    added, letters = _added(asked, reading.inputs, step.slope)
    letters /= _away_from_zero(reading.letters.score - float(asked.kernel.centre[-1]))
    reasons = [
        *_feature_reasons(case.features, added),
        *_letter_reasons(case, reading.letters, letters),
    ]
    kept = _weightiest(reasons, None)[: _MOST_REASONS - 1]
    # Never as sure as an offer must be, whatever the thresholds.
    probability = min(probability_of(score), at_least * 0.999)
    return Judgement(False, probability, reasons=(*kept, Reason("", name, round(score, 3))))


def _kinds(model: Model, inputs: Floats) -> tuple[Area, tuple[SubKind, ...]]:
    scores = inputs @ model.kind_weights.T + model.kind_biases
    best = ALL_SUB_KINDS[int(np.argmax(scores))]
    area = next(area for area in AREAS if best in SUB_KINDS[area])
    # Only kinds of the area itself: an advert of a crossing that names passports in passing
    # is not an advert of passports.
    kinds = tuple(
        kind
        for kind, score in zip(ALL_SUB_KINDS, scores, strict=True)
        if kind in SUB_KINDS[area] and (score > 0 or kind == best)
    )
    return area, kinds


def _feature_reasons(features: Features, added: Floats) -> list[Reason]:
    """The features that were met, with what each added to the log-odds."""
    by_feature: dict[str, list[Evidence]] = {}
    for item in features.evidence:
        by_feature.setdefault(item.feature, []).append(item)
    reasons = []
    for name, weight in zip(FEATURES, added.tolist(), strict=True):
        found = by_feature.get(name, [])
        if not found or abs(weight) < _LEAST_WEIGHT:
            continue
        first = found[0]
        reasons.append(Reason(first.text, name, round(weight, 3), first.start, first.end))
    return reasons


def _word_reasons(
    tuned: Begun, head: Head, masked: Masked, text: str, weight: float
) -> list[Reason]:
    """The words without which the tuned layers' score would be another, as the head sees them."""
    bounds = [masked.at(max(0, start - len(PREFIX))) for start in tuned.pieces.starts]
    own = bisect_left(tuned.pieces.starts, len(PREFIX))
    words: list[tuple[int, int, list[int]]] = []
    for piece in range(own, len(tuned.hidden) - 1):
        start, end = bounds[piece], min(bounds[piece + 1], len(text))
        goes_on = (
            words and not text[start - 1 : start].isspace() and not text[start:end][:1].isspace()
        )
        if goes_on:
            first, _, pieces = words[-1]
            words[-1] = (first, max(words[-1][1], end), [*pieces, piece])
        else:
            words.append((start, end, [piece]))
    if not words:
        return []
    # Every piece of the post belongs to one word.
    count, total = len(tuned.hidden), tuned.hidden.sum(axis=0)
    sizes = np.array([len(pieces) for _, _, pieces in words])[:, None]
    of_words = np.add.reduceat(tuned.hidden[:-1], [pieces[0] for _, _, pieces in words], axis=0)
    without = (total - of_words) / (count - sizes).astype(np.float32)
    whole, *lost = head.scores(np.vstack([(total / count)[None], without]))[:, 0].tolist()
    reasons = []
    for (start, end, _), left in zip(words, lost, strict=True):
        added = (whole - left) * weight
        word = text[start:end].strip()
        if word and round(added, 3):
            first = text.index(word, start)
            reasons.append(Reason(word, "wording", round(added, 3), first, first + len(word)))
    reasons.sort(key=lambda reason: -abs(reason.weight))
    # Where every word says the same, leaving one out changes little: the best are told even so.
    return [
        reason
        for number, reason in enumerate(reasons[: _MOST_REASONS // 2])
        if number < _SURE_WORDS or abs(reason.weight) >= _LEAST_WEIGHT
    ]


def _letter_reasons(case: Case, letters: ReadLetters, scale: float) -> list[Reason]:
    """The words whose letters weighed most, times `scale`."""
    normalised = case.normalised
    so_far = letters.up_to() * scale
    tokens = normalised.tokens
    read = bisect_right(tokens.ends, len(so_far) - 1)
    starts, ends = np.array(tokens.starts[:read], int), np.array(tokens.ends[:read], int)
    added = so_far[ends] - so_far[starts]
    reasons = []
    for word in np.argsort(-np.abs(added))[: _MOST_REASONS // 2].tolist():
        if abs(added[word]) >= _LEAST_WEIGHT:
            first, last = normalised.span(int(starts[word]), int(ends[word]))
            text = normalised.original[first:last]
            reasons.append(Reason(text, "wording", round(float(added[word]), 3), first, last))
    return reasons


def _weightiest(reasons: list[Reason], at_least: Reason | None) -> tuple[Reason, ...]:
    ordered = sorted(reasons, key=lambda reason: -abs(reason.weight))[:_MOST_REASONS]
    return tuple(ordered) or ((at_least,) if at_least else ())
