"""The shared corpus: every text of `tests/texts`, read for real, alone and three at a time.

What the texts do not say (who wrote when, where) is given by their number. All invented.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from crawler.strict_yaml import load_yaml, validate
from crawler.types import AnalysedPost, Judgement, Mode, Post
from tests.contracts.index import corpus as contract_posts
from tests.index.posts import START, with_meaning
from tests.nlp.test_texts import FOLDER, Cases, readers

AUTHORS = (
    ("Boat Man", "boat_man_1"),
    ("ئازاد ئازاد", None),
    ("Нина", "nina_77"),
    ("Émile Ébène", "emile.ebene"),
    (None, "lorry-office"),
    ("海上", None),
    (None, None),
)
PLATFORMS = ("telegram", "forum", "feed")
SOURCES = ("calais-channel", "Port News", "invented_board")
HOSTILE = (
    'quote " AND ( NEAR boat',
    "boat " * 300 + "end",
    "nul\x00byte boat",
    "under_score boat_lorry #boat @boat",
    "🚤🇬🇧 → boat 👍🏽",
    "ﷺ ﬁne ſtraße İstanbul ΣΊΣΥΦΟΣ",
    "ab cd ef gh ab cd",
    "",
)


def make_corpus() -> list[AnalysedPost]:
    """The posts, numbered from 1."""
    texts: list[str] = []
    for path in sorted(FOLDER.glob("*.yml")):
        own = [case.text for case in validate(load_yaml(path), Cases).cases]
        texts += own
        texts += ["\n".join(own[at : at + 3]) for at in range(0, len(own), 3)]
    texts += HOSTILE
    posts = [_post(number, text) for number, text in enumerate(texts, 1)]
    adverts = readers().analyse(posts)
    found = [
        AnalysedPost(
            post,
            replace(advert, judgement=_judgement(post.id, advert.modes)),
            f"A{post.id % 40}" if post.id % 3 else None,
        )
        for post, advert in zip(posts, adverts, strict=True)
    ]
    found += [_renumbered(other, len(found)) for other in contract_posts()]
    return [with_meaning(one) for one in found]


def _post(number: int, text: str) -> Post:
    author, handle = AUTHORS[number % len(AUTHORS)]
    return Post(
        id=number,
        revision=1 + number % 2,
        source=SOURCES[number % len(SOURCES)],
        platform=PLATFORMS[number % 5 % len(PLATFORMS)],
        site_id=str(number),
        text=text,
        author=author,
        author_handle=handle,
        # some at the same moment, some unknown
        posted_at=None if number % 11 == 0 else START + timedelta(hours=number // 2),
        seen_at=START + timedelta(days=100, minutes=number),
    )


def _judgement(number: int, modes: tuple[Mode, ...]) -> Judgement:
    if number % 4 == 0:
        return Judgement(False, number % 40 / 100)
    if number % 7 == 0:
        return Judgement(True, 0.75, "documents", ("passport",))
    return Judgement(True, 0.5 + number % 50 / 100, "entry_exit", modes)


def _renumbered(other: AnalysedPost, by: int) -> AnalysedPost:
    number = other.post.id + by
    return replace(
        other,
        post=replace(other.post, id=number),
        advert=replace(other.advert, post_id=number),
    )
