"""How well `like:` finds the same thing said in another language.

The corpus has families of texts: each language its own wording of the same advert. The
English text of a family is asked for among the texts of all other languages, and so is the
one English line that says what the family is about.
"""

from __future__ import annotations

import statistics
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.types import AnalysedPost, Post

if TYPE_CHECKING:
    from nlp.pipeline import Analyser

_FIRST = 10
#: What the families of this theme are about is told in a word or two, for whoever sorted them.
_WITHOUT_LINES = "street-"


@dataclass(frozen=True, slots=True)
class LikenessBench:
    """Shares of 0 to 1, over the English texts of the part's offers."""

    asked: int
    texts: int  #: in other languages, among which was searched: those taken for offers
    recall: float  #: of the family among the first ten, of the ten that could be there
    found: float  #: of the family, by a `like:` as it stands
    precise: float  #: of what a `like:` as it stands finds, of the same family
    finds: float  #: how many posts such a `like:` finds, on average
    weakest: tuple[tuple[str, float], ...]  #: languages found least: share found as it stands
    lines: int  #: English lines asked
    line_recall: float  #: of the family among the first ten, asked by its line

    def __str__(self) -> str:
        worst = ", ".join(f"{language} {share:.2f}" for language, share in self.weakest)
        return (
            f"meaning: {self.asked} English texts asked among {self.texts} of other languages: "
            f"recall at {_FIRST} {self.recall:.3f}; as it stands `like:` finds {self.finds:.0f} "
            f"posts, {self.found:.3f} of the family; {self.precise:.3f} of them are of the same "
            f"family; least of: {worst}; asked by {self.lines} English lines of what the adverts "
            f"are about: recall at {_FIRST} {self.line_recall:.3f}"
        )


def bench_likeness(analyser: Analyser, *, part: str = "test") -> LikenessBench:
    """Ask for every English offer of a part of the corpus; takes a minute or two."""
    from index.query import parse_query
    from index.resolve import Resolver
    from index.sqlite import SqliteIndex
    from nlp.corpus_file import load_corpus, load_families
    from nlp.embedder import E5Embedder

    texts = [one for one in load_corpus() if one.part == part and one.offer]
    asked = [one for one in texts if one.language == "en"]
    others = [one for one in texts if one.language != "en"]
    resolver = Resolver(E5Embedder(lambda: analyser))
    recalls: list[float] = []
    shares: list[float] = []
    precisions: list[float] = []
    sizes: list[int] = []
    by_language: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        posts: dict[int, AnalysedPost] = {}

        def load(ids: Sequence[int]) -> list[AnalysedPost]:
            return [posts[number] for number in ids]

        index = SqliteIndex(Path(folder) / "index.db", load)
        read = [
            Post(number, 1, one.language, "corpus", one.id, one.text)
            for number, one in enumerate(others, 1)
        ]
        # What is not taken for an offer is never compared: `foreland evaluate` tells how much.
        for post, advert in zip(read, analyser.analyse(read), strict=True):
            if advert.embedding is not None:
                posts[post.id] = AnalysedPost(post, advert)
        index.add(posts.values())

        def recall(words: str, gold: set[int]) -> float:
            query = parse_query(f"like:{_quoted(words)}~50", resolver=resolver)
            hits = {hit.post_id for hit in index.search(query, limit=_FIRST).hits}
            return len(hits & gold) / min(_FIRST, len(gold))

        members: dict[str, set[int]] = defaultdict(set)
        for number, one in enumerate(others, 1):
            if number in posts:
                members[one.family].add(number)
        for one in asked:
            gold = members.get(one.family)
            if not gold:
                continue
            recalls.append(recall(one.text, gold))
            plain = parse_query(f"like:{_quoted(one.text)}", resolver=resolver)
            found = index.matches(plain, range(1, len(others) + 1))
            shares.append(len(found & gold) / len(gold))
            sizes.append(len(found))
            if found:
                precisions.append(len(found & gold) / len(found))
            for number in gold:
                by_language[others[number - 1].language].append(float(number in found))
        about = load_families().offer
        by_line = [
            recall(about[family].about, gold)
            for family, gold in members.items()
            if not family.startswith(_WITHOUT_LINES)
        ]
        index.close()
    means = {language: statistics.mean(own) for language, own in by_language.items()}
    return LikenessBench(
        asked=len(recalls),
        texts=len(posts),
        recall=statistics.mean(recalls),
        found=statistics.mean(shares),
        precise=statistics.mean(precisions or [0.0]),
        finds=statistics.mean(sizes),
        weakest=tuple(sorted(means.items(), key=lambda pair: pair[1])[:5]),
        lines=len(by_line),
        line_recall=statistics.mean(by_line),
    )


def _quoted(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'
