"""The strict loader: its short ways give what PyYAML's own way gives, and no text is too deep."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import ConfigError
from crawler.strict_yaml import _StrictLoader, parse_yaml

_SCALARS = st.one_of(
    st.sampled_from(
        ["NO", "on", "true", "false", "null", "~", "0", "-1", "007", "1.5", "-", ".5", "+5", "1e3"]
    ),
    st.text(min_size=1, max_size=8),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
)
_DATA = st.dictionaries(
    st.text(min_size=1, max_size=5),
    st.recursive(
        _SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=8,
    ),
    min_size=1,
)
_PLAIN = st.lists(st.text(alphabet="tfn~-0123456789.aexNO+", min_size=1, max_size=5), min_size=1)


def _loaded(text: str) -> Any:
    return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a loader that makes no objects


@given(_DATA)
def test_a_document_is_what_the_loader_itself_makes_of_it(data: dict[str, object]) -> None:
    text = yaml.safe_dump(data, allow_unicode=True)
    assert parse_yaml(text, "x.yml").data == _loaded(text)


@given(_PLAIN)
def test_words_without_quotes_are_what_the_loader_itself_makes_of_them(words: list[str]) -> None:
    text = "".join(f"- {word}\n" for word in words)
    try:
        expected = _loaded(text)
    except yaml.YAMLError:
        return
    if any(isinstance(item, dict) for item in expected):
        return  # a key may stand twice for PyYAML, and may be a list
    assert parse_yaml(text, "x.yml").data == expected


def test_words_that_other_loaders_bend_stay_words() -> None:
    data = parse_yaml("a: [NO, on, 007, 12:30:00, 2026-01-01, .5, +5, '']", "x.yml").data
    assert data == {"a": ["NO", "on", "007", "12:30:00", "2026-01-01", ".5", "+5", ""]}


@pytest.mark.parametrize("text", ["&a [*a]", "a: &b {c: *b}", "a: " + "[" * 5000 + "]" * 5000])
def test_what_goes_too_deep_is_said(text: str) -> None:
    with pytest.raises(ConfigError, match=r"x\.yml.*too deep"):
        parse_yaml(text, "x.yml")
