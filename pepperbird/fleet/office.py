"""Office: what whoever carries out runs needs at hand. One run at a time is asked, recorded and judged."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pepperbird.errors import UsageError
from pepperbird.fleet.asked import Keys, Prepare
from pepperbird.fleet.bringing import Secret
from pepperbird.fleet.log import Log
from pepperbird.fleet.moments import utc_now
from pepperbird.model.catalog import Catalog
from pepperbird.store.runs import Store


def no_secret(reference: str, what: str, root: Path) -> str:
    """Of an office that was given no way to look secrets up."""
    raise UsageError(f"{what}: nobody here can look it up")


@dataclass(frozen=True)
class Office:
    """`patience` is how many seconds pass before what could not be reached is tried again the first time."""

    store: Store
    prepare: Prepare
    keys: Keys
    log: Log
    stop: threading.Event = field(default_factory=threading.Event)
    patience: int = 300
    now: Callable[[], datetime] = utc_now
    catalogs: dict[str, Catalog] = field(default_factory=dict)
    """The content of the runs that this process began itself: of others it is unpacked from the store."""
    secret: Secret = no_secret
    """What is behind a reference of `delivery:`."""
    progress: Callable[[str, int, int], None] = lambda run, done, total: None
