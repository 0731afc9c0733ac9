"""The places on a server where its register says that data lies, each with what was seen of it.

Every declared place is a row, also one that could not be asked for: it is a Gap by its own name, so that what is wrong
with one of them takes no answer from the others, and none of them is missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pepperbird.model.evidence import AssetEvidence
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import JudgedAsset
from pepperbird.model.state import AssetKind
from pepperbird.model.text import clean

COLUMNS: Final = ("mode", "owner", "owner_kind", "group", "open_below", "not_entered")
_NOT_ASKED: Final = Gap(GapReason.NO_COLLECTOR, "No collector was run for this.")


def places_of(seen: AssetEvidence | Gap, asset: JudgedAsset, register: Mapping[str, Any]) -> list[dict[str, Any]] | Gap:
    """One row per place, by path, or by the id of a store that gives none; none for what is no Linux server."""
    if asset.kind is not AssetKind.LINUX_SERVER:
        return []
    rows = _seen(seen)
    if isinstance(rows, Gap):
        return rows
    told = {str(row["path"]) for row in rows}
    return [*({"id": row["path"], **_columns(row)} for row in rows), *_unasked(asset.id, register, told)]


def _seen(seen: AssetEvidence | Gap) -> Sequence[Mapping[str, Any]] | Gap:
    facts: Any = seen if isinstance(seen, Gap) else seen.facts.get("datadirs", _NOT_ASKED)
    rows = facts.get("directories", _NOT_ASKED) if isinstance(facts, Mapping) else facts
    return rows if isinstance(rows, list | Gap) else _NOT_ASKED


def _columns(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in COLUMNS if name in row}


def _unasked(server: str, register: Mapping[str, Any], told: set[str]) -> Iterator[dict[str, Any]]:
    names: set[str] = set()
    for store in register.get("stores") or ():
        path = str(store["path"])
        name = clean(path, 200) or str(store["id"])
        if store["asset"] == server and (path.rstrip("/") or "/") not in told and name not in names:
            names.add(name)
            yield {"id": name, **dict.fromkeys(COLUMNS, _unnamed(str(store["id"]), path))}


def _unnamed(store: str, path: str) -> Gap:
    """Why nothing was asked about the place of a store."""
    if not path:
        said, remedy = f"The register gives no path for {store}, so nobody looked.", "add `path:` to this store"
    else:
        said = f"The place of {store} was not asked for: its path is not plain, or this machine has too many."
        remedy = "declare its whole path, of letters, digits and . _ @ + - alone, and at most 32 places of one machine"
    return Gap(GapReason.UNSUPPORTED, said, remedy)
