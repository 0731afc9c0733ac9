"""An agreed plan for a terminal: what is in it, by when, and how it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pepperbird.model.agreed import AgreedPlan, PlanStanding
from pepperbird.model.catalog import Catalog
from pepperbird.model.verdict import PostureEntry
from pepperbird.report.facts import name
from pepperbird.report.lines import WIDTH, fit, wrap
from pepperbird.report.signed import plan_change_words, plan_words
from pepperbird.report.words import count, date, days
from pepperbird.score.agreed import ABOUT_FIVE, ItemStanding, Progress, standings

MOST_DROPPED = 20


def plan_lines(plan: AgreedPlan, catalog: Catalog, entries: Sequence[PostureEntry] | None, at: str) -> Iterator[str]:
    """At most 100 columns. `entries` None where the agency was not scanned yet: then it is not known what is done."""
    if not plan.items:
        yield f"Nothing is in the plan of {plan.agency}. `pepperbird agency plan {plan.agency} --first` takes the first"
        yield f"{ABOUT_FIVE} things of the latest report into it; --add takes one."
    else:
        yield from _table(plan, catalog, entries, at)
    if plan.dropped:
        yield ""
        yield "Dropped:"
        for one in plan.dropped[-MOST_DROPPED:]:
            place = f"{one.control}@{one.asset}" if one.asset else one.control
            yield fit(f"  {date(one.dropped)}  {place}: {name(one.reason)}", WIDTH).rstrip()


def signed_lines(standing: PlanStanding, plan: AgreedPlan | None) -> Iterator[str]:
    """How far it is signed, and what was changed since; nothing where there is no plan and never was one."""
    if plan is None and standing.state == "unsigned":
        return
    yield from wrap(plan_words(standing))
    for one in standing.changes:
        yield from wrap(plan_change_words(one), first="  · ", hang=4)


def _table(plan: AgreedPlan, catalog: Catalog, entries: Sequence[PostureEntry] | None, at: str) -> Iterator[str]:
    found = standings(plan, entries or (), at)
    rows = [("ITEM", "DUE", "STANDS", "FAILS FOR", "AGREED", "WHAT")]
    for one in found:
        control = catalog.controls.get(one.item.control)
        age = "–" if one.age is None else days(one.age)
        by = " (assigned)" if one.item.assigned else ""
        title = (control.title if control else "not in this content") + (f" · {one.item.who}" if one.item.who else "")
        stands = "not known" if entries is None else str(one.progress)
        rows.append((one.item.name, one.item.due, stands, age, f"{one.item.agreed}{by}", name(title)))
    widths = [max(len(row[at]) for row in rows) for at in range(5)]
    for row in rows:
        head = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        yield fit(f"{head}  {row[5]}", WIDTH).rstrip()
    yield ""
    yield told(found) if entries is not None else "The agency was not scanned yet, so it is not known what is done."


def told(found: Sequence[ItemStanding]) -> str:
    """The plan in one sentence."""
    if not found:
        return "Nothing is in the agreed plan."
    done = sum(one.progress is Progress.DONE for one in found)
    late = sum(one.progress is Progress.OVERDUE for one in found)
    left = sum(one.is_open for one in found)
    tail = f", {late} of them overdue" if late else ""
    verb = "is" if done < 2 else "are"
    return f"Of {count(len(found), 'item')} in the agreed plan {done or 'none'} {verb} done; {left} open{tail}."
