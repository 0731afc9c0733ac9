"""Kits given out, and bundles held against them: which server a bundle is of, and that it may be taken in at all.

A bundle is refused whole: of an unknown kit, of another server, of another program or other questions than were given
out, of a kit that was used or whose time is over. Who ran it, and where, only the agency knows: what it shows is
self-collected.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from pepperbird.collect.frame import order_digest, read_limit
from pepperbird.collect.kit_bundle import Brought, Bundle
from pepperbird.collect.kit_file import kit_order
from pepperbird.collect.segments import Stream
from pepperbird.errors import UsageError
from pepperbird.model.catalog import Catalog
from pepperbird.model.kit import Kit
from pepperbird.model.plan import EndpointPlan, Plan, Selection
from pepperbird.model.site import Agency, Site
from pepperbird.model.state import SERVERS
from pepperbird.plan.make import KIT, make_plan
from pepperbird.plan.register import host_of
from pepperbird.store.kits import Kits
from pepperbird.trust.canonical import sha256

_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Taken:
    """A bundle that was found good, with its kit, and what somebody should know of it."""

    kit: Kit
    bundle: Bundle
    notes: tuple[str, ...]


def servers_of(agency: Agency, assets: Sequence[str]) -> tuple[str, ...]:
    """The servers of `agency` (of these `assets`, or on which they stand) as a Selection names kits.

    Raises UsageError for no server.
    """
    servers = [one.id for one in agency.assets if one.kind in SERVERS]
    assets = [host_of(agency, name) or name for name in assets]
    for name in assets:
        if name not in servers:
            known = ", ".join(servers) or "none"
            raise UsageError(
                f"{name!r} is no server of {agency.id} in the register, and stands on none; there are: {known}"
            )
    if not servers:
        raise UsageError(f"the register has no server of {agency.id}; a kit looks at nothing else")
    return tuple(f"{agency.id}/{one}" for one in servers if not assets or one in assets)


def new_kits(catalog: Catalog, plan: Plan, days: int) -> list[tuple[Kit, EndpointPlan]]:
    """A kit for each server that `plan` looks at by one."""
    expires = (datetime.fromisoformat(plan.at) + timedelta(days=days)).astimezone(UTC).strftime(_TIME)
    programs = {family: sha256(program) for family, program in catalog.programs.items()}
    deep = plan.selection.deep
    return [
        (
            Kit(
                secrets.token_hex(16),
                one.agency,
                one.asset,
                plan.at,
                expires,
                programs[one.family],
                order_digest(one.probes),
                deep,
            ),
            one,
        )
        for one in plan.endpoints
        if f"{one.agency}/{one.asset}" in plan.selection.kits
    ]


def take(kits: Kits, bundles: Mapping[str, Bundle], at: str) -> list[Taken]:
    """The bundles, by the names of their files, with their kits. Raises UsageError for the first that is refused."""
    taken: list[Taken] = []
    names: dict[str, str] = {}
    for name, bundle in bundles.items():
        kit = kits.find(bundle.nonce)
        if kit is None:
            raise UsageError(f"{name}: of no kit that was given out from here (another store, or made up); refused")
        if refusal := _refusal(kit, bundle, at):
            raise UsageError(f"{name}: {refusal}; nothing was taken in")
        if kit.server in names:
            raise UsageError(f"{names[kit.server]} and {name} are both of {kit.server}; give the newer one alone")
        names[kit.server] = name
        taken.append(Taken(kit, bundle, tuple(_notes(kit, bundle, at))))
    return taken


def _refusal(kit: Kit, bundle: Bundle, at: str) -> str:
    if (kit.agency, kit.asset) != (bundle.agency, bundle.asset):
        return f"it says that it is of {bundle.agency}/{bundle.asset}, and its kit was made for {kit.server}"
    if kit.run:
        return f"the bundle of this kit was taken in already, by run {kit.run}; a kit is good once: make a new one"
    if _moment(at) > _moment(kit.expires):
        return f"its kit was good until {kit.expires}; make a new one"
    return ""


def _notes(kit: Kit, bundle: Bundle, at: str) -> list[str]:
    """What is worth knowing of the account, and of the clock where it cannot have been right."""
    notes = []
    if bundle.shell.startswith("powershell/"):
        notes.append("what it shows is not yet proved on Windows")
        if not bundle.shell.endswith("/administrator"):
            notes.append("it was not run as administrator: what only one may see is missing, and counts as not seen")
    elif bundle.user != "root":
        notes.append("it was not run as root: what only root may see is missing, and counts as not seen")
    off = _off(kit, bundle, at)
    if off:
        way = "ahead of" if off > 0 else "behind"
        notes.append(f"the clock of the machine is at least {abs(off):,} seconds {way} ours")
    return notes


def plan_of(catalog: Catalog, site: Site, taken: Sequence[Taken], *, at: str, baseline: str | None = None) -> Plan:
    """The plan of a run that takes these in: all that their agencies have; only these servers are looked at."""
    agencies = tuple(sorted({one.kit.agency for one in taken}))
    servers = tuple(sorted(one.kit.server for one in taken))
    kits = {one.kit.server: one.kit for one in taken}
    plain, deep = (
        make_plan(catalog, site, Selection(agencies=agencies, kits=servers, deep=heavy), at=at, baseline=baseline)
        for heavy in (False, True)
    )
    heavy = {one.id: one for one in deep.endpoints}
    endpoints = []
    for one in plain.endpoints:
        kit = kits.get(f"{one.agency}/{one.asset}")
        endpoints.append(heavy[one.id] if kit is not None and kit.deep else one)
    return replace(plain, endpoints=tuple(endpoints))


def brought(catalog: Catalog, plan: Plan, taken: Sequence[Taken]) -> dict[str, Brought]:
    """What `collect` hands on, by endpoint. Raises UsageError for a bundle of other questions than its kit's."""
    endpoints = {f"{one.agency}/{one.asset}": one for one in plan.endpoints if one.access.via == KIT}
    found: dict[str, Brought] = {}
    for one in taken:
        endpoint = endpoints.get(one.kit.server)
        if endpoint is None:
            raise UsageError(f"{one.kit.server} is no server of the register any more; nothing was taken in")
        _same_questions(one, endpoint, catalog.programs)
        found[endpoint.id] = Brought(one.bundle.nonce, one.bundle.out, one.bundle.err, _told(one, plan.at))
    return found


def _same_questions(one: Taken, endpoint: EndpointPlan, programs: Mapping[str, bytes]) -> None:
    kit, bundle = one.kit, one.bundle
    if (kit.program, kit.asked) != (sha256(programs[endpoint.family]), order_digest(endpoint.probes)):
        raise UsageError(
            f"{kit.server}: since its kit was made, the content or what the register says of this server has changed, "
            "so its answers are to other questions; name the content of then with --content, or make a new kit"
        )
    if bundle.asked != kit_order(kit, endpoint, programs):
        raise UsageError(f"{kit.server}: what was run there is not what was given out: its script was altered; refused")
    if len(bundle.out) + len(bundle.err) > read_limit(endpoint.probes):
        raise UsageError(f"{kit.server}: the bundle holds more than its questions may answer; refused")
    for data in (bundle.out, bundle.err):
        stream = Stream(kit.nonce)
        stream.feed(data, 0)
        if not stream.done or stream.mark("hello") is None:
            raise UsageError(f"{kit.server}: the answers are cut short; have the script run again")


def _told(one: Taken, at: str) -> dict[str, object]:
    """What is known of how the answers came, beside the answers. Of the clock: only how far it is off at least."""
    kit, bundle = one.kit, one.bundle
    known = {"user": bundle.user, "host": bundle.host, "machine_id": bundle.machine, "shell": bundle.shell}
    told: dict[str, object] = {name: value for name, value in known.items() if value}
    told |= {"kit": kit.nonce, "kit_made": kit.made, "bundle": bundle.digest, "collected_at": collected_at(one, at)}
    off = _off(kit, bundle, at)
    return told | ({"clock_offset_at_least_ms": off * 1000} if off else {})


def collected_at(one: Taken, at: str) -> str:
    """When the script ended: by the machine's clock where that can be right, else the bound that it is beyond."""
    ended = datetime.fromtimestamp(one.bundle.ended, UTC)
    return max(_moment(one.kit.made), min(ended, _moment(at))).strftime(_TIME)


def _off(kit: Kit, bundle: Bundle, at: str) -> int:
    """Seconds by which the machine's clock is off at least: it showed a time before its kit was made, or after now."""
    made, now = int(_moment(kit.made).timestamp()), int(_moment(at).timestamp())
    return min(bundle.began - made, 0) or max(bundle.ended - now, 0)


def _moment(time: str) -> datetime:
    return datetime.fromisoformat(time)
