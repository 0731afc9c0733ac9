"""Follow: a scan that somebody calls while an executor is alive is handed to it, and watched until it ends."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pepperbird.collect.interface import Event
from pepperbird.errors import StoreError, UsageError
from pepperbird.fleet.asked import Asked
from pepperbird.fleet.process import gone
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.run import Run
from pepperbird.model.site import Site
from pepperbird.scan.clock import now
from pepperbird.store.lease import Holder
from pepperbird.store.ready import executor_of
from pepperbird.store.runs import Store
from pepperbird.store.works import DONE, FAILED, QUEUED, Request
from pepperbird.trust.vault import Master

LOOK = 0.3
"""Seconds between two looks at what the executor did."""


@dataclass(frozen=True, slots=True)
class Following:
    """`progress` is told of each endpoint that is recorded, `waiting` once who is waited for."""

    progress: Callable[[Event], None] | None
    waiting: Callable[[str], None]


def is_served(path: Path, root: Path) -> bool:
    """Whether somebody took up the schedules of the site at `root` on the store at `path`; it may be gone again."""
    site = executor_of(path)
    return bool(site) and Path(site) == root.resolve()


def hand_over(
    path: Path, master: Master | None, asked: Asked, who: str, following: Following
) -> tuple[Run, Site] | None:
    """Have the executor carry out `asked`: the run once it has ended, with the register that it was judged by.

    None where no executor is alive, or it ended before it began this. Raises UsageError where the executor refused,
    StoreError where it went away in the middle.
    """
    store = Store(path, master)
    try:
        holder = alive(store)
        if holder is None:
            return None
        request = Request(secrets.token_hex(8), now(), who, asked.to_text())
        store.works.ask(request)
        following.waiting(holder.said)
        try:
            run = _followed(store, request.id, following)
        except KeyboardInterrupt:
            store.works.withdraw(request.id)
            raise
        if run is None:
            return None
        return store.load(run), store.inputs(run)[0]
    finally:
        store.close()


def alive(store: Store) -> Holder | None:
    """The executor; None where there is none, or it is gone."""
    holder = store.lease.holder()
    return None if holder is None or holder.late(now()) or gone(holder) else holder


def _followed(store: Store, request_id: str, following: Following) -> str | None:
    telling: _Telling | None = None
    while True:
        holder = alive(store)
        request = store.works.request(request_id)
        if request is None or request.state == FAILED:
            raise UsageError(request.said if request is not None else "the request was taken out of the store")
        if request.state == QUEUED and holder is None and store.works.withdraw(request_id):
            return None
        if request.run:
            telling = telling or _Telling(store, request.run, following)
            telling.tell()
            if request.state == DONE:
                return request.run
            if holder is None:
                raise StoreError(
                    f"the executor went away; the run {request.run} is kept, and goes on where it stopped "
                    "when `pepperbird serve` or `pepperbird schedule run-due` is started again"
                )
        time.sleep(LOOK)


class _Telling:
    """Tells each endpoint of a run once."""

    def __init__(self, store: Store, run_id: str, following: Following) -> None:
        self._store, self._run, self._progress = store, run_id, following.progress
        self._total = store.works.planned(run_id) if following.progress is not None else 0
        self._told: set[str] = set()

    def tell(self) -> None:
        if self._progress is None:
            return
        for endpoint, reason in self._store.works.recorded(self._run).items():
            if endpoint not in self._told:
                self._told.add(endpoint)
                gap = Gap(GapReason(reason)) if reason else None
                self._progress(Event(len(self._told), self._total, endpoint, gap))
