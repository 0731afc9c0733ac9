"""The programme office's quarter: indicators, the nation, cohorts, and how each agency stands by standard. Pure.

No agency is named unless the site publishes names. Without, a cohort of fewer than three agencies is shown together
with the other small ones, and rows stand in the order of their score, so that their place tells nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pepperbird.model.history import Estate
from pepperbird.model.scores import Figures
from pepperbird.score import weights
from pepperbird.score.cohort import cohorts
from pepperbird.score.indicators import Failing, Indicator, Moment, failing_most, indicators
from pepperbird.score.nation import SILENT, mean_figures

STANDARDS: Final = ("BR", "DS", "DI", "IS", "DR")
SMALLEST: Final = 3
"""A cohort of fewer is not shown by itself where names are not published."""
SMALL: Final = "small cohorts"


@dataclass(frozen=True, slots=True)
class Fixed:
    """The agencies that both quarters saw, with the weights of now: what moved there moved, whoever else joined."""

    agencies: int
    then: Figures
    now: Figures


@dataclass(frozen=True, slots=True)
class Group:
    """A cohort: how many are registered, how many this quarter saw, the mean with silence as nought."""

    name: str
    agencies: int
    seen: int
    figures: Figures
    fixed: Fixed | None


@dataclass(frozen=True, slots=True)
class Row:
    """One agency in the heat map; `id` and `name` are '' where names are not published. None was not seen."""

    cohort: str
    id: str
    name: str
    cells: tuple[float | None, ...]
    whole: float | None
    coverage: float | None


@dataclass(frozen=True, slots=True)
class Bar:
    """The nation at the end of one quarter. `rules` is true where it was judged by other rules than the bar before."""

    quarter: str
    figures: Figures | None
    rules: bool


@dataclass(frozen=True)
class QuarterReport:
    """Everything that the report says. `silent` counts registered agencies that this quarter did not see.

    `unreached` counts required pairs that could not be reached at its end. `titles` are of the controls.
    """

    quarter: str
    site: str
    first_day: str
    last_day: str
    open: bool
    """True while the quarter has not ended."""
    named: bool
    indicators: tuple[Indicator, ...]
    baseline: str
    nation: Figures | None
    nation_before: Figures | None
    fixed: Fixed | None
    groups: tuple[Group, ...]
    rows: tuple[Row, ...]
    failing: tuple[Failing, ...]
    bars: tuple[Bar, ...]
    registered: int
    silent: int
    unreached: int
    pairs: int
    fixed_faults: int
    titles: Mapping[str, str]

    @property
    def rules(self) -> bool:
        """True where this quarter was judged by other rules than the one before."""
        return bool(self.bars) and self.bars[-1].rules


@dataclass(frozen=True)
class Told:
    """What the report is made of. `first` is of the first quarter of which anything is known."""

    now: Moment
    before: Moment | None
    first: Moment | None
    register: Sequence[Estate]
    targets: Mapping[str, float]
    named: bool


@dataclass(frozen=True)
class Made:
    """The counted part of the report."""

    indicators: tuple[Indicator, ...]
    fixed: Fixed | None
    groups: tuple[Group, ...]
    rows: tuple[Row, ...]
    failing: tuple[Failing, ...]
    silent: int


def count_up(told: Told) -> Made:
    """Everything that is counted, from what the store keeps."""
    named = _groups(told)
    ids = [one.id for one in told.register]
    return Made(
        indicators(told.now, told.before, told.first, told.targets),
        _fixed(told, ids),
        tuple(_group(told, name, some) for name, some in named.items()),
        tuple(row for name, some in named.items() for row in _rows(told, name, some)),
        failing_most(told.now.tallies),
        sum(_whole(told.now, one) is None for one in ids),
    )


def _groups(told: Told) -> dict[str, tuple[str, ...]]:
    found = cohorts(told.register)
    if told.named:
        return dict(found)
    large = {name: some for name, some in found.items() if len(some) >= SMALLEST}
    rest = tuple(one for name, some in found.items() if name not in large for one in some)
    return large | ({SMALL: rest} if rest else {})


def _group(told: Told, name: str, ids: Collection[str]) -> Group:
    weight = _weights(told)
    figures = [(weight[one], _whole(told.now, one)) for one in ids]
    mean = mean_figures([(number, some or SILENT) for number, some in figures])
    return Group(name, len(ids), sum(some is not None for _, some in figures), mean, _fixed(told, ids))


def _fixed(told: Told, ids: Collection[str]) -> Fixed | None:
    if told.before is None:
        return None
    weight = _weights(told)
    then, now = [], []
    for one in ids:
        was, is_ = _whole(told.before, one), _whole(told.now, one)
        if was is not None and is_ is not None:
            then.append((weight[one], was))
            now.append((weight[one], is_))
    return Fixed(len(now), mean_figures(then), mean_figures(now)) if now else None


def _rows(told: Told, cohort: str, ids: Collection[str]) -> list[Row]:
    known = {one.id: one for one in told.register}
    rows = [_row(told, cohort, known[one]) for one in ids]
    if told.named:
        return sorted(rows, key=lambda one: one.name)
    return sorted(rows, key=lambda one: (-(one.whole or 0), one.whole is None, tuple(cell or 0 for cell in one.cells)))


def _row(told: Told, cohort: str, one: Estate) -> Row:
    some = told.now.seen.get(one.id, {})
    whole = _whole(told.now, one.id)
    cells = [some.get(standard) if whole else None for standard in STANDARDS]
    return Row(
        cohort,
        one.id if told.named else "",
        one.name if told.named else "",
        tuple(cell.score if cell else None for cell in cells),
        whole.score if whole else None,
        whole.coverage if whole else None,
    )


def _whole(moment: Moment, agency: str) -> Figures | None:
    """The agency's figures where that quarter saw anything of it."""
    found = moment.seen.get(agency, {}).get("")
    return found if found is not None and found.conclusive else None


def _weights(told: Told) -> dict[str, int]:
    return {one.id: weights.TIER[one.tier] for one in told.register}
