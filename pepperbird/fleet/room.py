"""Make room: what is taken in must stand on what an executor's run of the same agency has seen until now.

Such a run stops waiting for machines, as it does for any other run of its agencies, and ends before. Else it would end
later, be overtaken, and its agency would not stand by what it found.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator

from pepperbird.fleet.follow import LOOK, alive
from pepperbird.scan.clock import now
from pepperbird.store.runs import Store
from pepperbird.store.works import Work


def make_room(store: Store, agencies: Collection[str], tell: Callable[[str], None]) -> None:
    """Wait until no run of these agencies goes on. `tell` is told once what is waited for.

    Where no executor is alive there is nothing to wait for: who is left behind is told.
    """
    told = False
    while works := list(_of(store, agencies)):
        runs = ", ".join(one.run for one in works)
        holder = alive(store)
        if holder is None:
            tell(f"The run {runs} was begun and nobody goes on with it; once it ends, this one is newer and stands.")
            return
        if not told:
            tell(f"{holder.said} ends the run {runs} of the same agency first; Ctrl-C stops this, nothing is taken in.")
            told = True
        for work in works:
            store.works.hurry(work.run, now())
        time.sleep(LOOK)


def moment_of_its_own(store: Store) -> str:
    """Now; a second later where a run began in this second: which of two runs is the newer must be certain."""
    newest = store.runs(limit=1)
    while newest and newest[0].at == now():
        time.sleep(LOOK)
    return now()


def _of(store: Store, agencies: Collection[str]) -> Iterator[Work]:
    for work in store.works.open():
        if store.works.agencies(work.run).intersection(agencies):
            yield work
