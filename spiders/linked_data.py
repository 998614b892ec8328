"""What a page says about its things for machines: JSON-LD and microdata, as one form.

Each thing is a dict as JSON-LD writes it: '@type' and the properties of schema.org.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml.etree import _Element

from spiders.html_text import html_text

#: JSON in scripts, as templates leave it: comments around it, line breaks inside strings.
_WRAPPERS = (
    ("<!--", "-->"),
    ("//<!--", "//-->"),
    ("//<![CDATA[", "//]]>"),
    ("<![CDATA[", "]]>"),
)
_CONTROL = re.compile(r"[\x00-\x1f]+")
_MOST = 5000  #: things of a page that are looked at
_VALUES = ("content", "datetime", "src", "href", "data", "value")


def linked_things(root: _Element) -> list[dict[str, Any]]:
    """Every thing that the page describes at its top, JSON-LD first.

    What lies in a graph or a list of items is a thing of its own; what lies in a property of
    another thing is not.
    """
    return [*_from_scripts(root), *_from_microdata(root)]


def types_of(thing: Any) -> frozenset[str]:
    """The types of a thing, without the vocabulary's address."""
    value = thing.get("@type") if isinstance(thing, dict) else None
    listed = value if isinstance(value, list) else [value]
    return frozenset(re.split(r"[/#:]", one)[-1] for one in listed if isinstance(one, str))


def values_of(thing: Any, *names: str) -> list[Any]:
    """The values of the first property that has any."""
    for name in names:
        value = thing.get(name) if isinstance(thing, dict) else None
        listed = value if isinstance(value, list) else [value]
        if found := [one for one in listed if one not in (None, "", {}, [])]:
            return found
    return []


def words_of(thing: Any, *names: str) -> str:
    """The first value of the first property that has one, as words: a thing's is its name."""
    for value in values_of(thing, *names):
        named = isinstance(value, dict)
        said = next(iter(values_of(value, "name", "@value", "@id", "url")), "") if named else value
        if isinstance(said, str | int | float) and not isinstance(said, bool):
            return " ".join(str(said).split())
    return ""


def _from_scripts(root: _Element) -> Iterator[dict[str, Any]]:
    walked = 0
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        source = (script.text or "").strip()
        for before, after in _WRAPPERS:
            source = source.removeprefix(before).removesuffix(after).strip()
        try:
            data = json.loads(source, strict=False)
        except (ValueError, RecursionError):
            try:
                data = json.loads(_CONTROL.sub(" ", source).rstrip(";, "), strict=False)
            except (ValueError, RecursionError):
                continue
        pending = [data]
        while pending and walked < _MOST:
            one = pending.pop(0)
            walked += 1
            if isinstance(one, list):
                pending[:0] = one
            elif isinstance(one, dict):
                inner = [one.get(name) for name in ("@graph", "itemListElement", "mainEntity")]
                held = [one.get("item")] if "ListItem" in types_of(one) else []
                pending[:0] = [value for value in (*inner, *held) if isinstance(value, list | dict)]
                if types_of(one) - {"ListItem"}:
                    yield one


def _from_microdata(root: _Element) -> Iterator[dict[str, Any]]:
    for element in root.iter():
        if isinstance(element.tag, str) and element.get("itemtype"):
            outer = element.get("itemprop") and any(
                one.get("itemscope") is not None for one in element.iterancestors()
            )
            if not outer:
                yield _item(element)


def _item(scope: _Element) -> dict[str, Any]:
    thing: dict[str, Any] = {"@type": (scope.get("itemtype") or "").split()}
    if scope.get("itemid"):
        thing["@id"] = scope.get("itemid")
    pending = [child for child in scope if isinstance(child.tag, str)]
    walked = 0
    while pending and walked < _MOST:
        element = pending.pop(0)
        walked += 1
        nested = element.get("itemscope") is not None
        for name in (element.get("itemprop") or "").split():
            value = _item(element) if nested and walked < 500 else _value(element)
            thing.setdefault(name, []).append(value)
        if not nested:
            pending[:0] = [child for child in element if isinstance(child.tag, str)]
    return thing


def _value(element: _Element) -> str:
    for name in _VALUES:
        if name in {"href", "src"} and element.tag in {"span", "div", "p"}:
            continue
        if value := (element.get(name) or "").strip():
            return value
    return html_text(element)
