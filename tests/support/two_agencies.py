"""Runs of two agencies with planted evidence in every place of a store that keeps any."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from pepperbird.model.attestation import Attestation
from pepperbird.model.evidence import Memory, ProbeOutput, Transcript
from pepperbird.model.plan import Plan, Selection
from pepperbird.model.run import Digests, Run
from pepperbird.model.scores import AgencyScore
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.model.state import Assurance, Enforcement, Severity, State, Tier
from pepperbird.model.verdict import ClauseResult, Finding, PostureEntry, Verdict
from pepperbird.scan.pipeline import register_of
from pepperbird.store.runs import Store

AT = "2026-11-23T12:00:00Z"
PLANTED = "planted-{}-hunter2"
AGENCIES = ("moh", "mof")
SCORES: dict[str, AgencyScore] = {}


def transcript(agency: str) -> Transcript:
    said = PLANTED.format(agency).encode() * 40
    return Transcript(f"{agency}/srv/ssh", AT, AT, {"user": "root"}, {"x.y": ProbeOutput(said, b"", 0, 1)})


def verdict(agency: str) -> Verdict:
    seen = Finding(agency, "IS-20", "srv", "IS-20.1", "x", PLANTED.format(agency), State.FAIL, "seen", "no", "there")
    return Verdict(
        agency, "IS-20", "srv", "linux-server", "standard", Severity.HIGH, Enforcement.REQUIRED, State.FAIL, "IS-20.1",
        Assurance.OBSERVED, (ClauseResult("IS-20.1", "required", State.FAIL, (seen,)),), AT,
    )  # fmt: skip


def entry(agency: str) -> PostureEntry:
    return PostureEntry(
        agency, "IS-20", "srv", "linux-server", "standard", Severity.HIGH, Enforcement.REQUIRED, State.FAIL,
        Assurance.OBSERVED, AT, failing=(PLANTED.format(agency),),
    )  # fmt: skip


def attestation(agency: str) -> Attestation:
    return Attestation(
        clause="DR-01.1", agency_id=agency, document=PLANTED.format(agency), document_sha256="0" * 64,
        media_type="application/pdf", signer_name="B. Kollie", signer_role="Director", signed_at=AT, valid_until=AT,
    )  # fmt: skip


SITE = Site(
    file=SiteFile(name="test"),
    agencies=tuple(Agency(id=one, name=one, tier=Tier.STANDARD) for one in AGENCIES),
    attestations=tuple(map(attestation, sorted(AGENCIES))),
)


def memory(agencies: tuple[str, ...] = AGENCIES) -> Memory:
    return Memory({f"{one}/srv": {"a.b": {PLANTED.format(one): {"first_seen": AT}}} for one in agencies})


def keep(
    store: Store, run_id: str, agencies: tuple[str, ...] = AGENCIES, *, at: str = AT, partial: bool = False
) -> None:
    plan = Plan(at, Selection(adhoc=partial), agencies, (), (), ())
    digests = Digests(*("sha256:" + "0" * 64,) * 5)
    verdicts, postures = tuple(map(verdict, agencies)), tuple(map(entry, agencies))
    run = Run(run_id, at, at, plan.scope, digests, plan, {}, verdicts, postures, SCORES, None)
    store.begin(run, register_of(SITE, plan), memory(agencies), b"content")
    for one in agencies:
        store.add_transcript(run_id, transcript(one))
    store.finish(run, memory(agencies))


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


def traces(path: Path, old: list[bytes]) -> int:
    """How many of the bytes that lay in clear are still anywhere in the files of the store, piece by piece."""
    data = b"".join(one.read_bytes() for one in path.parent.iterdir() if one.is_file())
    return sum(blob[at : at + 24] in data for blob in old for at in range(0, max(1, len(blob) - 24), 24))
