"""The whole reading of a post: one spaCy pipeline, one component a step, one Advert a post.

`COMPONENTS` is the order of the steps; the component of a name lives in
`nlp/components/<name>.py` and registers itself with spaCy under that name. A component adds
mentions or attributes to the document and changes nothing else.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module

from crawler.types import Advert, Judgement, Post, Reason
from nlp.annotations import direction_of, judgement_of, mentions_of, modes_of, notes_of, reading_of
from nlp.encoder import load_encoder
from nlp.lean_spacy import Doc, Language, Vocab, blank, registry
from nlp.tokeniser import Tokeniser

#: Raised whenever any component, list of words or model changes what is read from a post.
PIPELINE_VERSION = "8"

COMPONENTS: tuple[str, ...] = (
    "normalisation",
    "language",
    "places",
    "contacts",
    "prices",
    "modes",
    "documents",
    "services",
    "terms",
    "code_words",
    "routes",
    "offer",
    "summary",
    "meaning",
)
#: Those that read words, before the post is judged as a whole.
READERS = COMPONENTS[: COMPONENTS.index("offer")]

#: Code points of a post that are read. Adverts are a twentieth as long; a hostile page may hold
#: megabytes, and an answer is wanted within two seconds. The post itself is kept whole.
READ_AT_MOST = 20_000

#: spaCy compiles the patterns of its own tokeniser unless it is told of another one.
_OUR_TOKENISER = {"nlp": {"tokenizer": {"@tokenizers": "foreland.tokeniser.v1"}}}
_BATCH = 256  #: posts whose words spaCy remembers together
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_COLLECT_AFTER = 20_000  #: objects more than before, after which the collector looks at them
_set_aside = False  #: whether the word lists are out of the collector's sight
_NOT_JUDGED = Judgement(
    is_offer=False,
    probability=0.0,
    reasons=(Reason("", "not judged: this pipeline was made without its judgement", 0.0),),
)


@registry.tokenizers("foreland.tokeniser.v1")  # type: ignore[untyped-decorator]
def _make_tokeniser() -> Callable[[Language], Tokeniser]:
    return lambda nlp: Tokeniser(nlp.vocab)


def make_pipeline(
    components: Sequence[str] = COMPONENTS, *, threshold: float | None = None
) -> Language:
    """The pipeline with these components, in this order.

    Args:
        components: names of `COMPONENTS`.
        threshold: probability from which a post is an offer; None for the model's own.
    """
    # Shape, likeness to a number and the like of every word: asked by nobody, and a third of
    # the time of a document, since its words are forgotten with its batch.
    nlp = blank("xx", vocab=Vocab(), config=_OUR_TOKENISER)
    if "offer" in components:
        load_encoder().load_meanwhile()
    for name in components:
        import_module(f"nlp.components.{name}")
        nlp.add_pipe(name, config={"threshold": threshold} if name == "offer" else {})
    return nlp


def make_doc(nlp: Language, post: Post) -> Doc:
    """A document over the part of a post that is read, with `doc._.post` set to that part.

    Lone surrogates stand as U+FFFD in the document (spaCy cannot hold them), so that its
    offsets are those of the post.
    """
    text = post.text[:READ_AT_MOST]
    if text != post.text:
        post = _replace_text(post, text)
    doc = nlp.make_doc(text.translate(_SURROGATES) if not _encodable(text) else text)
    notes_of(doc).post = post
    return doc


def _replace_text(post: Post, text: str) -> Post:
    from dataclasses import replace

    return replace(post, text=text)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _load_pipeline(components: tuple[str, ...], threshold: float | None) -> Language:
    """`make_pipeline`, with the word lists kept out of the way of Python's collector.

    They are 300,000 objects that live as long as the process. Walking through all of them
    again and again costs a second and more while they are loaded, and a tenth of the time of
    the posts. They are set aside once a process, so that a second analyser does not keep
    whatever else is alive by then. What is remembered of words is not walked through for
    every 700 objects either: nothing that is made for a post is in a cycle.
    """
    global _set_aside  # noqa: PLW0603 - the collector is the process's too
    enabled = gc.isenabled()
    gc.disable()
    try:
        nlp = make_pipeline(components, threshold=threshold)
        if not _set_aside:
            gc.freeze()
            gc.set_threshold(max(_COLLECT_AFTER, gc.get_threshold()[0]))
            _set_aside = True
    finally:
        if enabled:
            gc.enable()
    return nlp


class Analyser:
    """Reads posts. Made once (it loads the word lists and models), used for any number."""

    def __init__(
        self, components: Sequence[str] = COMPONENTS, *, threshold: float | None = None
    ) -> None:
        self._nlp = _load_pipeline(tuple(components), threshold)
        #: from which probability a post is an offer; None where nothing judges
        self.threshold = threshold
        if threshold is None and "offer" in components:
            from nlp.judge_model import load_model

            self.threshold = load_model().threshold

    def analyse(self, posts: Sequence[Post]) -> list[Advert]:
        """One advert a post, in the order of the posts. No post makes it fail."""
        return list(self.iter_adverts(posts))

    def iter_adverts(self, posts: Iterable[Post], *, batch_size: int = _BATCH) -> Iterator[Advert]:
        """One advert a post, in order; posts are taken `batch_size` at a time."""
        batch: list[Post] = []
        for post in posts:
            batch.append(post)
            if len(batch) == batch_size:
                yield from self._analyse_batch(batch)
                batch = []
        yield from self._analyse_batch(batch)

    def _analyse_batch(self, posts: Sequence[Post]) -> list[Advert]:
        # The strings of a batch are forgotten after it: a crawler runs for months.
        with self._nlp.memory_zone():
            docs = self._nlp.pipe(
                [make_doc(self._nlp, post) for post in posts], batch_size=max(len(posts), 1)
            )
            return [make_advert(post, doc) for post, doc in zip(posts, docs, strict=True)]


def make_advert(post: Post, doc: Doc) -> Advert:
    """What the components left on a document, as an advert."""
    reading, notes = reading_of(doc), notes_of(doc)
    return Advert(
        post_id=post.id,
        revision=post.revision,
        nlp_version=PIPELINE_VERSION,
        language=reading.language,
        mentions=mentions_of(doc),
        judgement=judgement_of(doc) or _NOT_JUDGED,
        modes=modes_of(doc),
        direction=direction_of(doc),
        script=reading.script,
        mixture=reading.mixture,
        summary=notes.summary,
        embedding=notes.embedding,
    )
