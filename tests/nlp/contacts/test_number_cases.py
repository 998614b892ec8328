"""Numbers by the classes of libphonenumber's own matcher tests, and as adverts hide them.

The cases are our own; the classes are those that the matcher's tests are known for: context,
brackets, grouping, extensions, several in a row, dates and other rows of digits.
"""

from __future__ import annotations

from pathlib import Path

import phonenumbers
import pytest
from pydantic import BaseModel, ConfigDict

from crawler.strict_yaml import load_yaml, validate
from crawler.types import Contact, Post
from nlp.contacts import load_contact_finder
from nlp.identify import identify
from nlp.normalise import normalise


class Case(BaseModel):
    """A text and the numbers in it, as E.164."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    region: str
    text: str
    numbers: tuple[str, ...]
    fault: str = ""


class Cases(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cases: tuple[Case, ...]


CASES = validate(load_yaml(Path(__file__).with_name("number_cases.yml")), Cases).cases


def ours(case: Case) -> list[str]:
    post = Post(1, 1, "test", "forum", "1", case.text, regions=(case.region,))
    found = load_contact_finder().find(normalise(case.text), identify(case.text), post)
    return sorted(mention.value.value for mention in found if isinstance(mention.value, Contact))


def by_the_library(case: Case) -> list[str]:
    matcher = phonenumbers.PhoneNumberMatcher(
        case.text, case.region, leniency=phonenumbers.Leniency.POSSIBLE
    )
    return sorted(
        phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        for match in matcher
    )


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            case,
            id=f"{case.kind}-{number}",
            marks=[pytest.mark.xfail(reason=case.fault, strict=True)] if case.fault else [],
        )
        for number, case in enumerate(CASES)
    ],
)
def test_the_numbers_of_a_text(case: Case) -> None:
    assert ours(case) == sorted(case.numbers)


@pytest.mark.parametrize("kind", sorted({case.kind for case in CASES}))
def test_no_class_is_read_worse_than_by_the_library_alone(kind: str) -> None:
    cases = [case for case in CASES if case.kind == kind]
    right = [
        sum(read(case) == sorted(case.numbers) for case in cases) for read in (ours, by_the_library)
    ]
    assert right[0] >= right[1]
