"""What a signed register makes not applicable, and what it never does: declarations, absences, false ones."""

from __future__ import annotations

from typing import Any

import pytest

from pepperbird.evaluate.absence import absent
from pepperbird.evaluate.judge import evaluate
from pepperbird.model.declared import DeclaredAbsence, RegisterStanding
from pepperbird.model.evidence import AssetEvidence, Evidence, Memory
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import JudgedAsset, Pair, Plan, Selection
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.model.state import AssetKind, Assurance, Cadence, Enforcement, State, Tier
from pepperbird.model.verdict import Verdict
from tests.support.judging import AT, MODE, catalog_of

ENDS = "2027-02-21T00:00:00Z"
SERVER = AssetKind.LINUX_SERVER
CLAUSES = [{"id": "DS-12.1", "check": "disk.mode", "on": ["linux-server"], "when": 'asset.tool == "x"'}]


def site(standing: RegisterStanding, **declared: Any) -> Site:
    data = {"id": "moh", "name": "Health", "tier": "standard", "assets": [{"id": "srv", "kind": "linux-server"}]}
    agency = Agency.model_validate(data | declared)
    return Site(file=SiteFile(name="t"), agencies=(agency,), registers=(standing,))


@pytest.mark.parametrize(
    ("state", "judged", "assurance"),
    [
        ("signed", State.NOT_APPLICABLE, Assurance.ATTESTED),
        ("changed", State.UNCHECKED, Assurance.OBSERVED),
        ("unsigned", State.UNCHECKED, Assurance.OBSERVED),
        ("void", State.UNCHECKED, Assurance.OBSERVED),
    ],
)
def test_a_pair_that_declarations_leave_without_a_clause(state: Any, judged: State, assurance: Assurance) -> None:
    verdict = verdict_of(site(RegisterStanding(agency="moh", state=state)))
    assert (verdict.state, verdict.assurance) == (judged, assurance)


def verdict_of(declared: Site, asset: str = "srv", kind: AssetKind = SERVER, facts: Any = None) -> Verdict:
    judged = JudgedAsset(
        "moh", "srv", SERVER, Tier.STANDARD, Cadence.ONLINE, "srv", "moh/srv/ssh", True,
        {"id": "srv", "kind": "linux-server", "tool": ""},
    )  # fmt: skip
    pair = Pair("moh", "DS-12", asset, kind, Tier.STANDARD, Enforcement.REQUIRED)
    plan = Plan(
        AT, Selection(), ("moh",), (), (judged,), (pair,), {"moh": {"id": "moh"}}, dict.fromkeys(Tier, "standard")
    )
    evidence = Evidence({"moh/srv": AssetEvidence("moh/srv", facts or {}, AT)})
    (verdict,) = evaluate(catalog_of(CLAUSES, MODE), plan, evidence, Memory(), site=declared, at=AT)
    return verdict


def standing(kind: str, ends: str = ENDS) -> RegisterStanding:
    one = DeclaredAbsence(kind=AssetKind(kind), reason="None is run", ends=ends, reviewed_by="R. Viewer")
    return RegisterStanding(agency="moh", state="signed", absences=(one,))


def row(port: int, scope: str = "wildcard", proto: str = "tcp") -> dict[str, Any]:
    return {"id": f"{proto} 0.0.0.0:{port}", "proto": proto, "port": port, "scope": scope}


def seen(*ports: dict[str, Any], **discovery: Any) -> dict[str, Any]:
    mounts = discovery.pop("mounts", [])
    return {
        "sockets": {"listeners": list(ports)},
        "discovery": {"exports": [], "repositories": {}, "databases": {}} | discovery,
        "storage": {"filesystems": [{"target": one, "source": "/dev/sdb1", "fstype": "ext4"} for one in mounts]},
    }


def test_a_reviewed_absence_is_not_applicable_and_says_by_whom() -> None:
    verdict = verdict_of(site(standing("web-endpoint")), "moh#web-endpoint", AssetKind.WEB_ENDPOINT, seen(row(22)))
    assert (verdict.state, verdict.assurance) == (State.NOT_APPLICABLE, Assurance.ATTESTED)
    assert verdict.clauses[0].findings[0].message == "Declared absent, reviewed by R. Viewer: None is run"


@pytest.mark.parametrize(
    ("kind", "facts", "words"),
    [
        ("web-endpoint", seen(row(443)), "srv waits for others at tcp 0.0.0.0:443"),
        ("mail-domain", seen(row(25)), "srv waits for others at tcp 0.0.0.0:25"),
        ("dns-domain", seen(row(53, proto="udp")), "srv waits for others at udp 0.0.0.0:53"),
        ("postgresql", seen(row(5432)), "PostgreSQL answers on tcp port 5432"),
        ("postgresql", seen(row(5432, "loopback")), "PostgreSQL answers on tcp port 5432"),
        ("postgresql", seen(databases={"postgresql": ["/var/lib/postgresql/15/main"]}), "a folder of such a database"),
        ("mysql", seen(row(3306)), "MySQL or MariaDB answers on tcp port 3306"),
        ("nfs-export", seen(exports=["/srv/share"]), "NFS exports /srv/share"),
        ("backup-repository", seen(repositories={"restic": ["/srv/vault"]}), "/srv/vault looks like a repository of"),
        ("data-store", seen(mounts=["/srv/deeds"]), "is mounted at /srv/deeds"),
        ("data-store", seen(row(5432)), "PostgreSQL answers"),
    ],
)  # fmt: skip
def test_a_false_absence_is_void_and_says_what_was_found(kind: str, facts: dict[str, Any], words: str) -> None:
    verdict = verdict_of(site(standing(kind)), f"moh#{kind}", AssetKind(kind), facts)
    assert verdict.state is State.UNCHECKED
    message = verdict.clauses[0].findings[0].message
    assert "that is void, for one was found" in message
    assert words in message


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("web-endpoint", seen(row(443, "loopback"))),
        ("mail-domain", seen(row(25, "loopback"))),
        ("data-store", seen(mounts=["/"])),
        ("s3-bucket", {}),
    ],
)
def test_what_is_only_the_machines_own_voids_nothing(kind: str, facts: dict[str, Any]) -> None:
    found = absent(site(standing(kind)), "moh", AssetKind(kind), evidence(facts), ["/"], AT)
    assert isinstance(found, str)


def evidence(facts: dict[str, Any]) -> Evidence:
    return Evidence({"moh/srv": AssetEvidence("moh/srv", facts, AT)})


@pytest.mark.parametrize("reason", [GapReason.UNREACHABLE, GapReason.DENIED])
def test_where_a_server_could_not_be_looked_at_nothing_is_decided(reason: GapReason) -> None:
    gap = Gap(reason, "dark")
    declared = site(standing("web-endpoint"))
    assert absent(declared, "moh", AssetKind.WEB_ENDPOINT, evidence({"sockets": gap}), (), AT) == gap
    for nothing in (evidence({}), Evidence({})):
        found = absent(declared, "moh", AssetKind.WEB_ENDPOINT, nothing, (), AT)
        assert isinstance(found, Gap)
        assert "srv was not looked at for it" in found.detail


def test_an_absence_runs_out_and_needs_its_signatures() -> None:
    facts = evidence(seen())
    over = absent(site(standing("web-endpoint", AT)), "moh", AssetKind.WEB_ENDPOINT, facts, (), AT)
    assert isinstance(over, Gap)
    assert "has run out" in over.detail
    row = {"kind": "web-endpoint", "reason": "r", "by": "b", "until": "2027-01-01"}
    for state in ("unsigned", "signed", "changed"):
        declared = site(RegisterStanding(agency="moh", state=state), absences=[row])  # type: ignore[arg-type]
        found = absent(declared, "moh", AssetKind.WEB_ENDPOINT, facts, (), AT)
        assert isinstance(found, Gap)
        assert "counts once it is signed and reviewed" in found.detail
    nothing = absent(site(RegisterStanding(agency="moh")), "moh", AssetKind.WEB_ENDPOINT, facts, (), AT)
    assert isinstance(nothing, Gap)
    assert "The register has no web endpoint" in nothing.detail
