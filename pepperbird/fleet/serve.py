"""Serve: become the executor, carry out schedules and what people ask for, and be asked how it goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from pepperbird.fleet.beating import Beating
from pepperbird.fleet.courier import Courier
from pepperbird.fleet.executor import Executor
from pepperbird.fleet.health import Health
from pepperbird.fleet.moments import text_of
from pepperbird.fleet.office import Office
from pepperbird.fleet.process import gone, me
from pepperbird.fleet.sitefile import SiteWatch

SECONDS = 30
"""After so long without a beat somebody else may become the executor."""


@contextmanager
def holding(office: Office, root: Path, seconds: int = SECONDS) -> Iterator[tuple[Executor, Health, Beating]]:
    """Be the executor of the site at `root`. Raises SiteError, HeldError and StoreError; then nothing has begun."""
    site = SiteWatch(root)
    health = Health(text_of(office.now()))
    holder = office.store.lease.take(me(str(root), text_of(office.now()), seconds), gone)
    office.store.hold(holder.token)
    office = replace(office, progress=health.recorded)
    executor = Executor(office, site, health)
    with Beating(office, holder, site, health) as beating:
        yield executor, health, beating
    if beating.lost is not None:
        raise beating.lost


def serve(office: Office, root: Path, listen: str | None, seconds: int = SECONDS) -> None:
    """Carry out schedules until the office is stopped. Raises as `holding` does, and LostError when it must stop."""
    with holding(office, root, seconds) as (executor, health, _):
        from pepperbird.fleet.listen import Listening

        with (
            Listening(listen, health) if listen is not None else nullcontext() as listening,
            Courier(office, executor.site, health),
        ):
            office.log.info("serving", site=str(root), listen=listening.at if listening is not None else "")
            executor.run()
        office.log.info("stopped")


def run_due(office: Office, root: Path, seconds: int = SECONDS) -> bool:
    """Carry out what is due now, once. False where something was wrong, which was logged. Raises as `holding` does."""
    with holding(office, root, seconds) as (executor, health, beating):
        well = executor.settle()
        well = Courier(office, executor.site, health).round() and well
        beating.beat()
        return well and not health.now.wrong
