"""`pepperbird access`: which machine is meant, which key, and every mistake as one message."""

from __future__ import annotations

from pathlib import Path

import pytest

from pepperbird.cli.main import main

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILVngrrp+1EUedqdsaPsvOXOmUXr9DI7aapJLEr+Qqbk me\n"
AGENCY = """\
id: {agency}
name: Ministry
tier: standard
assets:
  - {{id: db-1, kind: linux-server, access: [{{via: ssh, at: 192.0.2.1, as: scan}}]}}
  - {{id: only-{agency}, kind: linux-server, access: [{{via: ssh, at: 192.0.2.2, as: root}}]}}
  - {{id: here, kind: linux-server, access: [{{via: local}}]}}
stores:
  - {{id: files-{agency}, asset: db-1, title: Files, owner: Registrar, path: /srv, class: internal}}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "agencies").mkdir()
    (tmp_path / "site.yaml").write_text("name: Test\ndefaults: {identity: key}\n")
    for agency in ("moh", "lra"):
        (tmp_path / "agencies" / f"{agency}.yaml").write_text(AGENCY.format(agency=agency))
    (tmp_path / "key.pub").write_text(KEY)
    return tmp_path


def call(site: Path, *arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["access", "--site", str(site), *arguments])
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.mark.parametrize("name", ["moh/db-1", "files-moh"])
def test_a_machine_is_meant_by_its_name_or_by_what_stands_on_it(
    name: str, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(site, name) == 0
    said = capsys.readouterr().out
    assert said.startswith("#!/bin/sh\n# Lets pepperbird look at moh/db-1 until ")
    assert KEY.rsplit(" ", 1)[0] in said and "account='scan'" in said


def test_removing_needs_no_key(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "key.pub").unlink()
    assert call(site, "moh/db-1", "--remove") == 0
    assert "Takes from moh/db-1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("db-1",), "name one of: lra/db-1, moh/db-1"), (("nothing",), "no asset 'nothing'"),
        (("moh/here",), "not reached by ssh"), (("xyz/db-1",), "no agency 'xyz'"), (("only-moh",), "as root"),
        (("moh/db-1", "--key", "absent.pub"), "no such file"), (("moh/db-1", "--days", "0"), "0 is not in the range"),
        (("moh/db-1", "--from", "a b"), "is no address"), (("moh/db-1", "--key", "key"), "must never leave"),
    ],
)  # fmt: skip
def test_every_mistake_is_one_message(
    arguments: tuple[str, ...], why: str, site: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(site)
    (site / "key").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    assert call(site, *arguments) == 2
    said = capsys.readouterr()
    assert said.out == "" and why in " ".join(said.err.split())
