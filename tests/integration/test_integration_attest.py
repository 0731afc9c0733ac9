"""A scan judges by signed and reviewed documents, and judging it again needs neither the records nor the documents."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pepperbird.cli.main import main
from tests.support.people import PASSPHRASE, people


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as left:
        main([*map(str, arguments)])
    return int(left.value.code or 0)


def finding(folder: Path, control: str, subject: str) -> tuple[str, str]:
    found = json.loads((folder / "run.json").read_text())["findings"]
    one = next(
        each for each in found if (each["control"], each["subject"], each["check"]) == (control, subject, "document")
    )
    return one["state"], one["message"]


@pytest.mark.slow
def test_documents_from_the_form_to_the_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("PEPPERBIRD_HOME", str(home))
    monkeypatch.setenv("PP", PASSPHRASE)
    site = people(tmp_path / "site", home, "signer", "reviewer").site
    with (site / "agencies" / "moh.yaml").open("a") as file:
        file.write("services: [{id: birth-reg, rto: 240, rpo: 60}]\n")
    monkeypatch.chdir(tmp_path)
    day = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    figures = ("--measured", "birth-reg: type=functional minutes=300 lost_minutes=20")
    for clause, more in (("DR-01.1", ()), ("DR-05.1", figures)):
        Path(f"{clause}.pdf").write_bytes(clause.encode())
        new = ("--document", f"{clause}.pdf", "--signer", "S. Signer", "--role", "CIO", "--from", day)
        assert run("attest", "new", "moh", clause, *new, *more, "--out", "drafts", "--site", site) == 0
        capsys.readouterr()
        key = ("--passphrase", "env:PP", "--site", site)
        assert run("attest", "sign", f"drafts/{clause}.draft.yaml", "--key", "signer", *key) == 0
        record = capsys.readouterr().out.partition("record ")[2][:12]
        assert run("attest", "review", record, "--key", "reviewer", *key) == 0
    assert run("scan", "--site", site, "--output", "first") in (1, 3)
    state, message = finding(Path("first"), "DR-01", "")
    assert (state, "signed by S. Signer (CIO), reviewed by R. Viewer" in message) == ("pass", True)
    assert finding(Path("first"), "DR-05", "birth-reg")[0] == "fail"
    (site / "attestations" / "moh" / "DR-01.1.pdf").write_bytes(b"another plan")
    assert run("scan", "--site", site, "--output", "second") in (1, 3)
    assert finding(Path("second"), "DR-01", "")[0] == "error"
    shutil.rmtree(site / "attestations")
    capsys.readouterr()
    assert run("evaluate", "latest") in (0, 1, 3)
    said = capsys.readouterr()
    assert "The same verdicts to the byte" in said.out + said.err
    assert run("verify") == 0
