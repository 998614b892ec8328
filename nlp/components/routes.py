"""Joins the places of the post to journeys, and tells the direction."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from nlp.annotations import (
    add_mentions,
    mentions_of,
    modes_of,
    normalised_of,
    notes_of,
    place_hits_of,
    post_of,
    reading_of,
)
from nlp.cues import is_offered, is_report
from nlp.implied_modes import implied_modes
from nlp.place_bywords import with_bywords, without_bywords
from nlp.places import place_mentions
from nlp.route_words import load_route_words
from nlp.routes import direction_of_routes, find_routes, route_mentions


@Language.component(
    "routes",
    assigns=["doc._.mentions", "doc._.direction", "doc._.modes"],
    requires=["doc._.place_hits", "doc._.mentions", "doc._.normalised", "doc._.reading"],
)
def add_routes(doc: Doc) -> Doc:
    """The document with its journeys; needs the modes, documents and services found before."""
    hits = place_hits_of(doc)
    if any(hit.is_byword for hit in hits):
        # 'The sea is like oil' is said in offers; 'the ferry to the island' is said by all.
        offer = is_offered(doc) or mentions_of(doc, "price") or not mentions_of(doc, "mode")
        crossing = not is_report(doc) and bool(offer)
        hits = with_bywords(hits, modes_of(doc)) if crossing else without_bywords(hits)
        said = [hit for hit in hits if hit.is_byword]
        add_mentions(doc, place_mentions(said, normalised_of(doc)))
    if not hits:
        if not modes_of(doc):
            notes_of(doc).modes = implied_modes((), mentions_of(doc))
        return doc
    evidence = mentions_of(doc, "mode", "document", "service", "code_word", "price")
    reading, words = reading_of(doc), load_route_words()
    known = [words[one] for one in (reading.language, *reading.mixture) if one in words]
    routes = find_routes(
        hits,
        normalised_of(doc),
        evidence,
        known,
        modes=modes_of(doc),
        reported=is_report(doc),
        offered=is_offered(doc),
    )
    add_mentions(doc, route_mentions(routes, post_of(doc).text))
    if not modes_of(doc):
        notes_of(doc).modes = implied_modes(routes, mentions_of(doc))
    notes_of(doc).direction = direction_of_routes(routes, [hit.place for hit in hits])
    return doc
