"""Reads YAML as people mean it, and remembers the line of every field.

Plain YAML 1.1 turns Norway's `NO` into False, `ON` into True, a telephone number with a
leading zero into an octal number and `12:30:00` into 45000. This loader knows strings,
`true`, `false`, `null` and plain decimal numbers, and nothing else.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from crawler.errors import ConfigError, Problem

#: A path inside a document, as pydantic reports it: ('follow', 0, 'url').
Location = tuple[str | int, ...]

Model = TypeVar("Model", bound=BaseModel)

_STRING = "tag:yaml.org,2002:str"


class _StrictLoader(yaml.CSafeLoader):
    """The C loader (ten times as fast) with only the resolvers named in the docstring."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> Any:
        """The tag of a node; most are words by their first letter."""
        words = kind is yaml.ScalarNode and implicit[0]
        if words and value[:1] not in self.yaml_implicit_resolvers:
            return _STRING
        return super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]


_StrictLoader.yaml_implicit_resolvers = {}
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf")
)
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""]
)
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]{0,17})$"), list("-0123456789")
)
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$"), list("-0123456789")
)


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its data, and the line (from 1) where each field stands."""

    path: str
    data: Any
    lines: Mapping[Location, int]

    def line_of(self, location: Location) -> int:
        """The line of a field, or of the nearest enclosing one that is there."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)


def load_yaml(path: Path) -> Document:
    """Read one document.

    Raises:
        ConfigError: the file cannot be read, is not UTF-8, is not YAML, has a tab for
            indentation, or has the same key twice. With the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 (byte {error.start}): save it as UTF-8"
        raise ConfigError.one(path, message) from error
    except OSError as error:
        raise ConfigError.one(path, f"cannot be read: {error.strerror}") from error
    return parse_yaml(text, str(path))


def parse_yaml(text: str, path: str) -> Document:
    """Read one document from a string; `path` is for the messages only.

    Raises:
        ConfigError: as `load_yaml`.
    """
    try:
        loader = _StrictLoader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                raise ConfigError.one(path, "is empty")
            lines: dict[Location, int] = {}
            problems = list(_walk(node, (), path, lines))
            if problems:
                raise ConfigError(problems)
            return Document(path, _construct(loader, node), lines)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        problem = error.problem or "is not YAML"
        if "'\\t'" in problem or "tab" in problem:
            problem = "a tab cannot indent in YAML: use spaces"
        raise ConfigError.one(path, problem, line=line) from error
    except yaml.YAMLError as error:
        raise ConfigError.one(path, f"is not YAML: {error}") from error
    except RecursionError as error:
        message = "goes too deep: take out brackets, or an alias (*) that holds itself"
        raise ConfigError.one(path, message) from error


def _construct(loader: _StrictLoader, node: yaml.Node) -> Any:
    """What a node says. Plain strings, lists and mappings need no more than this."""
    if isinstance(node, yaml.ScalarNode) and node.tag == _STRING:
        return node.value
    if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
        return [_construct(loader, item) for item in node.value]
    if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
        return {_construct(loader, key): _construct(loader, item) for key, item in node.value}
    return loader.construct_object(node, deep=True)


def _walk(
    node: yaml.Node, location: Location, path: str, lines: dict[Location, int]
) -> list[Problem]:
    lines.setdefault(location, node.start_mark.line + 1)
    problems: list[Problem] = []
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                problems.append(Problem(path, line, _dotted(location), "a key must be a word"))
                continue
            inner = (*location, str(key.value))
            if inner in lines:
                message = f"stands twice (first on line {lines[inner]}): keep one"
                problems.append(Problem(path, line, _dotted(inner), message))
                continue
            lines[inner] = line
            problems += _walk(value, inner, path, lines)
    elif isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            problems += _walk(item, (*location, position), path, lines)
    return problems


def validate(document: Document, model: type[Model]) -> Model:
    """The document as a pydantic model.

    Raises:
        ConfigError: every fault at once, each with its line and field.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise ConfigError(problems_of(document, error, model)) from error


def problems_of(
    document: Document, error: ValidationError, model: type[BaseModel]
) -> list[Problem]:
    """Each fault that pydantic found, put in a person's words, with its line."""
    problems = []
    for fault in error.errors(include_url=False):
        location: Location = tuple(fault["loc"])
        message = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            known = _keys_at(model, location[:-1])
            nearest = difflib.get_close_matches(str(location[-1]), known, n=1)
            message = "is not a known key"
            if nearest:
                message += f": did you mean {nearest[0]}?"
            elif known:
                message += f" (known: {', '.join(known)})"
        elif fault["type"] == "missing":
            message = "is missing: it must be given"
        problems.append(
            Problem(document.path, document.line_of(location), _dotted(location), message)
        )
    return problems


def _keys_at(model: type[BaseModel], location: Location) -> list[str]:
    """The keys that a model knows at a place in it; empty where that cannot be told."""
    for part in location:
        field = model.model_fields.get(str(part))
        inner = [field.annotation, *get_args(field.annotation)] if field else []
        models = [one for one in inner if isinstance(one, type) and issubclass(one, BaseModel)]
        if len(models) != 1:
            return []
        model = models[0]
    return sorted(model.model_fields)


def _dotted(location: Location) -> str:
    return ".".join(str(part) for part in location)
