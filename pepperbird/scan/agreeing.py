"""Changing an agreed plan: what enters it, with its deadline, and what leaves it, with its reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pepperbird.errors import UsageError
from pepperbird.model.agreed import AgreedItem, AgreedPlan, DroppedItem
from pepperbird.model.catalog import Catalog
from pepperbird.model.run import Run
from pepperbird.model.site import Site
from pepperbird.model.state import State, Tier
from pepperbird.model.text import clean
from pepperbird.model.verdict import PostureEntry
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.todos import todos
from pepperbird.report.worth import worth
from pepperbird.scan.again import stored_content
from pepperbird.score.agreed import ABOUT_FIVE, due_of, standings
from pepperbird.score.baseline import baseline_of
from pepperbird.score.overdue import due_day
from pepperbird.store.runs import Store

_ITEM: Final = re.compile(r"([A-Z]{2}-[0-9]{2})(?:@([a-z0-9][a-z0-9._-]{0,63}))?")


@dataclass(frozen=True, slots=True)
class Basis:
    """What deadlines are counted by: content, the agency's newest full run (None before the first), and the day."""

    catalog: Catalog
    run: Run | None
    at: str
    site: Site | None = None
    """The register as that run was judged by."""

    @property
    def entries(self) -> Sequence[PostureEntry] | None:
        """Where the agency stands; None before its first run."""
        return None if self.run is None else self.run.posture


def basis_of(store: Store, agency: str, at: str) -> Basis | None:
    """By the agency's newest full run; None before the first."""
    runs = store.full_runs(agency, newest=1)
    if not runs:
        return None
    with stored_content(store, runs[0].id) as catalog:
        run = store.load(runs[0].id, heard=False, only=(agency,))
        return Basis(catalog, run, at, store.inputs(run.id, (agency,))[0])


class Agreeing:
    """One plan being changed; `plan` is how it stands. Methods raise UsageError, in words, for what cannot be."""

    def __init__(self, site: Site, basis: Basis, plan: AgreedPlan) -> None:
        self.plan = plan
        self.warnings: list[str] = []
        self._site, self._basis = site, basis

    def add(self, name: str, due: str = "", who: str = "", *, assigned: bool = False) -> None:
        """Put an item in the plan as of today."""
        control, asset = self._named(name)
        if any((one.control, one.asset) == (control, asset) for one in self.plan.items):
            raise UsageError(f"{name} is in the plan already; nothing was written")
        today = self._basis.at[:10]
        if due and due < today:
            raise UsageError(f"--due {due} is past; name a day from today on")
        item = AgreedItem(
            control=control, asset=asset, agreed=today, due=due or self._due(control, asset), who=who.strip(),
            assigned=assigned,
        )  # fmt: skip
        self.plan = self.plan.model_copy(update={"items": (*self.plan.items, item)})
        self._warn(item)

    def add_first(self, due: str = "", who: str = "") -> None:
        """Put in what the agency's report puts first, until about five are open."""
        names = [name for name in self._first() if name not in {one.control for one in self.plan.items}]
        room = ABOUT_FIVE - self._open(who)
        for name in names[: max(room, 0)]:
            self.add(name, due, who)
        if room <= 0 or not names:
            why = f"{ABOUT_FIVE} or more are open already" if room <= 0 else "nothing more asks for a fix"
            self.warnings.append(f"Nothing was added: {why}.")

    def drop(self, name: str, reason: str) -> None:
        """Take an item out; it stays in the file with the reason."""
        if not reason.strip():
            raise UsageError("say why with --reason: what leaves the plan stays in its file with the reason")
        control, asset = self._split(name)
        item = next((one for one in self.plan.items if (one.control, one.asset) == (control, asset)), None)
        if item is None:
            there = ", ".join(one.name for one in self.plan.items) or "nothing"
            raise UsageError(f"{name} is not in the plan, which has: {there}")
        gone = DroppedItem(
            control=control, asset=asset, agreed=item.agreed, dropped=self._basis.at[:10], reason=reason.strip()
        )
        left = tuple(one for one in self.plan.items if one is not item)
        self.plan = self.plan.model_copy(update={"items": left, "dropped": (*self.plan.dropped, gone)})

    def _split(self, name: str) -> tuple[str, str | None]:
        found = _ITEM.fullmatch(name)
        if found is None:
            raise UsageError(f"{clean(name, 80)!r}: write a control, or a control on an asset: IS-20 or IS-20@db1")
        return found[1], found[2]

    def _named(self, name: str) -> tuple[str, str | None]:
        control, asset = self._split(name)
        if control not in self._basis.catalog.controls:
            raise UsageError(f"no control {control}; `pepperbird content show` lists them")
        agency = self._site.agency(self.plan.agency)
        there = {agency.id, *(one.id for part in (agency.assets, agency.stores, agency.repositories) for one in part)}
        if asset is not None and asset not in there:
            raise UsageError(f"{agency.id} has no {asset!r}; it has: {', '.join(sorted(there)[:20])}")
        return control, asset

    def _due(self, control: str, asset: str | None) -> str:
        basis = self._basis
        run, catalog = basis.run, basis.catalog
        if run is not None:
            deadlines = {tier: baseline_of(catalog, run.plan, tier).deadlines for tier in Tier}
            found = due_of(control, asset, run.posture, deadlines, basis.at)
            if found is not None:
                return found
        own = self._site.agency(self.plan.agency).tier
        days = getattr(catalog.baselines[str(own)].deadlines, catalog.controls[control].severity)
        return due_day(basis.at, int(days))

    def _open(self, who: str) -> int:
        """Items of the same person that are not done."""
        ours = self.plan.model_copy(update={"items": tuple(one for one in self.plan.items if one.who == who.strip())})
        if self._basis.entries is None:
            return len(ours.items)
        return sum(one.is_open for one in standings(ours, self._basis.entries, self._basis.at))

    def _warn(self, item: AgreedItem) -> None:
        number = self._open(item.who)
        if number > ABOUT_FIVE:
            whose = f"for {clean(item.who, 80)}" if item.who else "for the administrator"
            self.warnings.append(
                f"{number} items are open {whose}; about {ABOUT_FIVE} are what one person keeps up with."
            )
        entries = self._basis.entries
        if entries is None:
            return
        ours = [one for one in entries if one.control == item.control and item.asset in (None, one.asset)]
        if ours and all(one.state in (State.PASS, State.NOT_APPLICABLE) for one in ours):
            self.warnings.append(f"{item.name} passes already, so there is nothing to do about it.")

    def _first(self) -> list[str]:
        """The controls of the report's things to do, in its order."""
        basis = self._basis
        if basis.run is None or basis.site is None:
            raise UsageError(f"no full run of {self.plan.agency} yet; `pepperbird scan --site DIRECTORY` makes one")
        facts = AgencyFacts(basis.run, basis.catalog, basis.site, self.plan.agency)
        points = worth(facts.posture.values(), facts.score) if facts.score is not None else None
        return list(dict.fromkeys(one.control for one in todos(facts, points) if one.scored))
