"""Every clause about buckets is proved good, bad and denied by what real object stores said."""

from __future__ import annotations

from pathlib import Path

import pytest

from pepperbird.evaluate.judge import evaluate
from pepperbird.model.evidence import Evidence, Memory, Transcript
from pepperbird.model.gap import GapReason
from pepperbird.model.plan import Selection
from pepperbird.model.state import State
from pepperbird.observe.observe import observe
from pepperbird.plan.make import make_plan
from tests.support.databases import catalog
from tests.support.objects import ObjectStore, site
from tests.support.samples import ROOT, samples

pytestmark = pytest.mark.slow

NAMES = {State.PASS: "good", State.FAIL: "bad", State.NOT_APPLICABLE: "not applicable"}
STORES = [
    {"id": name, "bucket": name, "purpose": "records-archive", "backed_up_to": ["vault", "weak"]}
    for name in ("deeds", "open", "copy", "logs")
]
REPOSITORIES = [{"id": name, "tool": "restic", "bucket": name} for name in ("vault", "weak")]


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """By clause and state the samples that give it."""
    secret: Path = tmp_path_factory.mktemp("s") / "secret"
    declared = site(ObjectStore("https://objects"), secret, stores=STORES, repositories=REPOSITORIES)
    plan = make_plan(
        catalog(), declared, Selection(controls=("DS", "DI", "DR", "BR-08", "BR-17")), at="2026-11-24T04:00:00Z"
    )
    found: dict[str, set[str]] = {}
    for sample in samples():
        if sample.namespace != "s3" or sample.origin != "captured":
            continue
        transcript = Transcript(plan.endpoints[0].id, sample.at, sample.at, {}, sample.outputs())
        seen = observe(catalog(), plan.endpoints[0], transcript)
        verdicts = evaluate(catalog(), plan, Evidence({seen.asset: seen}), Memory(), site=declared, at=sample.at)
        for verdict in verdicts:
            for one in (one for result in verdict.clauses for one in result.findings):
                ours = verdict.kind == "s3-bucket" or one.check in ("backup.object-lock", "s3.room")
                denied = one.gap is not None and one.gap.reason is GapReason.DENIED
                state = NAMES.get(one.state, "denied" if denied else "")
                if ours and state:
                    found.setdefault(one.clause, set()).add(state)
    return found


CLAUSES = (
    "BR-08.1", "BR-17.3", "DI-12.1", "DI-12.2", "DI-13.1", "DR-08.4", "DS-01.5", "DS-05.1", "DS-06.4", "DS-07.1",
    "DS-07.2", "DS-08.1", "DS-08.2", "DS-17.1",
)  # fmt: skip


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_clause_is_proved_good_bad_and_denied(proved: dict[str, set[str]], clause: str) -> None:
    assert proved[clause] >= {"good", "bad", "denied"}


def test_whether_anybody_is_let_in_needs_no_right(proved: dict[str, set[str]]) -> None:
    assert proved["DS-07.3"] == {"good", "bad"}


def test_no_clause_about_buckets_is_left_out(proved: dict[str, set[str]]) -> None:
    leaves = [leaf for control in catalog().controls.values() for one in control.clauses for leaf in one.leaves]
    built = {leaf.id for leaf in leaves if leaf.check and "s3-bucket" in leaf.on}
    assert built <= {*CLAUSES, "DS-07.3"}


def test_the_page_names_them() -> None:
    page = (ROOT / "docs" / "object-storage.md").read_text()
    assert all(clause in page for clause in (*CLAUSES, "DS-07.3"))
