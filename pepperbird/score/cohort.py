"""Cohorts: agencies of one tier and one kind of estate, so that like is held beside like. Pure.

The estate is derived from the register and nobody declares it: **buckets** where there is object storage (and maybe
databases), **databases** where there is a database server and no object storage, **servers** where there are servers
only, **other** for anything else. An agency belongs where the newest register has it, for all points of a trend, so
that an agency that moves does not move two lines.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from pepperbird.errors import UsageError
from pepperbird.model.history import Estate
from pepperbird.model.state import AssetKind, Tier

_KINDS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("buckets", frozenset({AssetKind.S3_BUCKET})),
    ("databases", frozenset({AssetKind.POSTGRESQL, AssetKind.MYSQL})),
    ("servers", frozenset({AssetKind.LINUX_SERVER, AssetKind.WINDOWS_SERVER})),
)
OTHER: Final = "other"
ESTATES: Final = (*(name for name, _ in _KINDS), OTHER)


def estate_of(kinds: Collection[str]) -> str:
    """The largest kind of estate that these kinds of assets make up."""
    return next((name for name, some in _KINDS if some.intersection(kinds)), OTHER)


def cohort_of(one: Estate) -> str:
    """`<tier>/<estate>`."""
    return f"{one.tier}/{estate_of(one.kinds)}"


def cohorts(register: Iterable[Estate]) -> Mapping[str, tuple[str, ...]]:
    """The agencies of each cohort that has any, by tier (the highest first) and estate."""
    found: dict[str, list[str]] = {f"{tier}/{estate}": [] for tier in reversed(Tier) for estate in ESTATES}
    for one in register:
        found[cohort_of(one)].append(one.id)
    return {name: tuple(some) for name, some in found.items() if some}


def members(register: Iterable[Estate], tier: str | None, cohort: str | None) -> frozenset[str]:
    """The agencies of that tier, or of that cohort. Raises UsageError where there is none."""
    register = tuple(register)
    if cohort is not None:
        known = cohorts(register)
        if cohort not in known:
            raise UsageError(f"no cohort {cohort[:80]!r}; there are: {', '.join(known) or 'none'}")
        return frozenset(known[cohort])
    found = frozenset(one.id for one in register if one.tier == tier)
    if not found:
        raise UsageError(f"the newest register has no agency of the tier {tier}")
    return found
