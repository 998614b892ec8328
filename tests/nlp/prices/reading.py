"""Reads the prices of one text, as the pipeline would without its other components."""

from __future__ import annotations

from crawler.types import Post, Price
from nlp.contacts import load_contact_finder
from nlp.identify import Reading
from nlp.normalise import normalise
from nlp.prices import load_price_finder


def read_prices(text: str, language: str) -> list[Price]:
    """The prices of a text in a language, in order."""
    normalised = normalise(text)
    reading = Reading(language)
    post = Post(1, 1, "test", "forum", "1", text)
    contacts = load_contact_finder().find(normalised, reading, post)
    mentions = load_price_finder().find(normalised, reading, post, contacts)
    for mention in mentions:
        assert text[mention.start : mention.end] == mention.text
    return [mention.value for mention in mentions if isinstance(mention.value, Price)]


def amounts(text: str, language: str) -> list[str]:
    """The same, as amount and currency: '2500 GBP', '1200 ?'."""
    return [f"{one.amount:f} {one.currency or '?'}" for one in read_prices(text, language)]
