"""An agreed plan from the keys to the report: signed, signed anew, and the first brought back with its signature."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pepperbird.inventory.plans import plan_file
from pepperbird.model.agreed import AgreedItem, AgreedPlan
from tests.support.calling import called
from tests.support.people import PASSPHRASE, people
from tests.support.recording import record_this_computer

pytestmark = pytest.mark.slow
AGENCY = """\
id: moh
name: Ministry of Health
tier: foundation
sites: [{id: monrovia, country: LR}]
assets:
  - {id: srv, kind: linux-server, site: monrovia, access: [{via: replay, at: machine}]}
"""
ELSEWHERE = "id: moe\nname: Ministry of Education\ntier: foundation\n"
Call = Callable[..., tuple[int, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*arguments: str | Path) -> tuple[int, str]:
        status, out, err = called(capsys, *arguments)
        return status, " ".join((out + err).split())

    return run


def key(name: str) -> tuple[str, ...]:
    return "--key", name, "--passphrase", "env:PP"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    made = people(tmp_path / "site", home, "officer", "other", "approver")
    (made.site / "agencies" / "moh.yaml").write_text(AGENCY)
    (made.site / "agencies" / "moe.yaml").write_text(ELSEWHERE)
    (made.site / "plans").mkdir()
    record_this_computer(made.site / "machine")
    monkeypatch.setenv("PEPPERBIRD_HOME", str(home))
    monkeypatch.setenv("PP", PASSPHRASE)
    monkeypatch.chdir(made.site)
    return made.site


def plan(call: Call) -> dict[str, Any]:
    """What the newest run says of the agency's plan."""
    found = json.loads(call("report", "latest", "--format", "json")[1])
    told: dict[str, Any] = next(one for one in found["agencies"] if one["id"] == "moh")["plan"]
    return told


def test_from_the_keys_to_the_report(call: Call, site: Path, tmp_path: Path) -> None:
    path, signature = site / "plans" / "moh.yaml", site / "plans" / "moh.signed.json"
    assert call("agency", "plan", "moh", "--add", "DR-01", "--due", "2090-01-01")[0] == 0
    status, said = call("scan")
    assert status in (0, 1, 3), said
    assert "Not signed. For the stage Managed it counts once" in said
    assert call("agency", "plan", "moh", "--sign", *key("officer"))[0] == 2
    status, said = call("agency", "plan", "moh", "--sign", *key("approver"))
    assert (status, "Agreed and signed by B. Kollie on" in said) == (0, True), said
    first = (path.read_bytes(), signature.read_bytes())

    # Agreed anew for a sooner day, and signed.
    path.write_text(path.read_text().replace("2090", "2089"))
    assert call("agency", "plan", "moh", "--sign", *key("approver"))[0] == 0
    assert "Agreed and signed by B. Kollie on" in call("scan")[1]
    found = plan(call)
    assert (found["state"], found["required"], [one["due"] for one in found["items"]]) == (
        "signed", True, ["2089-01-01"],
    )  # fmt: skip
    assert [one["how"] for one in found["changes"]] == ["earlier"]

    # Whoever can write the site brings the first one back, with its own good signature. Elsewhere all is signed.
    path.write_bytes(first[0])
    signature.write_bytes(first[1])
    item = AgreedItem(control="DR-01", agreed="2026-11-01", due="2090-01-01")
    (site / "plans" / "moe.yaml").write_text(plan_file(AgreedPlan(agency="moe", items=(item,))))
    assert call("agency", "plan", "moe", "--sign", *key("approver"))[0] == 0
    assert call("inventory", "sign", "moe", *key("other"))[0] == 0
    moved = "DR-01: later, by 1 January 2090 in place of 1 January 2089"
    said = call("scan", "--agency", "moh")[1]
    assert "Not signed as it stands: it was changed since B. Kollie signed it" in said and moved in said
    found = plan(call)
    assert (found["state"], [(one["how"], one["then"], one["now"]) for one in found["changes"]]) == (
        "changed", [("later", "2089-01-01", "2090-01-01")],
    )  # fmt: skip
    page = call("report", "latest", "--agency", "moh")[1]
    assert "it was changed since B. Kollie signed it" in page and moved in page
    assert f"The agreed plan asks for less: 1 · {moved}" in call("diff", "--agency", "moh")[1]
    assert "Ministry of Health: Not signed as it stands" in call("brief", "officer")[1]

    # A pack of this run has no records of the other agency, of which its register says that it is signed.
    status, said = call("verify")
    assert status == 0, said
    pack = tmp_path / "run.pack.tar"
    assert call("audit", "pack", "--output", pack)[0] == 0
    status, said = call("verify", pack)
    assert status == 0, said
