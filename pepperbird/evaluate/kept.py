"""What a server keeps on another one, joined over the agency: its log as it arrived there, the list of its packages.

The register says where (`logs_to`, `packages_to`); the facts are those of the keeper, asked in the same run. What is
not declared is a Gap and never an answer: nobody looked anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pepperbird.model.evidence import AssetEvidence, Evidence
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import JudgedAsset

_LOG: Final = ("files", "silent")
_PACKAGES: Final = ("installed", "listed", "differing")
_UNDECLARED: Final = {
    "logs_to": "The register does not say where its logs arrive.",
    "packages_to": "The register does not say where the list of its packages is kept.",
}
_NOT_ASKED: Final = Gap(
    GapReason.NO_COLLECTOR, "The server that keeps it was not asked in this run.",
    "declare `access:` for that server, and scan both together",
)  # fmt: skip
_ARCHITECTURES: Final = frozenset({"x86_64", "noarch", "aarch64", "i686", "ppc64le", "s390x", "armv7hl"})


def kept_of(evidence: Evidence, asset: JudgedAsset) -> dict[str, Any]:
    """`kept_log` and `kept_packages` of an asset, as checks read them below `asset`."""
    log = _row(evidence, asset, "logs_to", "logs")
    own = _facts(evidence.assets.get(f"{asset.agency}/{asset.id}"), "packages", "names")
    return {
        "kept_log": dict.fromkeys(_LOG, log) if isinstance(log, Gap) else _columns(log),
        "kept_packages": _compared(own, _row(evidence, asset, "packages_to", "packages")),
    }


def _columns(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _LOG if name in row}


def _row(evidence: Evidence, asset: JudgedAsset, field: str, rows: str) -> Mapping[str, Any] | Gap:
    """What the keeper tells of this asset, or why nothing is known."""
    keeper, path = (str(asset.declared.get(name) or "") for name in (field, f"{field}_path"))
    if not keeper:
        remedy = f"add `{field}: {{on: SERVER, path: /PATH}}` to it in agencies/{asset.agency}.yaml"
        return Gap(GapReason.NO_COLLECTOR, _UNDECLARED[field], remedy)
    found = _facts(evidence.assets.get(f"{asset.agency}/{keeper}"), "kept", rows)
    if isinstance(found, Gap):
        return found
    row = next((one for one in found if (one.get("id"), one.get("path")) == (asset.id, path)), None)
    return row or Gap(GapReason.NOT_FOUND, f"{keeper} told nothing of {path}; it was not asked for that.")


def _facts(seen: AssetEvidence | None, namespace: str, field: str) -> list[Any] | Gap:
    """A list among the facts of a server, or the Gap in its place."""
    facts: Any = seen.facts.get(namespace, _NOT_ASKED) if seen is not None else _NOT_ASKED
    found = facts.get(field, _NOT_ASKED) if isinstance(facts, Mapping) else facts
    return found if isinstance(found, list | Gap) else _NOT_ASKED


def _compared(own: list[Any] | Gap, listed: Mapping[str, Any] | Gap) -> dict[str, Any]:
    """Numbers only: which packages they are stays in the evidence of both."""
    if isinstance(listed, Gap):
        return dict.fromkeys(_PACKAGES, listed)
    theirs: list[Any] | Gap = listed["names"]
    if isinstance(theirs, Gap) or isinstance(own, Gap):
        return dict.fromkeys(_PACKAGES, theirs if isinstance(theirs, Gap) else own)
    here, there = ({_bare(name) for name in names} for names in (own, theirs))
    return {"installed": len(here), "listed": len(there), "differing": len(here ^ there)}


def _bare(name: str) -> str:
    """A package's name without its architecture, which dpkg writes of some and rpm of all."""
    name = name.partition(":")[0]
    head, _, last = name.rpartition(".")
    return head if head and last in _ARCHITECTURES else name
