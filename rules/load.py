"""Reads the rule files of a folder, and reports every fault of every file at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import ConfigError, InvalidQuery, Problem
from crawler.strict_yaml import load_yaml, validate
from crawler.types import Query
from rules.schema import Rule

ParseQuery = Callable[[str], Query]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The usable rules of a folder, by name, and what is wrong with the rest."""

    rules: tuple[Rule, ...]
    problems: tuple[Problem, ...]


def load_rules(folder: Path, parse_query: ParseQuery) -> RuleSet:
    """Read `*.yml` of a folder. A file with a fault is left out; the others stay usable.

    Args:
        folder: one that is not there has no rules, and that is a problem too.
        parse_query: raises InvalidQuery for a query that cannot be understood.
    """
    if not folder.is_dir():
        return RuleSet((), (Problem(str(folder), 0, "", "is not a folder: make it"),))
    found: dict[str, tuple[Rule, Path]] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.y*ml")):
        try:
            document = load_yaml(path)
            rule = validate(document, Rule)
        except ConfigError as error:
            problems += error.problems
            continue
        try:
            parse_query(rule.query)
        except InvalidQuery as error:
            line = document.line_of(("query",))
            problems.append(Problem(str(path), line, "query", str(error)))
            continue
        if rule.name in found:
            message = f"{rule.name!r} is also the name of {found[rule.name][1]}: rename one"
            problems.append(Problem(str(path), document.line_of(("name",)), "name", message))
            continue
        found[rule.name] = (rule, path)
    return RuleSet(tuple(rule for rule, _ in found.values()), tuple(problems))
