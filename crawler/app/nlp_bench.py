"""Measures how fast posts are read, beside named peers in the same run.

The stream is drawn from the corpus's test part with a fixed seed: one post in ten an offer,
the others as the corpus has them, so that nothing in it was trained on. Each measure runs
in a process of its own, so that its memory and its first calls are its own, and reads as many
posts of the train part first: a crawl's process has met most words of a language before, and
looks them up where it works them out at the first meeting. (What a process costs that has met
none is the first answer.)
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.app.measuring import measure, peak_mb
from crawler.errors import CrawlerError
from crawler.types import Post

#: One post of the stream in so many is an offer.
ONE_OFFER_IN = 10
_SEED = 1
_MODULE = "crawler.app.nlp_bench"
_LENGTHS = (200, 2_000, 20_000)
_GAZETTEER_PARTS = (8, 4, 2, 1)


@dataclass(frozen=True, slots=True)
class NlpBench:
    """Rates in posts a second, times in seconds, memory in MB."""

    posts: int
    extraction: float  #: everything but the judgement, on one core
    langdetect: float  #: langdetect alone, on one core
    phonenumbers: float  #: the matcher of phonenumbers alone, on one core
    whole: float  #: with the judgement, on every core
    passed: float  #: share of the posts of the stream that the screen passed on
    in_full: float  #: share of them that went through the whole of the language model
    memory: float  #: the most that the whole analysis held
    first: float  #: from the command to the first answer
    lengths: tuple[tuple[int, float], ...]  #: (code points of a post, µs for a thousand of them)
    names: tuple[tuple[int, float], ...]  #: (names in the gazetteer, µs a post to find places)

    def __str__(self) -> str:
        lengths = ", ".join(f"{length:,}: {cost:,.0f}" for length, cost in self.lengths)
        names = ", ".join(f"{count:,}: {cost:,.0f}" for count, cost in self.names)
        return (
            f"posts             {self.posts}, one in {ONE_OFFER_IN} an offer\n"
            f"extraction        {self.extraction:,.0f} a second on one core\n"
            f"  langdetect      {self.langdetect:,.0f} (the language alone)\n"
            f"  phonenumbers    {self.phonenumbers:,.0f} (telephone numbers alone)\n"
            f"whole analysis    {self.whole:,.0f} a second on {os.cpu_count()} cores, "
            f"{self.passed:.0%} past the screen, {self.in_full:.0%} read in full\n"
            f"memory            {self.memory:,.0f} MB at most\n"
            f"first answer      {self.first:.1f} s after the command\n"
            f"µs for 1,000 code points, by the post's length     {lengths}\n"
            f"µs a post to find places, by names in the gazetteer {names}"
        )


def bench_nlp(posts: int = 1000) -> NlpBench:
    """Read `posts` posts in every way; takes about a minute for 1,000.

    Raises:
        CrawlerError: one of the processes failed.
    """
    count = str(posts)
    whole = measure(_MODULE, "whole", count)
    return NlpBench(
        posts=posts,
        extraction=measure(_MODULE, "extraction", count)["rate"],
        langdetect=measure(_MODULE, "langdetect", count)["rate"],
        phonenumbers=measure(_MODULE, "phonenumbers", count)["rate"],
        whole=whole["rate"],
        passed=whole["passed"],
        in_full=whole["in_full"],
        memory=whole["memory"],
        first=_first_answer(),
        lengths=tuple((size, cost) for size, cost in measure(_MODULE, "lengths", count)["costs"]),
        names=tuple((size, cost) for size, cost in measure(_MODULE, "names", count)["costs"]),
    )


def _first_answer() -> float:
    line = json.dumps({"id": 1, "text": "Boat to England, £2,500 each, pay after arrival"})
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "crawler.cli", "analyse", "--jsonl"],
        input=line + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CrawlerError(f"bench: foreland analyse failed: {done.stderr.strip()[-500:]}")
    return time.monotonic() - began


def make_stream(count: int, part: str = "test") -> list[Post]:
    """`count` posts of a part of the corpus, one in ten an offer, in a fixed order."""
    from nlp.corpus_file import load_corpus

    texts = [text for text in load_corpus() if text.part == part]
    chance = random.Random(_SEED)  # noqa: S311 - a drawing, no secret
    offers = _endlessly([text.text for text in texts if text.offer], chance)
    others = _endlessly([text.text for text in texts if not text.offer], chance)
    drawn = [next(others if number % ONE_OFFER_IN else offers) for number in range(count)]
    return [_post(number, text) for number, text in enumerate(drawn, start=1)]


def _endlessly(texts: list[str], chance: random.Random) -> Iterator[str]:
    while True:
        chance.shuffle(texts)
        yield from texts


def _post(number: int, text: str) -> Post:
    return Post(number, 1, "bench", "telegram", str(number), text, author_handle="invented")


# --- in the process of each measure -------------------------------------------------


def _one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _rate(read: Callable[[Sequence[Post]], object], posts: Sequence[Post]) -> float:
    read(make_stream(max(len(posts), 100), "train"))
    began = time.perf_counter()
    read(posts)
    return len(posts) / (time.perf_counter() - began)


def _extraction(count: int) -> dict[str, Any]:
    from nlp.pipeline import COMPONENTS, Analyser

    _one_core()
    analyser = Analyser([name for name in COMPONENTS if name != "offer"])
    return {"rate": _rate(analyser.analyse, make_stream(count))}


def _langdetect(count: int) -> dict[str, Any]:
    import langdetect

    _one_core()
    langdetect.DetectorFactory.seed = 0

    def read(posts: Sequence[Post]) -> None:
        for post in posts:
            try:
                langdetect.detect(post.text)
            except langdetect.LangDetectException:
                continue  # a post of emoji and digits has no language

    return {"rate": _rate(read, make_stream(count))}


def _phonenumbers(count: int) -> dict[str, Any]:
    import phonenumbers

    _one_core()

    def read(posts: Sequence[Post]) -> None:
        for post in posts:
            list(phonenumbers.PhoneNumberMatcher(post.text, "GB"))

    return {"rate": _rate(read, make_stream(count))}


def _whole(count: int) -> dict[str, Any]:
    from nlp.judge import SET_ASIDE
    from nlp.pipeline import Analyser

    analyser = Analyser()
    posts = make_stream(count)
    rate = _rate(analyser.analyse, posts)
    adverts = analyser.analyse(posts)
    why = [{reason.why for reason in advert.judgement.reasons} for advert in adverts]
    passed = sum(SET_ASIDE[0] not in one for one in why) / len(why)
    in_full = sum(one.isdisjoint(SET_ASIDE) for one in why) / len(why)
    return {"rate": rate, "passed": passed, "in_full": in_full, "memory": peak_mb()}


def _lengths(count: int) -> dict[str, Any]:
    from nlp.pipeline import COMPONENTS, Analyser

    _one_core()
    analyser = Analyser([name for name in COMPONENTS if name != "offer"])
    whole = "\n".join(post.text for post in make_stream(2000))
    costs = []
    for length in _LENGTHS:
        texts = [whole[start : start + length] for start in range(0, 60_000, length)]
        posts = [_post(number, text) for number, text in enumerate(texts)]
        rate = _rate(analyser.analyse, posts)
        costs.append((length, 1e6 / rate / length * 1000))
    return {"costs": costs}


def _names(count: int) -> dict[str, Any]:
    from nlp.gazetteer.load import load_gazetteer
    from nlp.identify import load_identifier
    from nlp.language_data import load_languages
    from nlp.normalise import normalise
    from nlp.places import PlaceFinder
    from nlp.route_words import make_route_words

    _one_core()
    identifier, whole = load_identifier(), load_gazetteer()
    words = {code: make_route_words(language) for code, language in load_languages().items()}
    read = [
        (normalise(post.text), identifier.identify(post.text, ())) for post in make_stream(count)
    ]
    costs = []
    for part in _GAZETTEER_PARTS:
        gazetteer = whole.take_every(part)
        finder = PlaceFinder(gazetteer, words)
        for normalised, reading in read:  # words are remembered at the first reading
            finder.find(normalised, reading.language, reading.mixture)
        began = time.perf_counter()
        for normalised, reading in read:
            finder.find(normalised, reading.language, reading.mixture)
        costs.append((len(gazetteer), (time.perf_counter() - began) / len(read) * 1e6))
    return {"costs": costs}


_MEASURES: dict[str, Callable[[int], dict[str, Any]]] = {
    "extraction": _extraction,
    "langdetect": _langdetect,
    "phonenumbers": _phonenumbers,
    "whole": _whole,
    "lengths": _lengths,
    "names": _names,
}

if __name__ == "__main__":
    print(json.dumps(_MEASURES[sys.argv[1]](int(sys.argv[2]))))  # noqa: T201 - the parent reads it
