"""What of a post is indexed, whatever the backend."""

from __future__ import annotations

import json

import numpy as np
import pytest

from index.analyser import tokens
from index.elastic_write import _indexing
from index.fields import Term, make_fields
from index.latin import sounds
from index.likeness import unit_vector
from tests.index.posts import analysed, with_meaning


@pytest.mark.parametrize(
    "text",
    [
        "Boat to DOVER, boat\u200c! 5000€ … —",
        "лодка/Лондон-лодка لندن،دونكيرك 英国签证 भारत_से 🚤🇬🇧",
        "قا\u0640يق\u200cها e\u0301te\u0301 ﷺ 1️⃣ \ud800half \u0301",
        " \n\t",
    ],
)
def test_words_and_sounds_are_those_of_the_analyser(text: str) -> None:
    words = tokens(text)
    fields = make_fields(analysed(1, text))
    assert fields.text.split(" ") == (words or [""])
    assert sorted(fields.latin.split()) == sorted({sounds(word) for word in words} - {""})


def test_a_post_does_not_carry_what_another_has() -> None:
    plain = make_fields(analysed(1, "boat", offer=False, modes=("sea",)))
    rich = make_fields(
        analysed(2, "boat", offer=False, modes=("sea",), advertiser="a1", handle="x")
    )
    assert set(rich.terms) - set(plain.terms) == {
        Term("advertiser", ("a1",)),
        Term("author", ("x",)),
        Term("has", ("advertiser",)),
        Term("has", ("author",)),
    }
    assert set(rich.facets) - set(plain.facets) == {("advertiser", "a1"), ("author", "x")}
    assert set(plain.terms) <= set(rich.terms)
    assert make_fields(analysed(1, "boat", offer=False, modes=("sea",))) == plain


@pytest.mark.parametrize("handle", ["x", "half\ud800"])
def test_a_document_is_sent_with_its_vector_whole(handle: str) -> None:
    post = with_meaning(analysed(1, "boat to Dover", handle=handle))
    action, document = (json.loads(line.decode()) for line in _indexing(post))
    assert action["index"] == {"_id": "1", "version": 1, "version_type": "external_gte"}
    assert document["facets"]["author"] == [handle.replace("\ud800", "\ufffd")]
    sent = np.array(document["embedding"], dtype=np.float32)
    vector = unit_vector(post.advert.embedding)
    assert vector is not None
    assert np.array_equal(sent, vector)
