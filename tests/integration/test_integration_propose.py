"""A scan, its proposals, one accepted: the register grows by exactly that, and what was written there stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from pepperbird.collect.replay import record
from pepperbird.model.evidence import ProbeOutput, Transcript
from tests.support.calling import called
from tests.support.samples import ROOT

pytestmark = pytest.mark.slow
REGISTER = """\
# the Ministry of Justice
id: moj
name: Justice
tier: standard
assets:
  - {id: srv, kind: linux-server, access: [{via: replay, at: RECORDING}]}  # the first server
"""


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    return called(capsys, *arguments)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "home"))
    outputs = {
        f"{namespace}.{file.stem}": ProbeOutput(file.read_bytes(), b"", 0, 1)
        for namespace, sample in (
            ("storage", "debian-12-well-kept"), ("sockets", "debian-12-well-kept"), ("discovery", "debian-12-stores"),
        )
        for file in (ROOT / "collectors" / namespace / "samples" / sample).glob("*.out")
    }  # fmt: skip
    record(tmp_path / "recording", Transcript("x", "2026-11-23T00:00:00Z", "2026-11-23T00:00:09Z", {}, outputs))
    folder = tmp_path / "site"
    (folder / "agencies").mkdir(parents=True)
    (folder / "site.yaml").write_text("name: x\n")
    (folder / "agencies" / "moj.yaml").write_text(REGISTER.replace("RECORDING", str(tmp_path / "recording")))
    return folder


def test_what_was_found_is_shown_and_taken_one_by_one(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    register = site / "agencies" / "moj.yaml"
    before = register.read_text()
    call(capsys, "scan", "--site", site)
    status, shown, notes = call(capsys, "inventory", "propose", "--site", site)
    assert status == 0
    assert register.read_text() == before
    for entry in (
        "{id: srv-restic-srv-data-vault, tool: restic, on: srv, path: /srv/data/vault}",
        "{id: srv-borg-srv-data-crypt, tool: borg, on: srv, path: /srv/data/crypt}",
        "{id: srv-postgresql, kind: postgresql, on: srv, path: /var/lib/postgresql/15/main}",
        "{id: srv-export-srv-data-pub, kind: nfs-export, on: srv, path: /srv/data/pub}",
    ):
        assert entry in shown
    assert "'/srv/data/two words' is not proposed" in notes
    status, said, _ = call(
        capsys, "inventory", "propose", "latest", "--site", site, "--agency", "moj", "--accept", "srv-postgresql"
    )
    assert status == 0
    assert "Extended" in said
    after = register.read_text()
    assert "# the Ministry of Justice" in after
    assert "# the first server" in after
    assert after.count("id: srv-") == 1
    _, shown, _ = call(capsys, "inventory", "propose", "--site", site)
    assert "{id: srv-postgresql, " not in shown
    assert "{id: srv-postgresql-data, asset: srv-postgresql}" in shown


def test_what_is_not_proposed_is_not_written(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    register = site / "agencies" / "moj.yaml"
    before = register.read_text()
    status, _, error = call(capsys, "inventory", "propose", "--site", site)
    assert status == 2
    assert "run" in error
    call(capsys, "scan", "--site", site)
    status, _, error = call(
        capsys, "inventory", "propose", "--site", site, "--accept", "srv-postgresql", "--accept", "srv-nothing"
    )
    assert status == 2
    assert "srv-nothing" in error
    status, _, error = call(capsys, "inventory", "propose", "--site", site, "--agency", "moh")
    assert status == 2
    assert "moj" in error
    assert register.read_text() == before
