"""What a scan would carry, told before it runs: by what each endpoint said before, else by what probes typically say.

An estimate, and called so. What goes out is known, but for the key exchange; what comes back is not.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from pepperbird.collect.frame import encode_frame
from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import Cost, EndpointPlan, Plan
from pepperbird.store.carried import Carried, carried

_HANDSHAKE: Final = {"ssh": (3_500, 3_500), "sql": (1_500, 4_000)}
"""Bytes out and in before anything is asked and after all is said: keys, login, channel; TLS."""
_MARKS: Final = 250
"""What stands around the answer to one probe."""
_SHRINKS: Final = 3
"""At least so many times smaller is what is compressed, if the server does it."""
_WAITING: Final = 10
"""Seconds for the round trips of a login over a satellite."""
_PATIENCE: Final = 3
"""A line may be so many times slower than it is said to be."""


def priced(catalog: Catalog, plan: Plan, store: Path) -> Plan:
    """`plan` with the cost of every endpoint; those behind a line get time for it, the longest unasked come first."""
    seen = carried(store, [endpoint.id for endpoint in plan.endpoints])
    endpoints = [_priced(catalog, endpoint, seen.get(endpoint.id)) for endpoint in plan.endpoints]
    lined = iter(sorted((one for one in endpoints if one.line is not None), key=lambda one: _asked(seen.get(one.id))))
    return replace(plan, endpoints=tuple(one if one.line is None else next(lined) for one in endpoints))


def _asked(seen: Carried | None) -> str:
    return seen.at if seen is not None else ""


def _priced(catalog: Catalog, endpoint: EndpointPlan, seen: Carried | None) -> EndpointPlan:
    cost = cost_of(catalog, endpoint, seen)
    if endpoint.line is None:
        return replace(endpoint, cost=cost)
    return replace(endpoint, cost=cost, deadline=endpoint.deadline + _PATIENCE * cost.seconds)


def cost_of(catalog: Catalog, endpoint: EndpointPlan, seen: Carried | None) -> Cost:
    """What asking `endpoint` is expected to carry."""
    via = endpoint.access.via
    if via not in _HANDSHAKE:
        return Cost(0, 0, 0, known=True)
    out, back = _HANDSHAKE[via]
    sent = out + (_program(catalog, endpoint) if via == "ssh" else _queries(catalog, endpoint))
    typical = sum(_typical(catalog, call.id) + _MARKS for call in endpoint.probes)
    received = seen.received if seen is not None else back + _shrunk(typical, endpoint)
    seconds = 0
    if endpoint.line is not None:
        seconds = _WAITING + math.ceil((sent + received) * 8 / (endpoint.line.kbits * 1000))
    return Cost(sent, received, seconds, known=seen is not None)


def _program(catalog: Catalog, endpoint: EndpointPlan) -> int:
    data = catalog.programs.get(endpoint.family, b"")
    frame = encode_frame("0" * 32, endpoint.probes)
    if not endpoint.access.compress:
        return (len(data) + len(frame)) * 101 // 100
    return _deflated(data) + len(zlib.compress(frame))


@lru_cache(maxsize=8)
def _deflated(data: bytes) -> int:
    return len(zlib.compress(data))


def _queries(catalog: Catalog, endpoint: EndpointPlan) -> int:
    """A database is sent its queries alone; what they are is in the program, of which this is the fair share."""
    probes = sum(len(one.probes) for one in catalog.collectors.values() if one.family == endpoint.family)
    return len(catalog.programs.get(endpoint.family, b"")) * len(endpoint.probes) // max(probes, 1)


def _typical(catalog: Catalog, probe: str) -> int:
    namespace, _, name = probe.partition(".")
    return catalog.collectors[namespace].probes[name].typical_bytes


def _shrunk(size: int, endpoint: EndpointPlan) -> int:
    return size // _SHRINKS if endpoint.access.compress and endpoint.access.via == "ssh" else size
