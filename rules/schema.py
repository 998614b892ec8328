"""What an alert rule is."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]]+@[^@\s<>,;:\"()\[\]]+\.[^@\s<>,;:\"()\[\]]+")


class Rule(BaseModel):
    """A saved query, who is told of its new matches, and why they may be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: fixed for the life of the rule: what was alerted is remembered under it
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    #: Lucene syntax, as on the search page; dates such as `now-7d` are read at each evaluation
    query: Annotated[str, Field(min_length=1)]
    recipients: Annotated[tuple[str, ...], Field(min_length=1)]
    #: the operation or purpose that justifies the disclosure; goes into the audit log
    reason: Annotated[str, Field(min_length=1)]
    enabled: bool = True

    @field_validator("name", mode="before")
    @classmethod
    def _say_what_a_name_is(cls, name: object) -> object:
        if isinstance(name, str) and not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", name):
            message = f"{name!r} is not a name: use lower-case letters, digits and dashes"
            raise ValueError(message)
        return name

    @field_validator("recipients")
    @classmethod
    def _are_addresses(cls, recipients: tuple[str, ...]) -> tuple[str, ...]:
        for address in recipients:
            if not _ADDRESS.fullmatch(address):
                message = f"{address!r} is not an e-mail address"
                raise ValueError(message)
        return recipients
