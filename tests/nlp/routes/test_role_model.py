"""What places are to a journey, told from the whole text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from crawler.errors import ResourceMissing
from crawler.types import Contact, Judgement, Mention, Place, Post, Route
from nlp.annotations import direction_of, mentions_of
from nlp.components.offer import OfferJudge
from nlp.encoder import load_encoder
from nlp.judge import Verdict
from nlp.masking import mask_contacts
from nlp.pipeline import COMPONENTS, READERS, Analyser, make_doc, make_pipeline
from nlp.role_model import (
    KINDS,
    LAYERS,
    READINGS,
    Floats,
    RoleModel,
    load_roles,
    place_pieces,
    save_roles,
)
from nlp.route_revision import ROLES

WIDTH = 128
SHAPES = {
    "inward": (384, WIDTH),
    "inward_bias": (WIDTH,),
    "kinds": (KINDS, WIDTH),
    "readings": (READINGS, WIDTH),
    "inward_norm": (2, WIDTH),
    "attention": (LAYERS, WIDTH, 3 * WIDTH),
    "attention_bias": (LAYERS, 3 * WIDTH),
    "joining": (LAYERS, WIDTH, WIDTH),
    "joining_bias": (LAYERS, WIDTH),
    "joining_norm": (LAYERS, 2, WIDTH),
    "inner": (LAYERS, WIDTH, 2 * WIDTH),
    "inner_bias": (LAYERS, 2 * WIDTH),
    "outer": (LAYERS, 2 * WIDTH, WIDTH),
    "outer_bias": (LAYERS, WIDTH),
    "outer_norm": (LAYERS, 2, WIDTH),
    "answer": (WIDTH, len(ROLES)),
    "answer_bias": (len(ROLES),),
    "ends": (3, 4),
}


def drawn_numbers() -> dict[str, Floats]:
    source = np.random.default_rng(7)
    numbers = {
        name: source.normal(0, 0.2, shape).astype(np.float32) for name, shape in SHAPES.items()
    }
    for name in ("inward_norm", "joining_norm", "outer_norm"):
        numbers[name][..., 0, :] += 1  # a factor near 0 would hide everything before it
    return numbers


def drawn_text(pieces: int) -> Floats:
    return np.random.default_rng(8).normal(0, 1, (pieces, 384)).astype(np.float32)


def test_the_layers_are_those_of_torch() -> None:
    kinds, readings = np.array([0, 1, 2, 0, 1]), np.array([0, 2, 4, 0, 1])
    answers = RoleModel(**drawn_numbers()).answers(drawn_text(5), kinds, readings)
    # From torch 2.15's TransformerEncoder with the same numbers.
    expected = [
        [-7.7121, -3.3778, -0.1657, -2.1358],
        [-7.5726, -2.5411, -0.6790, -0.8829],
        [-7.1994, -2.0495, -0.8889, -0.7779],
        [-6.8553, -2.1395, -0.6671, -0.9996],
        [-7.0468, -2.7784, -0.6916, -0.8296],
    ]
    assert np.allclose(answers, expected, atol=2e-4)
    assert np.allclose(np.exp(answers).sum(axis=1), 1, atol=1e-5)


def test_numbers_that_are_written_are_read_again(tmp_path: Path) -> None:
    numbers = drawn_numbers()
    save_roles(numbers, tmp_path / "roles.npz")
    again = load_roles(tmp_path / "roles.npz")
    assert all(np.allclose(getattr(again, name), one, atol=1e-3) for name, one in numbers.items())


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 broken"])
def test_a_file_that_is_missing_or_broken_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "roles.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ResourceMissing, match=r"roles\.npz: cannot be read.*nlp\.tune_roles"):
        load_roles(path)


def mention(text: str, words: str, country: str) -> Mention:
    start = text.index(words)
    return Mention("place", start, start + len(words), words, Place(words, country))


def test_places_behind_a_masked_number_are_found_in_their_own_pieces() -> None:
    text = "Call +44 7700 900123: from Calais 🇬🇧 to Dover"
    number = Mention("contact", 5, 20, text[5:20], Contact("phone", "+447700900123"))
    calais, dover = mention(text, "Calais", "FR"), mention(text, "Dover", "GB")
    spans = ((calais.start, calais.end),)
    read = Mention("route", *spans[0], "Calais", Route(Place("Calais", "FR"), spans=spans))
    mentions = [number, read, calais, dover]
    masked = mask_contacts(text, mentions)
    begun = load_encoder().begin(masked.text)
    found = place_pieces(mentions, masked, begun.pieces)
    assert found.places == (calais, dover)
    for place, pieces in zip(found.places, found.pieces, strict=True):
        first, last = (begun.pieces.starts[at] for at in (pieces[0], pieces[-1] + 1))
        read_words = ("query: " + masked.text)[first:last]
        assert place.text in read_words
        assert len(read_words) <= len(place.text) + 2
    assert found.kinds[list(found.pieces[0])].tolist() == [1] * len(found.pieces[0])
    assert found.kinds[list(found.pieces[1])].tolist() == [2] * len(found.pieces[1])
    assert set(found.readings[list(found.pieces[0])]) == {1 + ROLES.index("origin")}
    assert set(found.readings[list(found.pieces[1])]) == {1 + ROLES.index(None)}
    assert found.readings.astype(bool).sum() == sum(map(len, found.pieces))


def test_a_place_beyond_what_is_read_has_no_pieces() -> None:
    text = "from Calais " + "word " * 200 + "Dover"
    mentions = [mention(text, "Calais", "FR"), mention(text, "Dover", "GB")]
    masked = mask_contacts(text, mentions)
    found = place_pieces(mentions, masked, load_encoder().begin(masked.text).pieces)
    assert [place.text for place in found.places] == ["Calais"]


def test_the_pipeline_reads_a_journey_that_the_rules_read_wrongly() -> None:
    text = (
        "Wir holen dich in Edirne ab, gegessen wird in Sofia, geschlafen in Wien. "
        "3500 Euro, zahlen nach Ankunft, WhatsApp +44 7700 900321"
    )
    post = Post(1, 1, "s", "telegram", "1", text, author_handle="invented")

    def journeys(*left_out: str) -> list[tuple[str | None, ...]]:
        components = [name for name in COMPONENTS if name not in left_out]
        (advert,) = Analyser(components).analyse([post])
        routes = [one.value for one in advert.mentions if isinstance(one.value, Route)]
        stops = [(route.origin, *route.via, route.destination) for route in routes]
        return [tuple(place.name if place else None for place in one) for one in stops]

    assert journeys("offer", "meaning") == [("Edirne", "Sofia")]
    assert journeys() == [("Edirne", "Sofia", "Vienna")]


def test_where_no_journey_is_left_the_whole_text_still_tells_the_direction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "Boat from Paris to London, 2000 pounds"
    nlp = make_pipeline(READERS)
    doc = nlp(make_doc(nlp, Post(1, 1, "s", "telegram", "1", text)))
    assert mentions_of(doc, "route")
    roles = dict.fromkeys(mentions_of(doc, "place"))
    judgement = Judgement(True, 0.9, "documents", ("passport",))
    verdict = Verdict(judgement, None, (), "into_uk", roles)
    monkeypatch.setattr("nlp.components.offer.judge_all", lambda *_, **__: [verdict])
    doc = OfferJudge(load_encoder(), None)(doc)
    assert not mentions_of(doc, "route")
    assert direction_of(doc) == "into_uk"
