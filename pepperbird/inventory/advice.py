"""What a register does not get wrong and still should look at: advice, never an error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from pepperbird.model.site import AWS_BACKUP, Agency
from pepperbird.model.state import AssetKind

SERVERS = (AssetKind.LINUX_SERVER, AssetKind.WINDOWS_SERVER)


def counts(agency: Agency) -> str:
    """`lra: 3 assets, 1 store, 1 repository, 0 services`."""
    parts = [
        _count(agency.assets, "asset", "assets"),
        _count(agency.stores, "store", "stores"),
        _count(agency.repositories, "repository", "repositories"),
        _count(agency.services, "service", "services"),
    ]
    return f"{agency.id}: {', '.join(parts)}"


def advise(agency: Agency, expected: Sequence[AssetKind] = ()) -> Iterator[str]:
    """One sentence per thing to look at. `expected` are the kinds that the agency's tier is expected to have."""
    for store in agency.stores:
        if not store.backed_up_to:
            yield f"store {store.id} names no repository in `backed_up_to`; it counts as not backed up (BR-01)"
    for asset in agency.assets:
        if asset.kind in SERVERS and not asset.access:
            yield f"server {asset.id} has no `access`; nothing can be seen of it, and its controls stay unchecked"
    addresses: dict[tuple[str, str], list[str]] = defaultdict(list)
    for asset in agency.assets:
        for address in {(access.via, access.at) for access in asset.access if asset.kind in SERVERS}:
            addresses[address].append(asset.id)
    for (via, at), names in addresses.items():
        if len(names) > 1:
            where = "this computer" if via == "local" else at
            yield f"servers {', '.join(names)} have the same address ({where}); declare one machine once"
    used = {name for store in agency.stores for name in store.backed_up_to}
    for repository in agency.repositories:
        if repository.tool == AWS_BACKUP and not repository.vault:
            yield f"repository {repository.id} names no vault; write `vault:` and its name in AWS Backup"
        if repository.id not in used:
            yield f"repository {repository.id} backs up no store; name it in `backed_up_to` of a store"
    yield from _kinds(agency, expected)


def _kinds(agency: Agency, expected: Sequence[AssetKind]) -> Iterator[str]:
    present = {asset.kind for asset in agency.assets}
    present |= {AssetKind.AGENCY}
    present |= {AssetKind.DATA_STORE} if agency.stores else set()
    present |= {AssetKind.BACKUP_REPOSITORY} if agency.repositories else set()
    absent = {absence.kind for absence in agency.absences}
    for kind in expected:
        if kind in present:
            continue
        if kind in absent:
            yield f"no {kind}, as declared; it stays unchecked until such a declaration can be signed and reviewed"
        else:
            yield f"no {kind}, which the tier {agency.tier} expects; declare it, or its absence under `absences`"
    for absence in agency.absences:
        if absence.kind in present:
            yield f"`absences` says there is no {absence.kind}, and one is declared; remove one of the two"


def _count(things: Sequence[object], one: str, many: str) -> str:
    return f"{len(things)} {one if len(things) == 1 else many}"
