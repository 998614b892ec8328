"""Sources: every fault of every file at once, with its line."""

from __future__ import annotations

import os
import time
from datetime import date
from pathlib import Path

import pytest

from spiders.source import SourceSet, find_source, load_sources

TODAY = date(2026, 11, 22)
GOOD = """\
platform: telegram
url: https://t.me/s/invented_crossings
purpose: a test of sources
authority: TEST-1
review_date: 2027-01-31
"""


def load(folder: Path, **files: str) -> SourceSet:
    for name, text in files.items():
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    return load_sources(folder, today=TODAY)


def told(found: SourceSet) -> list[str]:
    """The problems without their folder: 'file:line: field: message'."""
    return [
        f"{Path(problem.path).name}:{problem.line}: {problem.field}: {problem.message}"
        for problem in found.problems
    ]


def test_a_good_file_has_the_defaults(tmp_path: Path) -> None:
    found = load(tmp_path, channel=GOOD)
    (source,) = found.sources
    assert found.problems == ()
    assert (source.name, source.platform, source.host) == ("channel", "telegram", "t.me")
    assert source.enabled
    assert source.render == "none"
    assert source.pace.delay is None


def test_the_examples_have_no_problems() -> None:
    folder = Path(__file__).parent.parent.parent / "spiders" / "sources"
    found = load_sources(folder, today=TODAY)
    assert found.problems == ()
    assert len(found.sources) == len(list(folder.glob("*.yml")))


def test_norway_stays_norway(tmp_path: Path) -> None:
    found = load(tmp_path, a=GOOD + "regions: [NO, GB]\n")
    assert found.sources[0].regions == ("NO", "GB")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("regions: [XX]", "a.yml:6: regions: 'XX' is not a country of ISO 3166-1"),
        (
            "regions: [UK]",
            "a.yml:6: regions: 'UK' is not a country of ISO 3166-1 (the United Kingdom is GB)",
        ),
        ("languages: [Kurdish]", "a.yml:6: languages: 'Kurdish' is not a language code"),
        ("shedule: '* * * * *'", "a.yml:6: shedule: is not a known key: did you mean schedule?"),
        ("pace: {dealy: 3}", "a.yml:6: pace.dealy: is not a known key: did you mean delay?"),
        ("pace: {delay: -1}", "a.yml:6: pace.delay: Input should be greater than or equal to 0"),
        ("pace: {max_pages: 0}", "a.yml:6: pace.max_pages: Input should be greater than"),
        ("schedule: 0 0 30 2 *", "a.yml:6: schedule: '0 0 30 2 *' never fires"),
        ("schedule: 61 * * * *", "a.yml:6: schedule: '61 * * * *' is not a cron line: Bad minute"),
        ("schedule: '* * * *'", "a.yml:6: schedule: '* * * *' must have five fields"),
        ("render: yes", "a.yml:6: render: Input should be 'none' or 'js'"),
        ("wait_for: article", "a.yml:6: wait_for: needs render: js"),
        ("browser: {scroll: 3}", "a.yml:6: browser: needs render: js"),
        ("render: js\nbrowser: {click: ['a[']}", "a.yml:7: browser.click: 'a[' is not a CSS"),
        ("render: js\nbrowser: {scroll: 1000}", "a.yml:7: browser.scroll: Input should be"),
        (
            "render: js\nbrowser: {allow_hosts: ['https://a']}",
            "a.yml:7: browser.allow_hosts: 'https://a' is not a",
        ),
        ("render: js\nbrowser: {login: true}", "a.yml:7: browser.login: is not a known key"),
        ("selectors: {post: article}", "a.yml:6: selectors: are not read by the platform"),
        ("follow: {patterns: ['(']}", "a.yml:6: follow.patterns: '(' is not a regular expression"),
        ("expect: {fields: {autor: 0.5}}", "a.yml:6: expect.fields: 'autor' is not a field"),
        ("expect: {fields: {author: 1.5}}", "a.yml:6: expect.fields.author: Input should be less"),
        ("time_zone: Londn", "a.yml:6: time_zone: 'Londn' is not a time zone: write it as"),
        ("enabled: yes", "a.yml:6: enabled: Input should be a valid boolean"),
        ("\tpace: 1", "a.yml:6: : a tab cannot indent in YAML: use spaces"),
        ("purpose: again", "a.yml:6: purpose: stands twice (first on line 3): keep one"),
    ],
)
def test_a_fault_names_line_and_field(tmp_path: Path, line: str, problem: str) -> None:
    found = load(tmp_path, a=GOOD + line + "\n")
    assert found.sources == ()
    (only,) = told(found)
    assert only.startswith(problem)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://example.org/x", "must begin with http:// or https://"),
        ("https://", "is not an address"),
        ("https://example.org:port/", "is not an address"),
        ("https://user:word@example.org/", "public pages only"),
        ("https://t.me/invented_crossings", "https://t.me/s/invented_crossings"),
    ],
)
def test_an_address_that_cannot_be_crawled(tmp_path: Path, url: str, message: str) -> None:
    (problem,) = load(tmp_path, a=GOOD.replace("https://t.me/s/invented_crossings", url)).problems
    assert (problem.line, problem.field) == (2, "url")
    assert message in problem.message


def test_a_platform_without_a_parser_names_those_there_are(tmp_path: Path) -> None:
    (problem,) = load(tmp_path, a=GOOD.replace("telegram", "myspace", 1)).problems
    assert "there is no parser for 'myspace' (known: " in problem.message
    assert "telegram" in problem.message


def test_a_selector_that_is_not_css(tmp_path: Path) -> None:
    text = GOOD.replace("platform: telegram", "platform: webpage")
    (problem,) = load(tmp_path, a=text + "selectors:\n  post: 'article['\n").problems
    assert (problem.line, problem.field) == (7, "selectors.post")
    assert "is not a CSS selector" in problem.message


def test_every_fault_of_every_file_at_once(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        good=GOOD,
        many=GOOD.replace("purpose: a test of sources\n", "")
        .replace("2027-01-31", "31.01.2027")
        .replace("https:", "gopher:")
        + "pace: {delay: fast}\n",
        tabs="platform: telegram\n\turl: x\n",
        empty="# nothing\n",
        words="just words\n",
        past=GOOD.replace("2027-01-31", "2026-11-21"),
    )
    assert [source.name for source in found.sources] == ["good", "past"]
    places = [(Path(p.path).stem, p.line, p.field) for p in found.problems]
    assert places == [
        ("empty", 0, ""),
        ("many", 1, "purpose"),
        ("many", 2, "url"),
        ("many", 4, "review_date"),
        ("many", 5, "pace.delay"),
        ("past", 5, "review_date"),
        ("tabs", 2, ""),
        ("words", 1, ""),
    ]


def test_past_its_review_date_it_loads_but_is_not_authorised(tmp_path: Path) -> None:
    found = load(tmp_path, a=GOOD.replace("2027-01-31", "2026-11-21"))
    (source,) = found.sources
    assert not source.authorised_on(TODAY)
    assert source.authorised_on(date(2026, 11, 21))
    assert "the review date has passed: 2026-11-21" in found.problems[0].message


def test_the_review_date_is_told_beside_other_faults(tmp_path: Path) -> None:
    found = load(tmp_path, a=GOOD.replace("2027-01-31", "2026-11-21") + "colour: red\n")
    assert [problem.field for problem in found.problems] == ["review_date", "colour"]


def test_two_files_with_one_name(tmp_path: Path) -> None:
    found = load(tmp_path, a=GOOD + "name: same\n", b=GOOD + "name: same\n")
    assert [source.name for source in found.sources] == ["same"]
    (problem,) = found.problems
    assert (Path(problem.path).name, problem.line, problem.field) == ("b.yml", 6, "name")
    assert "a.yml" in problem.message


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    found = load_sources(tmp_path / "none", today=TODAY)
    assert "is not there" in found.problems[0].message


def test_find_gives_none_for_a_name_that_is_not_there(tmp_path: Path) -> None:
    found = load(tmp_path, a=GOOD)
    assert found.find("a") == found.sources[0]
    assert found.find("b") is None


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    past = time.time() - 100
    first = load(tmp_path, a=GOOD, b="platform: none\n")
    for name in ("a", "b"):
        os.utime(tmp_path / f"{name}.yml", (past, past))
    time.sleep(2.1)  # what has only just changed is not remembered
    assert load(tmp_path) == load(tmp_path) == first
    remembered = load(tmp_path).sources[0]
    assert load(tmp_path).sources[0] is remembered
    # Of the same length, with the old time put back.
    (tmp_path / "a.yml").write_text(GOOD.replace("TEST-1", "TEST-2"), encoding="utf-8")
    os.utime(tmp_path / "a.yml", (past, past))
    assert load(tmp_path).sources[0].authority == "TEST-2"
    assert told(load_sources(tmp_path, today=date(2027, 2, 1)))[0].startswith(
        "a.yml:5: review_date"
    )
    (tmp_path / "a.yml").unlink()
    assert load(tmp_path).sources == ()


def test_one_source_is_found_as_among_all(tmp_path: Path) -> None:
    load(tmp_path, a=GOOD, b="name: c\n" + GOOD, c=GOOD, d="platform: none\n", e=GOOD)
    everything = load_sources(tmp_path, today=TODAY)
    for name in ("a", "b", "c", "d", "e", "f"):
        assert find_source(tmp_path, name, today=TODAY) == everything.find(name), name
