"""A site with keys and signed runs of two replayed machines, and the command line as tests call it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pepperbird.cli.main import main
from tests.support.recording import record_this_computer

AGENCY = """\
id: moh
name: Ministry of Health
tier: standard
sites: [{id: monrovia, country: LR}]
assets:
  - {id: srv, kind: linux-server, site: monrovia, access: [{via: replay, at: machine}]}
  - {id: other, kind: linux-server, site: monrovia, access: [{via: replay, at: second}]}
"""
SITE = """\
name: Test
defaults: {evidence_key: {file: ../state/keys/collector.pem, passphrase: 'env:CP'}}
"""
KEYS = (
    ("keys", "new", "office", "--root", "--holder", "PMO", "--until", "2090-01-01", "--passphrase", "env:RP"),
    ("keys", "new", "collector", "--may", "evidence", "--holder", "Scanner", "--until", "2089-01-01",
     "--passphrase", "env:CP", "--root-passphrase", "env:RP"),
)  # fmt: skip


def make_signed_runs(folder: Path, patch: pytest.MonkeyPatch, runs: int = 2) -> None:
    """Make `site/` and `state/` in `folder`, with keys and so many runs; the environment is set."""
    site = folder / "site"
    (site / "agencies").mkdir(parents=True)
    (site / "agencies" / "moh.yaml").write_text(AGENCY)
    (site / "site.yaml").write_text(SITE)
    record_this_computer(site / "machine")
    shutil.copytree(site / "machine", site / "second")
    for said in sorted((site / "second").glob("*.stderr")):
        said.write_bytes(b"another machine\n")
    patch.setenv("PEPPERBIRD_HOME", str(folder / "state"))
    patch.setenv("RP", "the root passphrase")
    patch.setenv("CP", "the collector's passphrase")
    patch.chdir(site)
    for arguments in (*KEYS, *[("scan",)] * runs):
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        assert left.value.code in (0, 1, 3), arguments
