"""How backups travel: what the mounts of one machine show, and what nobody sees between two."""

from __future__ import annotations

from typing import Any

import pytest

from pepperbird.evaluate.judge import evaluate
from pepperbird.model.evidence import AssetEvidence, Evidence, Memory
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.model.verdict import Finding
from pepperbird.plan.make import make_plan
from tests.support.shipped import shipped_catalog

AT = "2026-11-24T12:00:00Z"
CATALOG = shipped_catalog()
DISKS = [
    {"target": "/", "carrier": "local"}, {"target": "/mnt/nas", "carrier": "nfs"},
    {"target": "/mnt/ssh", "carrier": "ssh"},
    {"target": "/mnt/pool", "carrier": Gap(GapReason.UNSUPPORTED, "not looked at")},
]  # fmt: skip


def judged(disks: Any = DISKS, store_on: str = "files-1", **repository: Any) -> Finding:
    """BR-10.1 of a repository on files-1, and of a store that names it."""
    access = [{"via": "ssh", "at": "10.0.0.1"}]
    agency = Agency.model_validate(
        {
            "id": "moj", "name": "Justice", "tier": "standard",
            "assets": [{"id": name, "kind": "linux-server", "access": access} for name in ("files-1", "files-2")],
            "stores": [{"id": "deeds", "asset": store_on, "path": "/srv", "backed_up_to": ["vault"]}],
            "repositories": [{"id": "vault", "tool": "rsync", "on": "files-1", "path": "/srv/backup"} | repository],
        }
    )  # fmt: skip
    site = Site(file=SiteFile(name="s"), agencies=(agency,))
    seen = {"moj/files-1": AssetEvidence("moj/files-1", {"storage": {"filesystems": disks}}, AT)}
    found = evaluate(CATALOG, make_plan(CATALOG, site, at=AT), Evidence(seen), Memory(), site=site, at=AT)
    clause = next(part for one in found if one.asset == "vault" for part in one.clauses if part.clause == "BR-10.1")
    return clause.findings[0]


@pytest.mark.parametrize(
    ("repository", "state", "said"),
    [
        ({}, "pass", "it lies on a disk of files-1 itself"),
        ({"path": "/mnt/nas/b"}, "fail", "from files-1 by nfs, and the other side is not verified"),
        ({"path": "/mnt/nasty"}, "pass", "it lies on a disk of files-1 itself"),
        ({"path": "/mnt/ssh/b"}, "error", "A mount of sshfs does not show whether the host key"),
        ({"path": "/mnt/pool/b"}, "error", "not looked at"),
        ({"path": "/mnt/usb/b", "mount": "/mnt/usb"}, "error", "/mnt/usb is not mounted on the machine"),
        ({"path": None}, "unchecked", "The register names no path for the repository"),
        ({"on": "files-2"}, "unchecked", "The store stands on another machine than the repository"),
    ],
)
def test_by_what_way(repository: dict[str, Any], state: str, said: str) -> None:
    found = judged(**repository)
    assert (str(found.state), said in found.message) == (state, True), found.message


def test_a_store_on_another_machine_and_mounts_that_were_not_seen() -> None:
    assert str(judged(store_on="files-2").state) == "unchecked"
    hidden = judged(Gap(GapReason.DENIED, "closed"))
    assert (str(hidden.state), hidden.gap and hidden.gap.reason) == ("error", GapReason.DENIED)


def test_mounts_that_tell_of_no_file_system_above_it_prove_nothing() -> None:
    assert str(judged([{"target": "/mnt/nas", "carrier": "nfs"}]).state) == "error"
