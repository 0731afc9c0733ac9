"""Probes that no right can be refused (docs/coverage.md: "not needed") say to nobody what they say to root."""

from __future__ import annotations

import subprocess

import pytest

from pepperbird.model.evidence import ProbeOutput
from pepperbird.model.gap import Gap, GapReason
from tests.support.coverage import can_be_denied
from tests.support.require import PATH, require_root
from tests.support.samples import ROOT, collectors, facts_of

HEAD = (ROOT / "collectors" / "program" / "head.sh").read_text()
FREE = [
    (one.id, probe)
    for one in collectors().values()
    if one.family == "shell"
    for probe in one.probes
    if not can_be_denied(f"{one.id}.{probe}")
]


def said(namespace: str, probe: str, user: str | None) -> ProbeOutput:
    program = HEAD + (ROOT / "collectors" / namespace / "probe.sh").read_text()
    done = subprocess.run(
        ["dash", "-s"], input=f"{program}\n_pb_privilege=none _pb_nonce=x\n({namespace}_{probe}) 5>&2\n".encode(),
        capture_output=True, timeout=90, check=False, cwd="/", user=user, group=65534 if user else None,
        extra_groups=[] if user else None, env={"PATH": PATH},
    )  # fmt: skip
    return ProbeOutput(done.stdout, done.stderr, done.returncode, 1)


@pytest.mark.slow
@pytest.mark.parametrize(("namespace", "probe"), FREE, ids=[".".join(one) for one in FREE])
def test_an_account_without_any_right_is_refused_nothing(namespace: str, probe: str) -> None:
    require_root()
    mine, theirs = said(namespace, probe, None), said(namespace, probe, "nobody")
    assert theirs.exit_status == mine.exit_status
    facts = facts_of(namespace, {f"{namespace}.{probe}": theirs})
    assert not [one for one in facts.values() if isinstance(one, Gap) and one.reason is GapReason.DENIED]
    known = {name for name, one in facts.items() if not isinstance(one, Gap)}
    assert known == {
        name for name, one in facts_of(namespace, {f"{namespace}.{probe}": mine}).items() if not isinstance(one, Gap)
    }


def test_there_are_such_probes() -> None:
    assert ("clock", "system") in FREE
