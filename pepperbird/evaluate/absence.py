"""Kinds of asset that the tier expects and the register lacks: unchecked, unless the agency truly has none.

A declaration of absence counts where the signed register has it and somebody else reviewed it, for its days. It is void
as soon as a scan finds the thing, and where a server could not be looked at for it, nothing is decided.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from pepperbird.inventory.propose import propose
from pepperbird.model.declared import DeclaredAbsence
from pepperbird.model.evidence import AssetEvidence, Evidence
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.site import Agency, Site
from pepperbird.model.state import AssetKind
from pepperbird.model.text import clean

_LISTENERS: Final[Mapping[AssetKind, frozenset[int]]] = {
    AssetKind.WEB_ENDPOINT: frozenset({80, 443, 8080, 8443}),
    AssetKind.MAIL_DOMAIN: frozenset({25, 465, 587}),
    AssetKind.DNS_DOMAIN: frozenset({53}),
}
"""What shows by who waits for others, on any address but that of the machine to itself."""
_PROPOSED: Final[Mapping[AssetKind, str]] = {
    AssetKind.DATA_STORE: "stores", AssetKind.BACKUP_REPOSITORY: "repositories", AssetKind.POSTGRESQL: "assets",
    AssetKind.MYSQL: "assets", AssetKind.NFS_EXPORT: "assets",
}  # fmt: skip
"""What `inventory propose` finds, by the section it proposes it for."""
_FACTS: Final[Mapping[AssetKind, tuple[str, ...]]] = {
    AssetKind.WEB_ENDPOINT: ("sockets.listeners",),
    AssetKind.MAIL_DOMAIN: ("sockets.listeners",),
    AssetKind.DNS_DOMAIN: ("sockets.listeners",),
    AssetKind.DATA_STORE: ("storage.filesystems", "sockets.listeners"),
    AssetKind.BACKUP_REPOSITORY: ("discovery.repositories",),
    AssetKind.POSTGRESQL: ("sockets.listeners", "discovery.databases"),
    AssetKind.MYSQL: ("sockets.listeners", "discovery.databases"),
    AssetKind.NFS_EXPORT: ("discovery.exports", "nfs.exports", "samba.shares"),
}
"""What must have been seen of every server before a thing may be said not to be there. Others cannot be discovered."""


def absent(
    site: Site, agency_id: str, kind: AssetKind, evidence: Evidence, os_mounts: Collection[str], at: str
) -> Gap | str:
    """Why the kind is not applicable, or the Gap that leaves it unknown."""
    agency = site.agency(agency_id)
    words = str(kind).replace("-", " ")
    declared = [one for one in site.register(agency_id).absences if one.kind is kind]
    standing = [one for one in declared if datetime.fromisoformat(at) < datetime.fromisoformat(one.ends)]
    if not standing:
        return _undeclared(agency, kind, words, declared)
    facts = {
        one.id: evidence.assets.get(f"{agency_id}/{one.id}")
        for one in agency.assets
        if one.kind == AssetKind.LINUX_SERVER
    }
    found = next(_found(agency, kind, facts, os_mounts), "")
    if found:
        return Gap(
            GapReason.NO_ATTESTATION,
            f"Declared is that the agency has no {words}, and that is void, for one was found: {clean(found, 300)}.",
            "declare it, and take the absence out of the register",
        )
    blind = next(_blind(kind, facts), None)
    if blind is not None:
        return blind
    newest = max(standing, key=lambda one: one.ends)
    return f"Declared absent, reviewed by {clean(newest.reviewed_by, 100)}: {clean(newest.reason, 300)}"


def _undeclared(agency: Agency, kind: AssetKind, words: str, declared: Collection[DeclaredAbsence]) -> Gap:
    if declared:
        said, remedy = "The declaration that the agency has none has run out.", "sign it and have it reviewed anew"
    elif any(one.kind is kind for one in agency.absences):
        said = "That the agency has none is declared, and counts once it is signed and reviewed."
        remedy = "`pepperbird inventory sign`, then another person's `pepperbird inventory review`"
    else:
        said = f"The register has no {words}, which every agency of this tier is expected to have."
        remedy = "declare it, or hand in a signed declaration that the agency has none"
    return Gap(GapReason.NO_ATTESTATION, said, remedy)


def _found(
    agency: Agency, kind: AssetKind, facts: Mapping[str, AssetEvidence | None], os_mounts: Collection[str]
) -> Iterator[str]:
    """What speaks for a thing of that kind, in words."""
    ports = _LISTENERS.get(kind, frozenset())
    for name, seen in facts.items():
        for row in _rows(seen, "sockets.listeners"):
            if row.get("port") in ports and row.get("scope") != "loopback":
                yield f"{name} waits for others at {row.get('id')}"
        folders = _fact(seen, "discovery.databases")
        if kind in (AssetKind.POSTGRESQL, AssetKind.MYSQL) and isinstance(folders, Mapping) and folders.get(str(kind)):
            yield f"{name} has a folder of such a database: {folders[str(kind)][0]}"
    told = {name: seen.facts for name, seen in facts.items() if seen is not None}
    for proposal in propose(agency, told, os_mounts, "the scan").proposals:
        if _is_of(kind, proposal.item.section, str(proposal.item.row.get("kind", ""))):
            yield proposal.why


def _is_of(kind: AssetKind, section: str, proposed: str) -> bool:
    """True where what is proposed is of that kind; data lies in a database too."""
    if kind is AssetKind.DATA_STORE and proposed in (AssetKind.POSTGRESQL, AssetKind.MYSQL):
        return True
    return section == _PROPOSED.get(kind) and (section != "assets" or proposed == str(kind))


def _blind(kind: AssetKind, facts: Mapping[str, AssetEvidence | None]) -> Iterator[Gap]:
    """What kept a server from being looked at for a thing of that kind."""
    for name, seen in facts.items():
        for path in _FACTS.get(kind, ()):
            value = _fact(seen, path)
            if isinstance(value, Gap):
                yield value
            elif value is None:
                detail = f"{name} was not looked at for it, so that nobody knows whether the agency has none."
                yield Gap(GapReason.NO_CREDENTIAL, detail, "give access to every server, and scan them all")


def _fact(seen: AssetEvidence | None, path: str) -> Any:
    """A fact, the Gap that stands for it, or None where nobody asked."""
    value: Any = seen.facts if seen is not None else None
    for step in path.split("."):
        if isinstance(value, Gap) or not isinstance(value, Mapping):
            break
        value = value.get(step)
    return value


def _rows(seen: AssetEvidence | None, path: str) -> Collection[Mapping[str, Any]]:
    value = _fact(seen, path)
    return value if isinstance(value, list) else ()
