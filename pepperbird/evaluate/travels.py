"""How backups travel to a repository, from each machine whose stores name it.

Where store and repository are declared on one machine, its mounts tell: the path lies on a disk of it, or on a file
server by some protocol. How a tool sends from one machine to another stands in a script or a unit there, which nobody
reads: that is a Gap, whatever the protocol that the tool is known for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pepperbird.evaluate.copies import NOT_ASKED, mounted_of, rows_of
from pepperbird.expression.functions import under
from pepperbird.model.evidence import Evidence
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import JudgedAsset
from pepperbird.model.state import AssetKind

_VERIFYING: Final = frozenset({"local", "tls"})
"""By these, the other side is verified, or there is none. (`xprtsec=tls` of NFS checks the server's certificate.)"""
_UNVERIFIED: Final = Gap(
    GapReason.UNSUPPORTED, "A mount of sshfs does not show whether the host key of the other side is checked.",
    "hand in a record of how it is mounted, or let the repository's own machine fetch the backups",
)  # fmt: skip
_SENT: Final = Gap(
    GapReason.NO_COLLECTOR,
    "The store stands on another machine than the repository; by what way its backup is sent is not read there.",
    "look at the backup job: it should go by SSH or HTTPS, with a host key or a certificate that is checked",
)
_PATHLESS: Final = Gap(
    GapReason.NO_COLLECTOR, "The register names no path for the repository, so nobody knows what it lies on.",
    "add `path:` to the repository",
)  # fmt: skip


def travels_of(evidence: Evidence, repository: JudgedAsset) -> list[dict[str, Any]]:
    """One row per machine that sends; none for what is no repository, or holds nothing that the register names."""
    if repository.kind is not AssetKind.BACKUP_REPOSITORY:
        return []
    holds: Any = repository.declared.get("holds") or ()
    hosts = sorted({str(one["host"]) for one in holds})
    return [{"id": host or "no machine", **_way(evidence, repository, host)} for host in hosts]


def _way(evidence: Evidence, repository: JudgedAsset, host: str) -> dict[str, Any]:
    if not host or host != repository.host:
        return {"by": _SENT, "verified": _SENT}
    by = _carrier(evidence, repository)
    if isinstance(by, Gap):
        return {"by": by, "verified": by}
    return {"by": by, "verified": _UNVERIFIED if by == "ssh" else by in _VERIFYING}


def _carrier(evidence: Evidence, repository: JudgedAsset) -> str | Gap:
    path = str(repository.declared.get("path") or "")
    if not path.startswith("/"):
        return _PATHLESS
    mounted = mounted_of(evidence, repository)
    if isinstance(mounted, Gap):
        return mounted
    if not mounted:
        mount = repository.declared.get("mount")
        return Gap(
            GapReason.NOT_FOUND, f"{mount} is not mounted on the machine of the repository.", "mount it, and look again"
        )
    seen = evidence.assets.get(f"{repository.agency}/{repository.host}")
    rows = NOT_ASKED if seen is None else rows_of(seen, "storage", "filesystems")
    return rows if isinstance(rows, Gap) else _of_deepest(path, rows)


def _of_deepest(path: str, rows: Sequence[Mapping[str, Any]]) -> str | Gap:
    above = [row for row in rows if under(path, str(row["target"]))]
    holder = max(above, key=lambda row: len(str(row["target"])), default=None)
    if holder is None:
        return Gap(GapReason.NOT_FOUND, "The machine did not tell which file system the repository lies on.")
    found = holder.get("carrier", NOT_ASKED)
    return found if isinstance(found, str | Gap) else NOT_ASKED
