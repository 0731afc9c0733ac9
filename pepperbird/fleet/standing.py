"""Where schedules stand, for people: when each comes next, how it last ended, what was missed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pepperbird.fleet.due import Timed, Unanswered, next_ticks, unanswered
from pepperbird.fleet.moments import last_of
from pepperbird.model.text import clean
from pepperbird.store.schedules import FAILED, Standing, Tick


@dataclass(frozen=True, slots=True)
class Shown:
    """One schedule. `standing` is None where nobody has carried out schedules since it was written."""

    timed: Timed
    next: datetime | None
    standing: Standing | None
    missed: int
    ticks: Sequence[Tick]
    unanswered: Unanswered | None

    @property
    def lines(self) -> Iterator[str]:
        schedule = self.timed.schedule
        what = ", ".join([*schedule.agencies, *map(str, schedule.kinds), *schedule.zones]) or "everything"
        deep = ", deep" if schedule.deep else ""
        yield f"{schedule.id}  {schedule.cron}  {self.timed.zone.key}  {what}{deep}"
        if self.next is not None:
            yield f"  next      {self.next.astimezone(self.timed.zone):%a %Y-%m-%d %H:%M}"
        if self.standing is None:
            yield "  state     nobody has carried out schedules since it was written: see `pepperbird serve`"
        else:
            yield f"  answered  {self.standing.answered if self.standing.answers else 'not yet'}"
            if self.standing.run:
                yield f"  state     run {self.standing.run} goes on"
        if self.missed:
            yield f"  missed    {self.missed} times in all"
        if self.ticks and self.ticks[0].state == FAILED:
            yield f"  failed    {self.ticks[0].tick}: {clean(self.ticks[0].said, 200)}"
        if self.unanswered is not None:
            yield f"  WRONG     no answer for {self.unanswered.tick:%Y-%m-%dT%H:%MZ}, due {self.unanswered.by:%H:%MZ}"


def shown(
    schedules: Sequence[Timed], standings: Mapping[str, Standing], missed: Mapping[str, int],
    ticks: Mapping[str, Sequence[Tick]], now: datetime,
) -> list[Shown]:  # fmt: skip
    """Every schedule of the site, in its order there."""
    late = {one.schedule: one for one in unanswered(schedules, {k: last_of(v) for k, v in standings.items()}, now)}
    return [
        Shown(
            one, next(iter(next_ticks(one, now, 1)), None), standings.get(one.id), missed.get(one.id, 0),
            ticks.get(one.id, ()), late.get(one.id),
        )
        for one in schedules
    ]  # fmt: skip
