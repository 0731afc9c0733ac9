"""What a run is asked for, by a schedule or by a person, and how it is carried out: as values that the store keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pepperbird.collect.interface import CollectOptions
from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import Plan
from pepperbird.model.schedule import Schedule
from pepperbird.model.site import Site
from pepperbird.model.state import AssetKind
from pepperbird.scan.sealing import Sealing
from pepperbird.store.codec import canonical, value_of


@dataclass(frozen=True, slots=True)
class Asked:
    """A scan of the site as a call of `scan` names it. Paths are absolute; the site is that of the executor."""

    agencies: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    kinds: tuple[AssetKind, ...] = ()
    zones: tuple[str, ...] = ()
    content: str | None = None
    baseline: str | None = None
    known_hosts: str | None = None
    identity: str | None = None
    deadline: int | None = None
    parallel: int | None = None
    deep: bool = False
    slow: int | None = None

    def to_text(self) -> str:
        return canonical(Asked, self).decode()


def asked_of(text: str) -> Asked:
    """The Asked of `to_text`. Raises StoreError."""
    found: Asked = value_of(Asked, text.encode())
    return found


def asked_by(schedule: Schedule) -> Asked:
    """What a schedule asks for."""
    return Asked(
        agencies=schedule.agencies, kinds=schedule.kinds, zones=schedule.zones, deep=schedule.deep,
        parallel=schedule.parallel,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class How:
    """How a run is carried out, whoever goes on with it."""

    parallel: int
    known_hosts: str | None
    root: str | None

    def to_text(self) -> str:
        return canonical(How, self).decode()

    def options(self) -> CollectOptions:
        known, root = (None if one is None else Path(one) for one in (self.known_hosts, self.root))
        return CollectOptions(parallel=self.parallel, known_hosts=known, root=root)


def how_of(text: str) -> How:
    """The How of `to_text`. Raises StoreError."""
    found: How = value_of(How, text.encode())
    return found


def how_with(options: CollectOptions) -> How:
    known, root = (None if one is None else str(one.absolute()) for one in (options.known_hosts, options.root))
    return How(options.parallel, known, root)


@dataclass(frozen=True)
class Ready:
    """Everything that a run needs to begin."""

    catalog: Catalog
    site: Site
    plan: Plan
    options: CollectOptions
    sealing: Sealing


Prepare = Callable[[Asked, str], Ready]
"""Reads the site and the content for what is asked, at that time. Raises InputError and TrustError."""
Keys = Callable[[Site, str], Sealing]
"""How records of that site (with its root) are signed and sealed at that time. Raises InputError and TrustError."""
