"""Every fault of every rule file is reported at once, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import InvalidQuery
from crawler.types import Query
from rules.load import load_rules

GOOD = """\
name: boats
title: Boats
query: "mode:sea"
recipients: [duty@example.org]
reason: a test
"""


def parse_query(text: str) -> Query:
    if "(" in text:
        raise InvalidQuery(text, "a bracket is not closed", column=1)
    return Query(text)


def problems(folder: Path) -> list[str]:
    return [str(problem) for problem in load_rules(folder, parse_query).problems]


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_load_rules_reads_a_good_file(tmp_path: Path) -> None:
    write(tmp_path, "boats.yml", GOOD)
    found = load_rules(tmp_path, parse_query)
    assert found.problems == ()
    assert [rule.query for rule in found.rules] == ["mode:sea"]


@pytest.mark.parametrize(
    ("change", "line", "field", "words"),
    [
        (("title: Boats", "titel: Boats"), 2, "titel", "not a known key"),
        (("duty@example.org", "duty at example"), 4, "recipients", "not an e-mail address"),
        (("mode:sea", "(mode:sea"), 3, "query", "bracket is not closed"),
        (("name: boats", "name: Boats!"), 1, "name", "lower-case letters"),
        (("title: Boats", "title: Boats\ntitle: More"), 3, "title", "stands twice"),
        (("recipients: [duty@example.org]", "recipients: []"), 4, "recipients", "at least 1"),
        (("title: Boats", "\ttitle: Boats"), 2, "", "tab"),
    ],
)
def test_load_rules_names_file_line_and_field(
    tmp_path: Path, change: tuple[str, str], line: int, field: str, words: str
) -> None:
    path = write(tmp_path, "boats.yml", GOOD.replace(*change))
    found = load_rules(tmp_path, parse_query).problems
    assert any(
        problem.path == str(path)
        and problem.line == line
        and field in problem.field
        and words in problem.message
        for problem in found
    ), [str(problem) for problem in found]


def test_load_rules_reports_every_file_and_keeps_the_good_ones(tmp_path: Path) -> None:
    write(tmp_path, "a.yml", GOOD)
    write(tmp_path, "b.yml", GOOD.replace("reason: a test\n", ""))
    write(tmp_path, "c.yml", GOOD)
    write(tmp_path, "d.yml", "")
    found = load_rules(tmp_path, parse_query)
    assert [rule.name for rule in found.rules] == ["boats"]
    assert {Path(problem.path).name for problem in found.problems} == {"b.yml", "c.yml", "d.yml"}


def test_load_rules_without_a_folder_is_a_problem(tmp_path: Path) -> None:
    assert "is not a folder" in problems(tmp_path / "missing")[0]
