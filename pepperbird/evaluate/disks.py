"""Disks that vanished: serial numbers that scans saw in a server of the agency once, and see in none of them now.

Each is held against the log of sanitised media, all of it that was ever handed in and counts. A disk that moved to
another server of the agency has not vanished. One of a server that went from the register has, with that server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pepperbird.evaluate.document import Papers
from pepperbird.evaluate.register_past import FIELD as REGISTER
from pepperbird.model.evidence import Evidence, Memory
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import JudgedAsset, Plan
from pepperbird.model.state import AssetKind

FIELD: Final = "smart.serials"
LOG: Final = "DS-16.1"
_UNFOLLOWED: Final = Gap(
    GapReason.NO_COLLECTOR, "No serial number of a disk was seen on any server of the agency yet.",
    "scan its servers; virtual disks, and disks behind a RAID controller, have none that can be followed",
)  # fmt: skip


def vanished_of(
    plan: Plan, evidence: Evidence, known: Memory, papers: Papers, agency: JudgedAsset
) -> list[dict[str, Any]] | Gap:
    """For an agency each serial number that is gone, since when, from where, and whether the log has it."""
    if agency.kind is not AssetKind.AGENCY:
        return []
    mine = {key: one for key, one in known.tracks.items() if key.startswith(f"{agency.agency}/")}
    followed = {key: one[FIELD] for key, one in mine.items() if one.get(FIELD)}
    if not followed:
        return _hidden(evidence, agency) or _UNFOLLOWED
    left = _left(mine.get(f"{agency.agency}/{agency.agency}", {}).get(REGISTER, {}))
    logged = {
        _plain(row.of) for one in papers.attested if one.clause == LOG and not one.refusal for row in one.measured
    }
    present: set[str] = set()
    gone: dict[str, dict[str, Any]] = {}
    for key, serials in followed.items():
        server = key.partition("/")[2]
        for serial, seen in serials.items():
            since = seen.get("gone", left.get(server))
            if since is None:
                present.add(serial)
            elif serial not in gone or since > gone[serial]["gone"]:
                gone[serial] = {"id": serial, "server": server, "gone": since, "logged": _plain(serial) in logged}
    return [row for serial, row in sorted(gone.items()) if serial not in present]


def _left(entries: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """When each server went that is not on the register any more."""
    return {name.removeprefix("asset "): one["gone"] for name, one in entries.items() if "gone" in one}


def _plain(serial: str) -> str:
    """A serial number as it is compared: people write it down from a label."""
    return "".join(letter for letter in serial.upper() if letter.isalnum())


def _hidden(evidence: Evidence, agency: JudgedAsset) -> Gap | None:
    """Why the first server does not tell of its disks, where that is a Gap."""
    return next(_gaps(evidence, agency), None)


def _gaps(evidence: Evidence, agency: JudgedAsset) -> Iterator[Gap]:
    for key, seen in sorted(evidence.assets.items()):
        facts = seen.facts.get("smart") if key.startswith(f"{agency.agency}/") else None
        told = facts.get("serials") if isinstance(facts, Mapping) else facts
        if isinstance(told, Gap):
            yield told
