"""The same said in another language is near, and a sentence finds it in the index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from crawler.errors import ResourceMissing
from crawler.types import AnalysedPost, Contact, Judgement, Mention, Post
from index.query import parse_query
from index.resolve import Resolver
from index.sqlite import SqliteIndex
from nlp.align import fit
from nlp.embedder import E5Embedder
from nlp.meaning import contactless_summary, load_meaning, save_meaning
from nlp.pipeline import Analyser

#: Of three crossings, and of things that are sold otherwise.
ADVERTS = {
    "ckb": "بە لۆری لە کالێیەوە بۆ بەریتانیا، ٣٠٠٠ پاوەند بۆ هەر کەسێک. پارە دوای گەیشتن. "
    "واتسئاپ +44 7700 900321",
    "ps": "له کالې څخه بریتانیا ته په لارۍ کې، د هر تن ۳۰۰۰ پونډه. پیسې له رسېدو وروسته. "
    "واټساپ +44 7700 900322",
    "vi": "Đi xe tải từ Calais sang Anh, 3000 bảng một người. Đến nơi mới trả tiền. "
    "Zalo +44 7700 900323",
    "fr": "Vrai passeport belge enregistré, 4000 €, livraison en une semaine. "
    "WhatsApp +33 6 39 98 00 11",
    "ru": "Поддельный диплом и сертификат IELTS без экзамена, 500 £. Telegram @demo_bumaga",
    "tr": "İngiltere vizesi için sahte evlilik ayarlanır, 9000 £. WhatsApp +44 7700 900324",
}
SENTENCE = "lorry from Calais to Britain, pay after you arrive"
PASTED = (
    "Calais to UK by lorry, £3,000 per person, you pay only when you have arrived. "
    "WhatsApp +44 7700 900325"
)

UNIT_ROWS = arrays(
    np.float32, 384, elements=st.floats(-1, 1, width=32), fill=st.just(np.float32(0.25))
).filter(lambda row: float(np.linalg.norm(row)) > 0.1)


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser()


@pytest.fixture(scope="module")
def posts(analyser: Analyser) -> dict[int, AnalysedPost]:
    plain = [
        Post(number, 1, language, "forum", language, text)
        for number, (language, text) in enumerate(ADVERTS.items(), 1)
    ]
    adverts = analyser.analyse(plain)
    return {
        post.id: AnalysedPost(post, advert) for post, advert in zip(plain, adverts, strict=True)
    }


@pytest.fixture(scope="module")
def index(
    posts: dict[int, AnalysedPost], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SqliteIndex]:
    path = tmp_path_factory.mktemp("index") / "index.db"
    made = SqliteIndex(path, lambda ids: [posts[number] for number in ids])
    made.add(posts.values())
    yield made
    made.close()


@pytest.mark.parametrize("words", [SENTENCE, PASTED])
def test_english_finds_what_says_the_same_in_other_languages(
    index: SqliteIndex, analyser: Analyser, words: str
) -> None:
    resolver = Resolver(E5Embedder(lambda: analyser))
    result = index.search(parse_query(f'like:"{words}"~50', resolver=resolver))
    found = [hit.post_id for hit in result.hits]
    assert len(found) == len(ADVERTS)
    assert set(found[:3]) == {1, 2, 3}


def test_a_pasted_advert_has_the_vector_of_the_advert(
    analyser: Analyser, posts: dict[int, AnalysedPost]
) -> None:
    embedder = E5Embedder(lambda: analyser)
    for post in posts.values():
        (vector,) = embedder.embed([post.post.text])
        assert vector.astype("<f4").tobytes() == post.advert.embedding


def test_who_is_written_to_is_no_part_of_the_meaning(analyser: Analyser) -> None:
    texts = [PASTED, PASTED.replace("+44 7700 900325", "+44 7700 900888")]
    posts = [Post(number, 1, "en", "forum", str(number), text) for number, text in enumerate(texts)]
    first, second = (advert.embedding for advert in analyser.analyse(posts))
    assert first is not None
    assert first == second


def test_a_short_sentence_is_not_read() -> None:
    def refuse() -> Analyser:
        raise AssertionError("the pipeline was loaded for a sentence")

    short = "boat to England, pay after arrival"
    read, plain = E5Embedder(refuse).embed([short]), E5Embedder().embed([short])
    assert np.array_equal(read, plain)


def test_a_long_text_that_is_no_offer_is_its_own_words(analyser: Analyser) -> None:
    text = "A recipe for apple pie with cinnamon, which my grandmother wrote down in a small book"
    assert np.array_equal(E5Embedder(lambda: analyser).embed([text]), E5Embedder().embed([text]))


def test_several_texts_have_the_vectors_each_has_alone(analyser: Analyser) -> None:
    embedder = E5Embedder(lambda: analyser)
    texts = [SENTENCE, PASTED, SENTENCE, *ADVERTS.values()]
    together = embedder.embed(texts)
    assert np.array_equal(together, np.concatenate([embedder.embed([text]) for text in texts]))


@given(UNIT_ROWS, st.none() | UNIT_ROWS)
def test_vectors_are_of_length_one_and_the_same_each_time(
    text: np.ndarray, summary: np.ndarray | None
) -> None:
    meaning = load_meaning()
    vector = meaning.of(text, summary)
    assert vector.shape == (384,)
    assert vector.dtype == np.float32
    assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(vector, meaning.of(text, summary))


def test_a_text_without_direction_has_a_vector() -> None:
    meaning = load_meaning()
    assert float(np.linalg.norm(meaning.of(meaning.centre))) > 0.9


def test_the_summary_is_told_without_contacts() -> None:
    number = Contact("phone", "+447700900123")
    mention = Mention("contact", 0, 3, "tel", number)
    offer = Judgement(True, 0.9, "documents", ("passport",))
    assert contactless_summary([mention], (), None, offer) == "Passport"


def test_the_map_looks_past_how_a_family_differs() -> None:
    """Families lie along one axis, and differ among themselves along another, more widely."""
    draw = np.random.default_rng(7)
    families = [f"f{number}" for number in range(60) for _ in range(5)]
    rows = draw.normal(0, 0.05, (300, 384)).astype(np.float32)
    rows[:, 0] += np.repeat(draw.normal(0, 1, 60), 5)
    rows[:, 1] += draw.normal(0, 2, 300)
    matrix = fit(rows, families, rows[:1], ["f0"])
    assert matrix.shape == (384, 383)
    along, across = np.linalg.norm(matrix[0]), np.linalg.norm(matrix[1])
    assert along > 3 * across


def test_the_map_is_read_as_it_was_written(tmp_path: Path) -> None:
    meaning = replace(load_meaning(), centre=np.full(384, 0.5, dtype=np.float32))
    save_meaning(meaning, tmp_path / "meaning.npz")
    again = load_meaning(tmp_path / "meaning.npz")
    assert np.array_equal(again.centre, meaning.centre)
    assert np.array_equal(again.matrix, meaning.matrix)


def test_a_map_that_is_not_there_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(ResourceMissing, match=r"nlp\.align"):
        load_meaning(tmp_path / "meaning.npz")
