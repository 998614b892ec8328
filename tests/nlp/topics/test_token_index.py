"""Which word lists are asked for a token."""

from __future__ import annotations

from nlp.lexicon import Entry, Lexicon
from nlp.normalise import normalise
from nlp.token_index import TokenIndex


def test_a_token_has_the_bits_of_the_lists_that_may_begin_with_it() -> None:
    index = TokenIndex()
    boats = index.add(whole=["boat"], beginnings=["uca"], endings=["boot"], parts=["shlauch"])
    money = index.add(whole=["pound", "boat"], beginnings=["u"], endings=[], parts=[])
    assert index.lists["boat"] == boats | money
    assert index.lists["ucakla"] == boats | money
    assert index.lists["schlauchboot"] == boats
    assert index.lists["xshlauchx"] == boats
    assert index.lists["pound"] == money
    assert index.lists["uc"] == money
    assert index.lists["tree"] == 0


def test_a_list_that_is_added_is_asked_for_tokens_met_before() -> None:
    index = TokenIndex()
    words = ("the", "boat")
    assert index.listed(words) == ([], 0)
    bit = index.add(whole=["boat"], beginnings=[], endings=[], parts=[])
    assert index.listed(words) == ([(1, bit)], bit)


def test_a_lexicon_made_later_finds_words_of_a_text_read_before() -> None:
    read = normalise("a qzorblax comes")
    first = Lexicon([Entry("en", "comes", "verb")])
    assert [one.payload for one in first.find(read, "en")] == ["verb"]
    later = Lexicon([Entry("en", "qzorblax", "noun")])
    assert [one.payload for one in later.find(read, "en")] == ["noun"]
