"""The rates at which prices in different currencies are compared: a dated table in YAML."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from crawler.strict_yaml import load_yaml, validate

#: The table that is shipped: approximate, and dated.
SHIPPED = Path(__file__).parent / "rates.yml"

_Code = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Rates(BaseModel):
    """What one euro is worth in each currency, when, and who says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: dt.date
    source: str
    per_euro: dict[_Code, Annotated[float, Field(gt=0, allow_inf_nan=False)]]

    def __contains__(self, currency: object) -> bool:
        """Whether a currency (ISO 4217) is in the table."""
        return currency in self.per_euro

    def ranges(
        self, currency: str, low: float | None, high: float | None
    ) -> list[tuple[str, float | None, float | None]]:
        """The same range of money in every currency of the table: (code, low, high)."""
        own = self.per_euro[currency]
        return [
            (
                code,
                None if low is None else low if code == currency else low / own * rate,
                None if high is None else high if code == currency else high / own * rate,
            )
            for code, rate in self.per_euro.items()
        ]


@lru_cache(maxsize=4)
def load_rates(path: Path = SHIPPED) -> Rates:
    """The table of a file.

    Raises:
        ConfigError: it cannot be read, or has faults; with file, line and field.
    """
    return validate(load_yaml(path), Rates)
