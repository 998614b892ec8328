"""Judges whether a post is an offer, and of what."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from spacy.language import Language
from spacy.tokens import Doc

from crawler.types import Mention, Place, Route
from nlp.annotations import add_mentions, mentions_of, normalised_of, notes_of, post_of
from nlp.encoder import Encoder, load_encoder
from nlp.features import features_of
from nlp.judge import Case, Verdict, judge_all
from nlp.judge_model import load_model
from nlp.route_revision import Role, revise
from nlp.routes import direction_of_routes, implied_arrival, route_mentions

#: Documents that are judged together, and how many such lots wait for their judgement.
_AT_ONCE, _MOST_WAITING = 16, 4


class OfferJudge:
    """The component, with its model and encoder."""

    def __init__(self, encoder: Encoder, threshold: float | None) -> None:
        self._model = load_model()
        self._encoder = encoder
        self._threshold = threshold

    def __call__(self, doc: Doc) -> Doc:
        """The document with its judgement, and the vector of its meaning if it is an offer."""
        (verdict,) = self._judge([_case_of(doc)])
        return _finish(doc, verdict)

    def pipe(self, docs: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """As calling it for each; while some are judged, the next are read."""
        waiting: deque[tuple[list[Doc], Future[list[Verdict]]]] = deque()
        with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="judge") as pool:
            docs = iter(docs)
            while some := list(islice(docs, _AT_ONCE)):
                waiting.append((some, pool.submit(self._judge, [_case_of(doc) for doc in some])))
                while len(waiting) > _MOST_WAITING or (waiting and waiting[0][1].done()):
                    yield from _finish_all(*waiting.popleft())
            while waiting:
                yield from _finish_all(*waiting.popleft())

    def _judge(self, cases: list[Case]) -> list[Verdict]:
        return judge_all(self._model, self._encoder, cases, threshold=self._threshold)


def _finish_all(docs: list[Doc], verdicts: Future[list[Verdict]]) -> Iterator[Doc]:
    for doc, verdict in zip(docs, verdicts.result(), strict=True):
        yield _finish(doc, verdict)


def _case_of(doc: Doc) -> Case:
    return Case(post_of(doc).text, normalised_of(doc), mentions_of(doc), features_of(doc))


def _finish(doc: Doc, verdict: Verdict) -> Doc:
    notes = notes_of(doc)
    notes.judgement = verdict.judgement
    _revise_routes(doc, verdict.roles)
    # What words tell of a journey holds; the whole text is asked only where none do.
    notes.modes = notes.modes or verdict.modes
    notes.direction = notes.direction or verdict.direction
    notes.meaning = verdict.meaning
    judgement = verdict.judgement
    if judgement.is_offer and judgement.area == "entry_exit" and notes.direction == "into_uk":
        add_mentions(doc, implied_arrival(notes.mentions))
    return doc


def _revise_routes(doc: Doc, roles: Mapping[Mention, Role | None]) -> None:
    """Set the journeys right by what the whole text makes of their places."""
    notes = notes_of(doc)
    routes = [one.value for one in notes.mentions if isinstance(one.value, Route)]
    revised = revise(routes, roles)
    if revised == routes:
        return
    notes.mentions = tuple([one for one in notes.mentions if one.label != "route"])
    add_mentions(doc, route_mentions(revised, post_of(doc).text))
    places = [one.value for one in notes.mentions if isinstance(one.value, Place)]
    notes.direction = direction_of_routes(revised, places)


@Language.factory(
    "offer",
    default_config={"threshold": None},
    assigns=[
        "doc._.judgement",
        "doc._.meaning",
        "doc._.mentions",
        "doc._.modes",
        "doc._.direction",
    ],
    requires=["doc._.normalised", "doc._.mentions", "doc._.reading"],
)
def make_offer_judge(nlp: Language, name: str, threshold: float | None) -> OfferJudge:
    """The component; `threshold` in place of the model's own."""
    return OfferJudge(load_encoder(), threshold)
