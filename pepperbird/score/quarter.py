"""The programme office's quarter: indicators, the nation, cohorts, and how each agency stands by standard. Pure.

No agency is named unless the site publishes names. Without, a cohort of fewer than three agencies is shown together
with the other small ones, and rows stand in the order of their score, so that their place tells nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    """The agencies that both quarters saw, with the weights of now: what moved there moved, whoever else joined.

    `again` is the same by the rules of now, of those agencies of it whose runs are in the second series.
    """

    agencies: int
    then: Figures
    now: Figures
    again: Fixed | None = None

    @property
    def parted(self) -> bool:
        """True where it is another change by the rules of now than was published."""
        return self.again is not None and (differ(self.again.then, self.then) or differ(self.again.now, self.now))


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
    """The nation at the end of one quarter. `rules` is true where it was judged by other rules than the bar before.

    `again` is what it is by the rules of now; None where that is not known: `missing` says why, where there is a second
    series.
    """

    quarter: str
    figures: Figures | None
    rules: bool
    again: Figures | None = None
    missing: str = ""

    @property
    def parted(self) -> bool:
        """True where it is another score by the rules of now than was published."""
        return self.again is not None and self.figures is not None and differ(self.again, self.figures)


def differ(one: Figures, other: Figures) -> bool:
    """Whether the scores are printed otherwise."""
    return f"{one.score:.1f}" != f"{other.score:.1f}"


@dataclass(frozen=True, slots=True)
class Again:
    """The second series by the rules of this quarter's last run: the old runs, judged again on the day `at`.

    `before` is the nation at the end of the quarter before by these rules; None where that is not known: `missing`
    says why.
    """

    at: str
    before: Figures | None
    missing: str = ""


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
    again: Again | None = None
    """None where old runs were not judged again by the rules of this quarter."""

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
    again: Mapping[str, tuple[Figures, Figures]] = field(default_factory=dict)
    """By agency what the quarter before and this one are by the rules of now, where both are known."""


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
    both = {one: (_whole(told.before, one), _whole(told.now, one)) for one in ids}
    seen = {one: (was, is_) for one, (was, is_) in both.items() if was is not None and is_ is not None}
    again = {
        one: some for one, some in told.again.items() if one in seen and all(figures.conclusive for figures in some)
    }
    found = _panel(weight, seen)
    return None if found is None else replace(found, again=_panel(weight, again))


def _panel(weight: Mapping[str, int], some: Mapping[str, tuple[Figures, Figures]]) -> Fixed | None:
    then, now = (mean_figures([(weight[one], two[n]) for one, two in some.items()]) for n in (0, 1))
    return Fixed(len(some), then, now) if some else None


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
