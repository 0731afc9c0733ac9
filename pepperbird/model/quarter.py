"""Quarter: three months of a calendar year, as `2026Q4`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from pepperbird.errors import UsageError

_NAME = re.compile(r"([0-9]{4})Q([1-4])")


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04d}Q{self.number}"

    @property
    def first_day(self) -> str:
        return f"{self.year:04d}-{3 * self.number - 2:02d}-01"

    @property
    def before(self) -> Quarter:
        return Quarter(self.year - 1, 4) if self.number == 1 else Quarter(self.year, self.number - 1)

    @property
    def after(self) -> Quarter:
        return Quarter(self.year + 1, 1) if self.number == 4 else Quarter(self.year, self.number + 1)


def parse_quarter(text: str) -> Quarter:
    """The quarter that `2026Q4` names. Raises UsageError."""
    found = _NAME.fullmatch(text.strip().upper())
    if found is None or not 2000 <= int(found[1]) <= 9000:
        raise UsageError(f"{text[:40]!r} is no quarter; write the year and the number, as 2026Q4")
    return Quarter(int(found[1]), int(found[2]))


def quarter_of(day: str) -> Quarter:
    """The quarter of a day (YYYY-MM-DD) or of a moment that begins with one."""
    found = date.fromisoformat(day[:10])
    return Quarter(found.year, (found.month + 2) // 3)
