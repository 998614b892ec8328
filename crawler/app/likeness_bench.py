"""How well `like:` finds the same thing said in another language.

The corpus has families of texts: each language its own wording of the same advert. The
English text of a family is asked for among the texts of all other languages.
"""

from __future__ import annotations

import statistics
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.ports import Embedder
from crawler.types import Advert, AnalysedPost, Judgement, Post

_FIRST = 10


@dataclass(frozen=True, slots=True)
class LikenessBench:
    """Shares of 0 to 1, over the English texts of the part's offers."""

    asked: int
    texts: int  #: in other languages, among which was searched
    recall: float  #: of the family among the first ten, of the ten that could be there
    found: float  #: of the family, by a `like:` as it stands
    precise: float  #: of what a `like:` as it stands finds, of the same family
    finds: float  #: how many posts such a `like:` finds, on average
    weakest: tuple[tuple[str, float], ...]  #: languages found least: share found as it stands

    def __str__(self) -> str:
        worst = ", ".join(f"{language} {share:.2f}" for language, share in self.weakest)
        return (
            f"meaning: {self.asked} English texts asked among {self.texts} of other languages: "
            f"recall at {_FIRST} {self.recall:.3f}; as it stands `like:` finds {self.finds:.0f} "
            f"posts, {self.found:.3f} of the family; {self.precise:.3f} of them are of the same "
            f"family; least of: {worst}"
        )


def bench_likeness(embedder: Embedder, *, part: str = "test") -> LikenessBench:
    """Ask for every English offer of a part of the corpus; takes a minute or two."""
    from index.query import parse_query
    from index.resolve import Resolver
    from index.sqlite import SqliteIndex
    from nlp.corpus_file import load_corpus

    texts = [one for one in load_corpus() if one.part == part and one.offer]
    asked = [one for one in texts if one.language == "en"]
    others = [one for one in texts if one.language != "en"]
    resolver = Resolver(embedder)
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
        vectors = embedder.embed([one.text for one in others])
        for number, (one, vector) in enumerate(zip(others, vectors, strict=True), 1):
            advert = Advert(
                number, 1, "bench", one.language, (), Judgement(True, 1.0),
                embedding=vector.astype("<f4").tobytes(),
            )  # fmt: skip
            post = Post(number, 1, one.language, "corpus", one.id, one.text)
            posts[number] = AnalysedPost(post, advert)
        index.add(posts.values())
        for one in asked:
            gold = {n for n, other in enumerate(others, 1) if other.family == one.family}
            if not gold:
                continue
            quoted = '"' + one.text.replace("\\", "\\\\").replace('"', '\\"') + '"'
            first = index.search(parse_query(f"like:{quoted}~50", resolver=resolver), limit=_FIRST)
            hits = {hit.post_id for hit in first.hits}
            recalls.append(len(hits & gold) / min(_FIRST, len(gold)))
            plain = parse_query(f"like:{quoted}", resolver=resolver)
            found = index.matches(plain, range(1, len(others) + 1))
            shares.append(len(found & gold) / len(gold))
            sizes.append(len(found))
            if found:
                precisions.append(len(found & gold) / len(found))
            for number in gold:
                by_language[others[number - 1].language].append(float(number in found))
        index.close()
    means = {language: statistics.mean(own) for language, own in by_language.items()}
    return LikenessBench(
        asked=len(recalls),
        texts=len(others),
        recall=statistics.mean(recalls),
        found=statistics.mean(shares),
        precise=statistics.mean(precisions or [0.0]),
        finds=statistics.mean(sizes),
        weakest=tuple(sorted(means.items(), key=lambda pair: pair[1])[:5]),
    )
