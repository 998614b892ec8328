"""The invented posts: many, in many languages, harmless, and with nobody's real number."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from crawler.errors import ConfigError
from crawler.strict_yaml import parse_yaml, validate
from crawler.types import Contact, Post
from demo.content import Content, InventedPlace, InventedPost
from nlp.corpus_file import load_corpus
from nlp.identify import identify
from nlp.pipeline import Analyser

#: Numbers that the regulators of five countries keep for drama and fiction.
_DRAMA = (
    r"447700900\d{3}",
    r"3363998\d{4}",
    r"4917139200\d{2}",
    r"467017406(?:0[5-9]|[1-9]\d)",
    r"1\d{3}55501\d{2}",
)
#: The same as dialled at home, where a text gives them so.
_AT_HOME = (r"07700900\d{3}", r"063998\d{4}", r"017139200\d{2}", r"07017406\d{2}")
_DRAMA_NUMBER = re.compile("|".join((*_DRAMA, *(f"00{one}" for one in _DRAMA), *_AT_HOME)))
#: Digits with what people put between them; sums of money and dates are shorter than nine.
_DIGITS = re.compile(r"\d(?:[\s().+/-]?\d){8,}")
_LINK = re.compile(r"(?:https?://|www\.)\S+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b(?:/\S*)?")
_ALLOWED_LINK = re.compile(
    r"(?:[a-z0-9-]+\.)*example\.org(?:/\S*)?"
    rf"|wa\.me/(?:{'|'.join(_DRAMA)})"
    r"|t\.me/\w+_(?:demo|sample|invented)\w*"
)
_HANDLE = re.compile(r"@([A-Za-z0-9_]+)(?![A-Za-z0-9_.-]*\.example\.org)")
_SAYS_INVENTED = re.compile(r"(?i)demo|sample|invented")


def _posts(content: Content) -> list[tuple[str, InventedPost]]:
    return [
        (f"{name}, post {number}", post)
        for name, place in content.places.items()
        for number, post in enumerate(place.posts, start=1)
    ]


def _plain_digits(text: str) -> str:
    """Digits of every script as 0 to 9; what only dresses a digit is left out."""
    plain = []
    for letter in unicodedata.normalize("NFKC", text):
        digit = unicodedata.decimal(letter, None)
        if digit is not None:
            plain.append(str(digit))
        elif unicodedata.category(letter) not in ("Cf", "Mn", "Me"):
            plain.append(letter)
    return "".join(plain)


def test_there_are_two_hundred_posts_in_eleven_places(content: Content) -> None:
    assert len(content.places) >= 8
    assert content.posts >= 200


def test_channels_need_more_than_one_page(content: Content) -> None:
    for name, place in content.places.items():
        if place.kind in ("telegram", "board"):
            assert len(place.posts) > 16, name


def test_the_closed_place_has_no_posts(content: Content) -> None:
    for place in content.places.values():
        assert bool(place.posts) is (place.kind != "closed")


def test_times_rise_within_a_place_and_lie_in_the_month(content: Content) -> None:
    first, last = datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
    for name, place in content.places.items():
        for earlier, later in pairwise(place.posts):
            assert earlier.at < later.at, name
        for post in place.posts:
            assert first <= post.at < last, (name, post.at)


def test_posts_are_of_at_least_sixteen_languages(content: Content) -> None:
    declared = {code for place in content.places.values() for code in place.languages}
    identified: Counter[str] = Counter()
    for place in content.places.values():
        for post in place.posts:
            identified[identify(post.text, place.languages).language] += 1
    often = {code for code, times in identified.items() if times >= 3 and code != "und"}

    assert len(declared) >= 16
    assert len(often) >= 14


def test_every_telephone_number_is_set_aside_for_drama(content: Content) -> None:
    seen = 0
    for where, post in _posts(content):
        for match in _DIGITS.finditer(_plain_digits(post.text)):
            digits = re.sub(r"\D", "", match[0])
            assert _DRAMA_NUMBER.fullmatch(digits), (where, match[0])
            seen += 1
    assert seen >= 70


def test_numbers_that_are_read_from_the_texts_are_set_aside_for_drama(content: Content) -> None:
    # Numbers spelled in words or hidden otherwise are found by the reader alone.
    places = list(content.places.items())
    posts = [
        Post(
            id=number,
            revision=1,
            source=name,
            platform="webpage",
            site_id=str(number),
            text=post.text,
            languages=place.languages,
            regions=place.regions,
        )
        for name, place in places
        for number, post in enumerate(place.posts)
    ]
    adverts = Analyser(("normalisation", "language", "contacts")).analyse(posts)
    numbers: defaultdict[str, set[str]] = defaultdict(set)
    for post, advert in zip(posts, adverts, strict=True):
        for mention in advert.mentions:
            if isinstance(mention.value, Contact) and mention.value.value.startswith("+"):
                numbers[mention.value.value].add(post.source)

    drama = re.compile("|".join(_DRAMA))
    assert [number for number in numbers if not drama.fullmatch(number[1:])] == []
    # At least a dozen advertisers; several are met in more than one place.
    assert len(numbers) >= 14
    assert sum(len(places) > 1 for places in numbers.values()) >= 6


def test_one_helpline_is_quoted_everywhere(content: Content) -> None:
    places = {
        name
        for name, place in content.places.items()
        for post in place.posts
        if "7700900900" in re.sub(r"\D", "", _plain_digits(post.text))
    }

    assert len(places) >= 8


def test_links_lead_to_nobody(content: Content) -> None:
    seen = 0
    for where, post in _posts(content):
        for match in _LINK.finditer(post.text.lower()):
            link = re.sub(r"^https?://", "", match[0]).rstrip(".,")
            assert _ALLOWED_LINK.fullmatch(link), (where, match[0])
            seen += 1
    assert seen >= 8


def test_handles_say_that_they_are_invented(content: Content) -> None:
    seen = set()
    for where, post in _posts(content):
        for match in _HANDLE.finditer(f"{post.text} {post.author}"):
            if not post.text[match.end() :].startswith(".example.org"):
                assert _SAYS_INVENTED.search(match[1]), (where, match[1])
                seen.add(match[1].lower())
        if post.handle:
            assert _SAYS_INVENTED.search(post.handle), (where, post.handle)
            seen.add(post.handle)
    assert len(seen) >= 14


def test_every_oddity_is_there(content: Content) -> None:
    posts = [post for _, post in _posts(content)]
    texts = [post.text for post in posts]

    assert any(post.edited for post in posts)
    assert any(post.forwarded_from for post in posts)
    assert any(post.author and not post.handle for post in content.places["quehuong_demo"].posts)
    assert any("<script>alert(1)</script>" in text for text in texts)
    assert any("\u202e" in text for text in texts)
    assert any(text.startswith("=1+1") for text in texts)
    assert any("&amp;" in text for text in texts)
    assert any("\u20e3" in text for text in texts)  # keycaps
    assert any(len(text) > 1200 for text in texts)
    assert any(not any(letter.isalnum() for letter in text) for text in texts)
    assert any("<" in post.author for post in posts)


def test_no_text_is_one_that_the_judgement_was_trained_on(content: Content) -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = text.casefold().split()
        return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}

    trained = {run for text in load_corpus() for run in runs(text.text)}
    for where, post in _posts(content):
        own = runs(post.text)
        assert len(own & trained) <= len(own) / 4, where


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("kind: forum", "kind"),
        ("titel: x", "did you mean title"),
        ("posts: [{at: yesterday, text: x}]", "posts.0.at"),
        ("posts: [{at: 2026-11-01T00:00:00Z}]", "posts.0.text"),
    ],
)
def test_a_fault_in_a_place_is_named(line: str, fault: str) -> None:
    lines = {"kind": "kind: board", "title": "title: x"}
    lines[line.partition(":")[0]] = line
    document = parse_yaml("\n".join(lines.values()), "board.yml")

    with pytest.raises(ConfigError, match=fault):
        validate(document, InventedPlace)
