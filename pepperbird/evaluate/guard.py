"""Whether those who administer production could delete what a backup repository holds, as its own machine shows it.

Seen from the machine of the repository, never taken from a client's word: borg's own setting there, the server that
answers, and what each key that opens the machine may do. Beside the keys that can only add there may be those of the
administrators of backups, whom the register names by fingerprint; one of these that lies on a machine of production is
a way in for production. Any other key could be anybody's, and so could a password: then nothing is proved. Nor is it
while a mount hangs on one of these machines, where such a key may lie; but a way in that was seen is one all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pepperbird.expression.functions import under
from pepperbird.model.evidence import AssetEvidence, Evidence
from pepperbird.model.gap import WAKE, Gap, GapReason
from pepperbird.model.plan import JudgedAsset
from pepperbird.model.state import AssetKind

COLUMNS: Final = ("how", "loose", "unproved")
_NOT_ASKED: Final = Gap(
    GapReason.NO_COLLECTOR, "A machine was not asked that tells who may delete these backups.",
    "declare `access:` for the machines of the repository and of its stores, and scan them together",
)  # fmt: skip
_NOTHING_SEEN: Final = "nothing that could be seen keeps it from being deleted"
_BUCKET: Final = Gap(GapReason.NO_COLLECTOR, "Who may delete from the bucket of this repository is not read.")


def guard_of(evidence: Evidence, repository: JudgedAsset) -> dict[str, Any]:
    """`how` it is kept from being deleted ('' where it is not), `loose` ways for production, and `unproved` ones."""
    if repository.kind is not AssetKind.BACKUP_REPOSITORY:
        return {"how": "", "loose": [], "unproved": []}
    if not repository.host:
        return dict.fromkeys(COLUMNS, _BUCKET if repository.declared.get("bucket") else _NOT_ASKED)
    here = evidence.assets.get(f"{repository.agency}/{repository.host}")
    admitted, ways, rest = (_fact(here, "ssh_keys", name) for name in ("admitted", "other_ways", "servers"))
    holders, beside = _holders(evidence, repository), _unseen(evidence, repository)
    gap = next((one for one in (admitted, ways, holders, beside) if isinstance(one, Gap)), None)
    if gap is not None or isinstance(holders, Gap) or isinstance(beside, Gap):
        return dict.fromkeys(COLUMNS, gap or _NOT_ASKED)
    own = _own_setting(here, repository)
    loose, unproved = _ways(repository, admitted, holders, own)
    if beside and not loose:
        return dict.fromkeys(COLUMNS, _nobody_looked(beside))
    how = _how(repository, own, admitted, rest) or (_NOTHING_SEEN if beside else "")
    unproved = [*ways, *unproved, *(f"keys on {one}" for one in beside)]
    return {"how": how, "loose": loose[:50], "unproved": unproved[:50]}


def _ways(
    repository: JudgedAsset, admitted: Sequence[Mapping[str, Any]], holders: Mapping[str, list[str]], own: bool
) -> tuple[list[str], list[str]]:
    """The ways in of production, and those of nobody knows whom, among the keys that can do more than add."""
    loose = [f"{one} stands on the machine of the repository" for one in _beside(repository)]
    unproved = []
    known = repository.declared.get("administrators")
    administrators = set(known) if isinstance(known, list | tuple) else set()
    for key in admitted:
        if key["restricted"] and (key["command"] == "append-only" or (key["command"] == "borg" and own)):
            continue
        words = f"{key['account'] or key['id']} by the key {key['fingerprint']}, which may {_may(key['command'], own)}"
        if lies := [host for host, keys in holders.items() if key["fingerprint"] in keys]:
            loose.append(f"{words} and lies on {', '.join(lies)}")
        elif key["fingerprint"] not in administrators:
            unproved.append(f"{words} and is nobody's on the register")
    return loose, unproved


def _unseen(evidence: Evidence, repository: JudgedAsset) -> list[str] | Gap:
    """Where on the machines of the repository and of production nobody could look for keys while a mount hangs."""
    asked = [(repository.host or "", "admitted_beside"), *((host, "held_beside") for host in _producers(repository))]
    found: list[str] = []
    for host, name in asked:
        places = _fact(evidence.assets.get(f"{repository.agency}/{host}"), "ssh_keys", name) if host else _NOT_ASKED
        if isinstance(places, Gap):
            return places
        found += [f"{host}: {one}" for one in places]
    return found


def _nobody_looked(places: Sequence[str]) -> Gap:
    return Gap(GapReason.PROBE_TIMEOUT, f"Keys may lie where nobody could look: {'; '.join(places)[:400]}.", WAKE)


def _may(command: str, own: bool) -> str:
    if command == "append-only" or (command == "borg" and own):
        return "forward ports (`restrict` is missing before it)"
    return {"any": "run anything", "borg": "run borg serve without --append-only"}.get(command, "run another command")


def _how(repository: JudgedAsset, own: bool, admitted: Sequence[Mapping[str, Any]], rest: Any) -> str:
    path = str(repository.declared.get("path") or "")
    if own:
        return "append_only = 1 in the repository"
    tool = repository.declared.get("tool")
    served = rest if tool == "restic" and isinstance(rest, list) else []
    if any(one["append_only"] and one["path"] and under(path, one["path"]) for one in served):
        return "a server that only adds (--append-only)"
    reaches = (key for key in admitted if key["command"] == "append-only" and key["restricted"])
    covers = any(not key["within"] or any(under(path, one) for one in key["within"]) for key in reaches)
    return "keys that can only add" if covers and tool in ("borg", "restic") else ""


def _own_setting(here: AssetEvidence | None, repository: JudgedAsset) -> bool:
    rows = _fact(here, "borg", "repositories") if repository.declared.get("tool") == "borg" else []
    rows = rows if isinstance(rows, list) else []
    return any(row.get("id") == repository.id and row.get("append_only") is True for row in rows)


def _beside(repository: JudgedAsset) -> list[str]:
    return [str(one["id"]) for one in _holds(repository) if one["host"] == repository.host]


def _holders(evidence: Evidence, repository: JudgedAsset) -> dict[str, list[str]] | Gap:
    """The keys that lie on each machine of production, or why they are not known."""
    found: dict[str, list[str]] = {}
    for host in _producers(repository):
        keys = _fact(evidence.assets.get(f"{repository.agency}/{host}"), "ssh_keys", "held") if host else _NOT_ASKED
        if isinstance(keys, Gap):
            return keys
        found[host] = keys
    return found


def _producers(repository: JudgedAsset) -> list[str]:
    """The machines whose stores it holds, but its own."""
    return sorted({str(one["host"]) for one in _holds(repository)} - {str(repository.host)})


def _holds(repository: JudgedAsset) -> Sequence[Mapping[str, Any]]:
    rows = repository.declared.get("holds")
    return rows if isinstance(rows, list | tuple) else ()


def _fact(seen: AssetEvidence | None, namespace: str, field: str) -> Any:
    facts: Any = seen.facts.get(namespace, _NOT_ASKED) if seen is not None else _NOT_ASKED
    return facts.get(field, _NOT_ASKED) if isinstance(facts, Mapping) else facts
