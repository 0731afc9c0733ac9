"""`pepperbird letter` and `pepperbird privileges`: what they print for a site, and every mistake as one message."""

from __future__ import annotations

from pathlib import Path

import pytest

from pepperbird.cli.main import main

AGENCY = """\
id: moh
name: Ministry of Health
tier: standard
assets:
  - {id: db-1, kind: linux-server, access: [{via: ssh, at: 192.0.2.1, as: scan}]}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "agencies").mkdir()
    (tmp_path / "site.yaml").write_text("name: Programme Office\n")
    (tmp_path / "agencies" / "moh.yaml").write_text(AGENCY)
    return tmp_path


def call(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    assert isinstance(left.value.code, int)
    return left.value.code


def test_a_letter_begins_with_its_title_in_both_forms(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("letter", "moh", "--site", site) == 0
    assert capsys.readouterr().out.startswith("REQUEST FOR LEAVE TO LOOK AT COMPUTER SYSTEMS\n====")
    options = ("--format", "md", "--hours", "at night", "--contact", "PMO", "--days", "7", "--program")
    assert call("letter", "moh", "--site", site, *options) == 0
    said = capsys.readouterr().out
    assert said.startswith("# Request for leave")
    for part in ("at night", "Programme Office: PMO", "after 7 days", "Annex: the program", "_pb_main"):
        assert part in said


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("nobody",), "no agency 'nobody'"),
        (("moh", "--format", "pdf"), "'pdf' is not one of"),
        ((), "Missing argument"),
    ],
)
def test_a_wrong_letter_is_one_message(
    arguments: tuple[str, ...], why: str, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("letter", *arguments, "--site", site) == 2
    said = capsys.readouterr()
    assert said.out == "" and why in said.err


def test_privileges_name_the_disks_that_are_given(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("privileges", "--site", site) == 0
    assert "# once for each disk" in capsys.readouterr().out
    assert call("privileges", "--site", site, "--device", "sda", "--device", "sdb") == 0
    said = capsys.readouterr().out
    assert "scan ALL=(root) NOPASSWD: /usr/sbin/smartctl -H -A /dev/sdb\n" in said and "DEVICE" not in said
    assert call("privileges", "--site", site, "--device", "sd*") == 2
    assert "no name of a disk" in capsys.readouterr().err
