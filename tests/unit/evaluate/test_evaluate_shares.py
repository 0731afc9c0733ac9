"""The clauses about file shares on captured output of real servers: good, bad, denied, and nothing shared at all."""

from __future__ import annotations

import pytest

from pepperbird.evaluate.judge import evaluate
from pepperbird.model.evidence import Evidence, Memory, ProbeOutput, Transcript
from pepperbird.model.plan import Selection
from pepperbird.model.state import State
from pepperbird.observe.observe import observe
from pepperbird.plan.make import make_plan
from tests.support.coverage import AT, SITE, catalog
from tests.support.samples import samples

PASS, FAIL, ERROR, NONE = State.PASS, State.FAIL, State.ERROR, State.NOT_APPLICABLE
NFS = {
    "debian-12-well-kept": ("pub", PASS, PASS), "debian-12-badly-kept": ("pub", FAIL, FAIL),
    "debian-12-badly-kept-unprivileged": ("pub", FAIL, FAIL), "file-changed-since": ("pub", FAIL, FAIL),
    "installed-and-not-started": ("pub", FAIL, FAIL), "no-rights": ("pub", ERROR, ERROR),
    "table-only-root-can-read": ("pub", ERROR, ERROR), "another-server": ("pub", ERROR, ERROR),
    "offers-nothing": ("pub", NONE, NONE), "debian-12-nothing-exported": ("pub", NONE, NONE),
    "appliance-without-nfs": ("pub", NONE, NONE),
}  # fmt: skip
SAMBA = {
    "debian-12-well-kept": ("files", PASS, PASS), "debian-12-badly-kept": ("files", FAIL, FAIL),
    "no-rights": ("files", ERROR, ERROR), "another-file": ("files", ERROR, ERROR),
    "changed-since-it-was-read": ("files", ERROR, ERROR), "registry": ("files", ERROR, ERROR),
    "file-varies-by-client": ("files", ERROR, ERROR), "unknown-listener": ("files", ERROR, ERROR),
    "switched-off": ("files", NONE, NONE),
}  # fmt: skip


def judged(namespace: str, name: str) -> dict[tuple[str, str], State]:
    """The states by asset and clause, where only that sample of that collector was seen of the server."""
    [sample] = [one for one in samples() if one.name == f"{namespace}/{name}"]
    return states(sample.outputs())


def states(outputs: dict[str, ProbeOutput]) -> dict[tuple[str, str], State]:
    plan = make_plan(catalog(), SITE, Selection(deep=True), at=AT)
    endpoint = plan.endpoints[0]
    seen = observe(catalog(), endpoint, Transcript(endpoint.id, AT, AT, {}, outputs))
    verdicts = evaluate(catalog(), plan, Evidence({seen.asset: seen}), Memory(), site=SITE, at=AT)
    return {(one.asset, clause.clause): clause.state for one in verdicts for clause in one.clauses}


@pytest.mark.parametrize("name", NFS)
def test_exports_on_captured_output(name: str) -> None:
    asset, closed, synchronous = NFS[name]
    found = judged("nfs", name)
    assert (found[asset, "DS-09.1"], found[asset, "DI-03.3"]) == (closed, synchronous)


@pytest.mark.parametrize("name", SAMBA)
def test_smb_shares_on_captured_output(name: str) -> None:
    asset, whole, share = SAMBA[name]
    found = judged("samba", name)
    assert (found[asset, "DS-09.2"], found[asset, "DS-09.4"]) == (whole, share)


def test_what_was_not_asked_is_no_pass() -> None:
    found = states({})
    clauses = ("DS-01.6", "DS-09.1", "DS-09.2", "DS-09.4", "DI-03.3")
    assert {found[asset, clause].conclusive for asset in ("pub", "files") for clause in clauses} == {False}


def test_a_share_that_its_server_does_not_offer_is_missing_and_not_judged() -> None:
    [nfs] = [one for one in samples() if one.name == "nfs/offers-nothing"]
    [samba] = [one for one in samples() if one.name == "samba/switched-off"]
    found = states({**nfs.outputs(), **samba.outputs()})
    assert {found["pub", clause] for clause in ("DS-09.1", "DS-09.2", "DS-09.4", "DI-03.3")} == {NONE}
    assert found["pub", "DS-01.6"] is FAIL
    assert (found["server", "DS-01.6"], found["server", "DS-01.7"]) == (NONE, NONE)
