"""`pepperbird schedule`: what it prints, and units that systemd takes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from pepperbird.cli.main import main
from pepperbird.fleet.units import units
from tests.support.require import require

SCHEDULES = """\
name: Test
schedules:
  - {id: nightly, cron: "30 1 * * *"}
  - {id: york, cron: "30 1 * * *", time_zone: America/New_York, kinds: [linux-server]}
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "home"))
    folder = tmp_path / 'a "site" %n $HOME'
    (folder / "agencies").mkdir(parents=True)
    (folder / "site.yaml").write_text(SCHEDULES)
    return folder


def call(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(["schedule", *map(str, arguments)])
    said = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, said.out + said.err


def test_next_is_told_in_the_zone_of_each(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out = call(capsys, "next", "--site", site, "--count", "1", "--after", "2026-12-01T00:00:00Z")
    assert status == 0
    assert out.splitlines() == [
        "Tue 2026-12-01 01:30 Africa/Monrovia  2026-12-01T01:30:00Z  nightly",
        "Tue 2026-12-01 01:30 America/New_York  2026-12-01T06:30:00Z  york",
    ]
    assert call(capsys, "next", "--site", site, "--after", "soon")[0] == 2


def test_a_list_of_what_nobody_carried_out_yet(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out = call(capsys, "list", "--site", site)
    assert status == 0 and out.count("nobody has carried out schedules") == 2 and "linux-server" in out
    status, out = call(capsys, "list", "--site", site, "--format", "json")
    first, _ = json.loads(out)
    assert (first["id"], first["answered"], first["unanswered"], first["missed"]) == ("nightly", None, None, 0)
    assert not (site.parent / "home").exists(), "looking makes nothing"


def test_a_site_without_schedules_says_how_to_write_some(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "site.yaml").write_text("name: Test\n")
    for command in ("list", "next"):
        status, out = call(capsys, command, "--site", site)
        assert status == 0 and "docs/operating.md" in out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{id: a, cron: "61 * * * *"}', "site.yaml:3:19: schedules.0.cron: minute: '61' is none"),
        ('{id: a, cron: "0 0 30 2 *"}', "would never come"),
        ('{id: a, cron: "0 0 * * *", time_zone: Africa/Monrova}', "did you mean Africa/Monrovia?"),
        ('{id: a, cron: "0 0 * * *", agencies: [moh]}', "no agency 'moh' in agencies/"),
        ('{id: a, cron: "0 0 * * *", zones: [dmz]}', "no way in of the register is in a zone 'dmz'"),
        ('{id: a, cron: "0 0 * * *", within: 0}', "within"),
        ('{id: a, cron: "0 0 * * *", every: day}', "every"),
        ('{id: a, cron: "0 0 * * *"}\n  - {id: a, cron: "0 1 * * *"}', "'a' is schedules.0 already"),
        ("{id: a, cron: 5}", "cron"),
    ],
)
def test_what_is_wrong_with_a_schedule_is_said_where_it_stands(
    site: Path, capsys: pytest.CaptureFixture[str], line: str, words: str
) -> None:
    (site / "site.yaml").write_text(f"name: Test\nschedules:\n  - {line}\n")
    status, out = call(capsys, "list", "--site", site)
    assert status == 2 and words in out


@pytest.mark.parametrize("every", [None, 5, 7])
def test_systemd_takes_the_units(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], every: int | None
) -> None:
    require("systemd-analyze")
    more = ["--serve"] if every is None else ["--every", str(every)]
    status, out = call(capsys, "install", "--site", site, "--user", "root", "--write", tmp_path / "units", *more)
    assert status == 0 and "systemctl enable --now pepperbird" in out
    files = sorted((tmp_path / "units").iterdir())
    assert len(files) == (1 if every is None else 2)
    checked = subprocess.run(["systemd-analyze", "verify", *files], check=False, capture_output=True, text=True)
    ours = [line for line in checked.stderr.splitlines() if "pepperbird" in line]
    assert checked.returncode == 0 and ours == [], checked.stderr
    assert '/a \\"site\\" %%n $$HOME"' in "".join(one.read_text() for one in files)


def test_units_give_no_view_of_the_file_system_of_their_own(site: Path) -> None:
    for every in (None, 5):
        for text in units(site, site, None, every=every).values():
            settings = {line.partition("=")[0] for line in text.splitlines() if not line.startswith("#")}
            assert not settings & {"ProtectSystem", "ProtectHome", "PrivateTmp", "PrivateDevices", "ReadOnlyPaths"}
