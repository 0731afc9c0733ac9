"""How a scan signs and seals what it records: by the site's keys where there are any, else not, which it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Transcript
from pepperbird.model.run import Run
from pepperbird.trust.canonical import sha256
from pepperbird.trust.envelope import Envelope, seal
from pepperbird.trust.evidence import Asked, evidence_statement
from pepperbird.trust.keylist import SignedKeys
from pepperbird.trust.keys import Signer
from pepperbird.trust.statement import Statement
from pepperbird.trust.vault import Master


@dataclass(frozen=True, slots=True)
class Sealing:
    """The key that evidence is signed with, the site's key list, and the master key; each may be missing."""

    signer: Signer | None = None
    keys: SignedKeys | None = None
    master: Master | None = None

    def put(self, statement: Statement) -> Envelope:
        """The statement in an envelope, signed where there is a key."""
        return seal(statement) if self.signer is None else seal(statement, self.signer)

    def evidence(self, run: Run, catalog: Catalog) -> Callable[[Transcript, str], Envelope]:
        """What makes the envelope about a transcript of `run`, from it and the digest of its bytes."""
        programs = {family: sha256(program) for family, program in catalog.programs.items()}
        families = {one.id: programs.get(one.family, "") for one in run.plan.endpoints}
        asked = Asked(run.id, run.digests.content, families)
        return lambda transcript, digest: self.put(evidence_statement(asked, transcript, digest))


UNSIGNED = Sealing()
