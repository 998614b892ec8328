"""What pages say for machines, however they say it."""

from __future__ import annotations

from lxml import html

from spiders.linked_data import linked_things, types_of, values_of, words_of


def things(markup: str) -> list[dict[str, object]]:
    return linked_things(html.document_fromstring(f"<html><body>{markup}</body></html>"))


def script(source: str) -> str:
    return f'<script type="application/ld+json">{source}</script>'


def test_graphs_and_lists_are_opened() -> None:
    found = things(
        script(
            '{"@graph": [{"@type": "Product", "name": "a"}, {"@type": "ItemList", '
            '"itemListElement": [{"@type": "ListItem", '
            '"item": {"@type": "Product", "name": "b"}}]}]}'
        )
    )
    assert [words_of(one, "name") for one in found if "Product" in types_of(one)] == ["a", "b"]


def test_scripts_as_templates_leave_them() -> None:
    assert [words_of(one, "name") for one in things(script('<!-- {"@type":"X","name":"a"} -->'))]
    (broken,) = things(script('{"@type": "Product", "name": "two\nlines"};'))
    assert words_of(broken, "name") == "two lines"
    assert things(script("{not json")) == []


def test_microdata_is_the_same_form() -> None:
    (thing,) = things(
        '<div itemscope itemtype="https://schema.org/Product"><b itemprop="name">Van</b>'
        '<div itemprop="offers" itemscope itemtype="https://schema.org/Offer">'
        '<meta itemprop="price" content="5"></div></div>'
    )
    assert types_of(thing) == {"Product"}
    assert words_of(thing, "name") == "Van"
    assert words_of(values_of(thing, "offers")[0], "price") == "5"
