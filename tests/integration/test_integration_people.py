"""Signed content, a signed register and a waiver, from the keys to the report: each shown, and the score untouched."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pepperbird.bundle.find import find_content
from tests.support.calling import called
from tests.support.people import PASSPHRASE, people
from tests.support.recording import record_this_computer

pytestmark = pytest.mark.slow
AGENCY = """\
id: moh
name: Ministry of Health
tier: standard
sites: [{id: monrovia, country: LR}]
assets:
  - {id: srv, kind: linux-server, site: monrovia, access: [{via: replay, at: machine}]}
  - {id: old, kind: linux-server, site: monrovia}
absences: [{kind: mail-domain, reason: Mail is the state's, by: A. Officer, until: 2090-01-01}]
"""
Call = Callable[..., tuple[int, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*arguments: str | Path) -> tuple[int, str]:
        status, out, err = called(capsys, *arguments)
        return status, out + err

    return run


def key(name: str) -> tuple[str, ...]:
    return "--key", name, "--passphrase", "env:PP"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    settings = "defaults: {require_signed_content: true}\n"
    made = people(tmp_path / "site", home, "officer", "reviewer", "author", "approver", "signer", settings=settings)
    (made.site / "agencies" / "moh.yaml").write_text(AGENCY)
    record_this_computer(made.site / "machine")
    monkeypatch.setenv("PEPPERBIRD_HOME", str(home))
    monkeypatch.setenv("PP", PASSPHRASE)
    monkeypatch.chdir(made.site)
    return made.site


def report(call: Call) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(call("report", "latest", "--format", "json")[1])
    return found


def figures(run: dict[str, Any]) -> list[Any]:
    return [run["agencies"][0][name] for name in ("score", "upper", "coverage", "observed", "grade")]


def test_from_the_keys_to_the_report(call: Call, site: Path, tmp_path: Path) -> None:
    content = tmp_path / "content"
    for folder in ("baselines", "checks", "collectors", "policies", "reports"):
        shutil.copytree(find_content() / folder, content / folder)
    status, said = call("scan", "--content", content)
    assert (status, "requires signed content" in said, "Nobody was contacted" in said) == (2, True, True), said
    assert call("content", "sign", "--content", content, *key("author"))[0] == 0
    status, said = call("scan", "--content", content)
    assert status in (0, 1, 3), said
    assert "Register: unsigned." in said
    assert "Content: signed by C. Author on" in said
    before = report(call)
    assert before["agencies"][0]["register"]["state"] == "unsigned"
    assert _state(before, "moh#mail-domain") == {"unchecked"}

    assert call("inventory", "sign", "moh", *key("officer"))[0] == 0
    assert call("inventory", "review", "moh", "mail-domain", *key("reviewer"))[0] == 0
    hand_in(call, tmp_path)
    fail = next(one for one in before["controls"] if one["state"] == "fail" and one["severity"] != "critical")
    status, said = call(
        "waiver", "request", fail["control"], fail["asset"], "--agency", "moh", "--reason", "Ordered", "--measure",
        "Watched", "--until", _in(60), *key("officer"),
    )  # fmt: skip
    assert status == 0, said
    name = said.split()[2].rstrip(":")
    call("scan", "--content", content)
    unwaived = report(call)
    assert call("waiver", "approve", name, *key("approver"))[0] == 0
    said = call("scan", "--content", content)[1]
    assert "Register: signed by A. Officer on" in said
    assert f"{name} · {fail['control']} on {fail['asset']}" in said
    assert "Accepted by B. Kollie (asked for by A. Officer, signed): Ordered" in said
    waived = report(call)
    assert figures(waived) == figures(unwaived)
    assert {(one["id"], one["applied"], one["approved_by"]) for one in waived["waivers"]} == {(name, True, "B. Kollie")}
    assert [one["state"] for one in waived["controls"] if one == {**fail, "state": "waived"}] == ["waived"]
    page = call("report", "latest", "--agency", "moh")[1]
    assert "B. Kollie" in page
    assert "Register: signed by A. Officer" in page

    (site / "agencies" / "moh.yaml").write_text(
        AGENCY.replace("  - {id: old, kind: linux-server, site: monrovia}\n", "")
    )
    said = call("scan", "--content", content)[1]
    assert "Register: changed since signed by A. Officer" in said
    assert "asset old removed" in said
    assert _state(report(call), "old") == {"unchecked"}
    status, said = call("verify", "latest")
    assert status == 0, said
    pack = tmp_path / "run.pack.tar"
    assert call("audit", "pack", "--output", pack)[0] == 0
    status, said = call("verify", pack)
    assert status == 0, said

    check = next(iter(sorted((content / "checks").rglob("*.yaml"))))
    check.write_text(check.read_text() + "# altered\n")
    status, said = call("scan", "--content", content)
    assert (status, "it was changed since it was signed" in said) == (2, True), said


def hand_in(call: Call, folder: Path) -> None:
    """A document, signed and reviewed: its review is in the ledger what that of an absence is there."""
    (folder / "plan.pdf").write_bytes(b"our plan")
    status, said = call(
        "attest", "new", "moh", "DR-01.1", "--document", folder / "plan.pdf", "--signer", "S. Signer", "--role", "CIO",
        "--from", _in(-20), "--out", folder / "drafts",
    )  # fmt: skip
    assert status == 0, said
    status, said = call("attest", "sign", next((folder / "drafts").glob("*.draft.yaml")), *key("signer"))
    assert status == 0, said
    status, said = call("attest", "review", said.partition("record ")[2][:12], *key("reviewer"))
    assert status == 0, said


def _state(run: dict[str, Any], asset: str) -> set[str]:
    return {one["state"] for one in run["controls"] if one["asset"] == asset}


def _in(days: int) -> str:
    from datetime import UTC, datetime, timedelta

    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
