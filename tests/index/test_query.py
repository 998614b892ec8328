"""The query language: what is understood, and what the person is told otherwise."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import InvalidQuery
from index.fields import microseconds
from index.query import parse_query
from index.query_tree import And, Between, Everything, OnePrice, OneRoute, Phrase, wildcard_pattern
from tests.contracts.index import everything

NOW = datetime(2026, 5, 20, 15, 30, tzinfo=UTC)


def at(*date: int) -> int:
    return microseconds(datetime(*date, tzinfo=UTC))  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("pric:5", "did you mean 'price:'", 1),
        ("boat advertisr:x", "did you mean 'advertiser:'", 6),
        ("zzzz:5", "the fields are lang, platform", 1),
        ("https://example.org/x", "put quotes around an address", 1),
        ('boat "pay after', "quote is not closed", 6),
        ('boat\\" "pay', "quote is not closed", 8),
        ("(boat OR lorry", r"'\(' is not closed", 1),
        ("boat)", r"'\)' too many", 5),
        ("boat AND", "missing at the end", 8),
        ("boat OR AND lorry", "did not expect 'AND'", 9),
        ("()", r"did not expect '\)'", 2),
        ("[1 TO", "missing at the end", 5),
        ("*boat", "cannot begin with", 1),
        ("?oat", "cannot begin with", 1),
        ("to:*ver", "cannot begin with", 4),
        ("/bo.t/", "regular expressions", 1),
        ("boat^2", "weights", 1),
        ("boat~3", "write ~1 or ~2", 1),
        ("boat~0.5", "write ~1 or ~2", 1),
        ('"a b"~1.5', "one plain number", None),
        ("!boat", "write NOT", 1),
        ("a && b", "write AND", 3),
        ("…", "no word or number", None),
        ("mode:boat", "'boat' is no mode; write one of sea, land, air", 6),
        ("area:sea", "is no area", 6),
        ("offer:maybe", "write one of true, false", 7),
        ("currency:pounds", "write three letters", 10),
        ("price:£500", "give the currency apart", 7),
        ("price:-5", "no negative value", 7),
        ("price:5*", "takes no", 7),
        ("price:[3 TO 1]", "begins after its end", 7),
        ("lang:[a TO b]", "ranges are for", 6),
        ("posted:yesterday", "is no date", 8),
        ("posted:2026-13", "no date of the calendar", 8),
        ("posted:2026-02-30", "no date of the calendar", 8),
        ("posted:now-999999y", "outside the calendar", 8),
        ("posted:9999", "no date of the calendar", 8),
        ("id:1.5", "no whole number", 4),
        ("id:x", "is no number", 4),
        ("from:FR:GB", "stands inside 'from:'", None),
        ('author:"a b"~2', "nearness is for the words", None),
        ('x"y"', "inside a word", 1),
        ("(" * 40 + "a" + ")" * 40, "30 brackets deep", 31),
        ("a " * 1100, "1,100 clauses", None),
        ("x" * 1_000_000, "1,000,000 characters", None),
        ("lang:(" + "en OR " * 10_000 + "en)", "clauses", None),
    ],
)
def test_a_fault_is_named_with_its_column_at_once(
    text: str, message: str, column: int | None
) -> None:
    begin = time.perf_counter()
    with pytest.raises(InvalidQuery, match=message) as caught:
        parse_query(text)
    assert time.perf_counter() - begin < 1
    if column is not None:
        assert caught.value.column == column
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("posted:2026", at(2026, 1, 1), at(2027, 1, 1)),
        ("posted:2026-02", at(2026, 2, 1), at(2026, 3, 1)),
        ("posted:2026-12", at(2026, 12, 1), at(2027, 1, 1)),
        ("posted:2026-02-28", at(2026, 2, 28), at(2026, 3, 1)),
        ("posted:2026-02-28T10:30", at(2026, 2, 28, 10, 30), at(2026, 2, 28, 10, 31)),
        ("posted:2026-02-28T10:30:05Z", at(2026, 2, 28, 10, 30, 5), at(2026, 2, 28, 10, 30, 6)),
        ("posted:[2026-01-01 TO 2026-01-31]", at(2026, 1, 1), at(2026, 2, 1)),
        ("posted:{2026-01-01 TO 2026-01-31}", at(2026, 1, 2), at(2026, 1, 31)),
        ("posted:>2026-01-01", at(2026, 1, 2), None),
        ("posted:<=2026-01-01", None, at(2026, 1, 2)),
        ("posted:[now-7d TO now]", at(2026, 5, 13, 15, 30), at(2026, 5, 20, 15, 30) + 1),
        ("posted:now/d", at(2026, 5, 20), at(2026, 5, 21)),
        ("posted:[now-1d/d TO *]", at(2026, 5, 19), None),
        ("posted:>=now-2h", at(2026, 5, 20, 13, 30), None),
        ("posted:۲۰۲۶", at(2026, 1, 1), at(2027, 1, 1)),
    ],
)
def test_dates(text: str, low: int | None, high: int | None) -> None:
    tree = parse_query(text, now=NOW).tree
    assert isinstance(tree, Between)
    assert (tree.low, tree.high) == (low, high)


def test_words_beside_each_other_must_all_be_there() -> None:
    assert parse_query("boat lorry").tree == parse_query("boat AND lorry").tree
    assert parse_query("+boat +lorry").tree == parse_query("boat lorry").tree
    assert isinstance(parse_query("to:GB mode:sea").tree, And)


def test_clauses_of_one_price_and_of_one_route_are_tied() -> None:
    tree = parse_query('price:>1000 from:FR currency:GBP "boat" to:GB').tree
    assert isinstance(tree, And)
    assert [type(child) for child in tree.children] == [Phrase, OnePrice, OneRoute]
    apart = parse_query("(price:1000 currency:GBP) (price:500 currency:EUR)").tree
    assert isinstance(apart, And)
    inner = [child for child in apart.children if isinstance(child, OnePrice)]
    assert len(inner) == 2 or len(apart.children) == 2


def test_blank_finds_everything() -> None:
    for text in ("", "  ", "*", "*:*"):
        assert parse_query(text).tree == Everything()


@given(st.text(max_size=40))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        query = parse_query(text)
    except InvalidQuery as e:
        assert str(e)  # noqa: PT017 - either outcome is right
    else:
        assert query.tree is not None


@settings(max_examples=300)
@given(st.text(alphabet='ab :()[]{}"~*?^+-/\\<>=.1 ANDORTO', max_size=30))
def test_any_mixture_of_signs_is_understood_or_refused(text: str) -> None:
    try:
        parse_query(text)
    except InvalidQuery as e:
        assert e.query == text  # noqa: PT017 - either outcome is right


def test_patterns_cannot_blow_up() -> None:
    begin = time.perf_counter()
    assert not wildcard_pattern("a*" * 30 + "b").fullmatch("a" * 100)
    assert time.perf_counter() - begin < 0.5
    assert wildcard_pattern("a*b?d*").fullmatch("axxbbcd")
    assert wildcard_pattern("a*a").fullmatch("aba")
    assert not wildcard_pattern("a*a").fullmatch("a")
    assert wildcard_pattern("b.t").fullmatch("bat") is None


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("fom:GB", "did you mean 'from:'", 1),
        ("boat like:*", "needs a sentence in quotes", 11),
        ("boat like:boat~", "put the sentence in quotes", 11),
        ('like:"boat"~3', "a likeness is ~50 to ~99", 6),
        ("like:99", "there is no post 99", 6),
        ('like:"?!"', "likeness cannot be asked for here", 6),
        ("near:Dunkirk~50km", "put name and distance in quotes", 6),
        ('near:"Xyzzyxx~50km"', "no place on the map", 6),
        ('near:"Dunkirk~"', "write a name and a distance", 6),
        ("translit:perhaps", "translit is on or off", 10),
        ("price_gbp:5", "there is no table of rates", 1),
    ],
)
def test_faults_of_what_is_resolved_name_the_column(text: str, message: str, column: int) -> None:
    with pytest.raises(InvalidQuery, match=message) as caught:
        parse_query(text)
    assert caught.value.column == column


def test_what_is_dear_is_limited() -> None:
    resolver = everything([])
    text = " OR ".join(f"price_gbp:{n}" for n in range(11))
    with pytest.raises(InvalidQuery, match="more than 10 clauses of like:"):
        parse_query(text, resolver=resolver)
    many = " OR ".join(f"kalender{n}x istanbul" for n in range(40))
    few = "istanbul kalender"
    assert "latin" in str(parse_query(few, resolver=resolver).tree)
    assert "latin" not in str(parse_query(many, resolver=resolver).tree)
