"""Pruning: what is older than the site keeps it is taken out, when a person calls it or once a day by itself.

By itself it comes in the quiet: when no run is to be begun or gone on with just now. What a day missed the next moment
of quiet makes up for, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from pepperbird.errors import PepperbirdError
from pepperbird.fleet.due import SLIP, zone_of
from pepperbird.fleet.moments import moment_of, text_of
from pepperbird.fleet.office import Office
from pepperbird.model.cron import newest_tick, read_cron
from pepperbird.model.retention import Retention
from pepperbird.model.site import Site
from pepperbird.model.text import clean
from pepperbird.scan.sealing import Sealing
from pepperbird.store.duties import DONE, OPEN, PRUNE, Duty
from pepperbird.store.lease import LostError
from pepperbird.store.prune import Pruned
from pepperbird.store.ready import FailingError
from pepperbird.store.runs import Store

AGAIN: Final = timedelta(hours=1)
"""Until what failed is tried again."""


@dataclass(frozen=True, slots=True)
class Gone:
    """`runs` have entries of the ledger, `spent` rows do not. Not `clean`: traces may be left in the file."""

    runs: Sequence[Pruned]
    spent: Mapping[str, int]
    clean: bool


def prune_store(store: Store, retention: Retention, sealing: Sealing, at: str) -> Gone:
    """Take out what is older than `retention` keeps it. Raises StoreError."""
    if sealing.keys is not None:
        store.ledger.record_keys(sealing.keys, at)
    runs, spent = store.prune(retention, at, sealing.put), store.spent.take_out(retention, at)
    return Gone(runs, spent, store.vault.purge())


def prune_if_due(office: Office, site: Site) -> None:
    """Prune where the site wants it once a day and the time of this day has come. Raises FailingError and LostError;
    whatever else goes wrong is told, and tried again later."""
    at, retention, now = site.file.serve.prune, site.file.defaults.retention, office.now()
    if at is None or retention is None:
        return
    duty = office.store.duties.of(PRUNE)
    if duty is None or moment_of(duty.tick) > now + SLIP:  # seen for the first time, or noted by a clock that was wrong
        office.store.duties.put(Duty(PRUNE, "", tick=text_of(now), since=text_of(now), state=DONE))
        return
    tick = due_tick(at, site.file.time_zone, duty, now)
    if tick is None:
        return
    try:
        gone = prune_store(office.store, retention, office.keys(site, text_of(now)), text_of(now))
    except (FailingError, LostError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, scans must come
        said = clean(str(error) if isinstance(error, PepperbirdError) else f"{type(error).__name__}: {error}", 400)
        office.store.duties.put(replace(duty, state=OPEN, tries=duty.tries + 1, wake=text_of(now + AGAIN), said=said))
        office.log.error("prune-failed", said=said)
        return
    office.store.duties.put(Duty(PRUNE, "", tick=text_of(tick), since=text_of(now), state=DONE))
    office.log.info("pruned", runs=len(gone.runs), rows=sum(gone.spent.values()), clean=int(gone.clean))


def due_tick(at: str, zone: str, duty: Duty, now: datetime) -> datetime | None:
    """The newest time of pruning that is not settled; None where there is none, or it was tried just now."""
    if duty.wake and now < moment_of(duty.wake) <= now + AGAIN + SLIP:
        return None
    hour, _, minute = at.partition(":")
    cron = read_cron(f"{int(minute)} {int(hour)} * * *")
    return newest_tick(cron, zone_of(zone), now, moment_of(duty.tick))
