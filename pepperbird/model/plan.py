"""Plan: what would be asked of which endpoint with which privilege, and which pairs would be judged. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pepperbird.model.collector import Each
from pepperbird.model.site import Access
from pepperbird.model.state import AssetKind, Cadence, Enforcement, Tier

FULL = "full"
PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for on the command line; empty means all. Naming assets or controls makes the run partial."""

    agencies: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    adhoc: bool = False
    deep: bool = False
    """Ask the heavy probes too; without it they keep what they showed last, while that is fresh."""
    slow: int | None = None
    """Every machine lies behind one thin line of so many kbit/s."""
    kinds: tuple[AssetKind, ...] = ()
    zones: tuple[str, ...] = ()
    """Only assets of these kinds, or with a way in from these zones: of a schedule."""
    kits: tuple[str, ...] = ()
    """The servers (`<agency>/<asset>`) that are looked at by a kit now, and by nobody else. None in a scan."""

    @property
    def scope(self) -> str:
        return PARTIAL if self.narrowed or self.controls or self.adhoc else FULL

    @property
    def narrowed(self) -> bool:
        """Whether some assets only are meant."""
        return bool(self.assets or self.kinds or self.zones)


@dataclass(frozen=True, slots=True)
class ProbeCall:
    """One probe of one endpoint. `id` is `<namespace>.<probe>`; limits in seconds and bytes; `args` declared values."""

    id: str
    timeout: int
    max_bytes: int
    privilege: str
    commands: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    each: Each | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A thin line that endpoints share, of `kbits` kbit/s: they are asked one after the other, without heavy probes.

    All of them together may take `seconds` and `bytes` (None: any number). `id` is `<agency>/<link>`.
    """

    id: str
    kbits: int
    seconds: int
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What asking one endpoint is expected to carry, and how long its line is busy with that.

    `known` where it was asked before and what it said then is the measure, else by what the probes say typically.
    """

    sent: int
    received: int
    seconds: int
    known: bool


@dataclass(frozen=True, slots=True)
class EndpointPlan:
    """One access path of one asset: the unit of collection. `id` is `<agency>/<asset>/<via>[n]`.

    `deadline` is the whole time in seconds that this endpoint may take, connection included. One behind a thin line is
    not begun where its `cost` does not fit into what is left of the line.
    """

    id: str
    agency: str
    asset: str
    access: Access
    probes: tuple[ProbeCall, ...]
    family: str
    deadline: int
    connect_timeout: int
    line: Line | None = None
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class JudgedAsset:
    """An asset as the engine judges it: an agency itself, an asset, a store or a repository of the register.

    `declared` is what checks read as `asset.*` (see expression/declared types). `host` is the id of the machine it
    stands on (itself for a server), `endpoint` the id of the endpoint that collects its own facts, None if none.
    """

    agency: str
    id: str
    kind: AssetKind
    tier: Tier
    cadence: Cadence
    host: str | None
    endpoint: str | None
    registered: bool
    declared: dict[str, object]


@dataclass(frozen=True, slots=True)
class Pair:
    """(control, asset): the unit of judgement and score. `asset` is `agency#kind` where an expected kind is missing."""

    agency: str
    control: str
    asset: str
    kind: AssetKind
    tier: Tier
    enforcement: Enforcement


@dataclass(frozen=True)
class Plan:
    """What a run will do.

    `scope` is `full`, or `partial` where assets, controls or ad-hoc targets were selected. `registers` holds per agency
    id what checks read as `agency.*`. The asset id of an agency itself is the agency's id.
    """

    at: str
    selection: Selection
    agencies: tuple[str, ...]
    endpoints: tuple[EndpointPlan, ...]
    assets: tuple[JudgedAsset, ...]
    pairs: tuple[Pair, ...]
    registers: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    baselines: Mapping[Tier, str] = field(default_factory=dict)
    """The id of the resolved baseline that each tier is judged by: the published one, or the site's overlay."""

    @property
    def scope(self) -> str:
        return self.selection.scope
