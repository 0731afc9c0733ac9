"""The kit for Windows, as far as it can be gone through without Windows: its script is made and read by a grammar, and
a bundle as an IMITATION of it writes is taken in, judged, labelled, and refused like any other. None of this proves
that the script runs on Windows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Parser

from pepperbird.store.runs import Store
from tests.support.calling import called
from tests.support.imitated import imitate, sampled

AGENCY = """\
id: moh
name: Ministère de la Santé
tier: standard
sites: [{id: monrovia, country: LR}]
assets:
  - {id: files, kind: windows-server, site: monrovia, access: [{via: kit}]}
  - {id: old, kind: windows-server, site: monrovia, access: [{via: kit}]}
  - {id: clerk, kind: windows-server, site: monrovia, access: [{via: kit}]}
  - {id: share, kind: nfs-export, on: files}
  - {id: ledger, kind: mssql, on: files}
repositories:
  - {id: nightly, tool: wbadmin, on: files, site: monrovia}
"""
Call = Callable[..., tuple[int, str, str]]
LABEL = "not yet proved on Windows"

pytestmark = pytest.mark.slow


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "state"))

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        return called(capsys, *arguments)

    return run


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "agencies").mkdir(parents=True)
    (folder / "site.yaml").write_text("name: Programme Office\n")
    (folder / "agencies" / "moh.yaml").write_text(AGENCY)
    return folder


def kits(call: Call, site: Path, tmp_path: Path) -> dict[str, Path]:
    status, _, err = call("kit", "moh", "--site", site, "--out", tmp_path / "kits")
    assert status == 0, err
    return {name: tmp_path / "kits" / name / "collect.ps1" for name in ("files", "old", "clerk")}


def states(run: dict[str, Any], asset: str) -> dict[str, str]:
    return {one["control"]: one["state"] for one in run["controls"] if one["asset"] == asset}


def bundles(scripts: dict[str, Path], into: Path) -> dict[str, Path]:
    """Of a server in order, of a neglected one, and of one whose script no administrator ran."""
    into.mkdir()
    now = int(time.time())
    good, bad = sampled("server-2019"), sampled("server-2012-r2-neglected")
    written = {
        "files": imitate(scripts["files"], good, began=now),
        "old": imitate(scripts["old"], bad, began=now, hangs="windows_updates"),
        "clerk": imitate(scripts["clerk"], good, began=now, administrator=False),
    }
    for name, data in written.items():
        (into / f"{name}.bundle").write_bytes(data)
    return {name: into / f"{name}.bundle" for name in written}


def test_the_script_parses_and_says_in_plain_words_what_it_does(call: Call, site: Path, tmp_path: Path) -> None:
    text = kits(call, site, tmp_path)["files"].read_bytes()
    assert text.startswith(b"\xef\xbb\xbf# This script lets")
    assert b"\n" not in text.replace(b"\r\n", b"")
    tree = Parser(Language(tree_sitter_powershell.language())).parse(text[3:])
    assert not tree.root_node.has_error
    about, asked = text[3:].split(b"\r\n\r\n", 1)
    said = about.decode()
    assert all(line.startswith("#") for line in said.splitlines())
    for words in ("Ministère de la Santé", "NOT YET PROVED ON WINDOWS", "It only reads", "only as administrator"):
        assert words in said
    assert asked.isascii()
    assert asked.startswith(b"param(")
    assert asked.rstrip().endswith(b"Close-Kit")


def test_a_bundle_is_judged_labelled_kept_and_good_once(call: Call, site: Path, tmp_path: Path) -> None:
    brought = bundles(kits(call, site, tmp_path), tmp_path / "brought")
    refused(call, site, brought, tmp_path)

    status, out, err = call("ingest", *brought.values(), "--site", site, "--format", "json", "--output", tmp_path / "r")
    assert status in (1, 3), err
    assert err.count(LABEL) >= 3
    assert "moh/clerk: it was not run as administrator" in err
    run = json.loads(out)

    good, bad, clerk = (states(run, name) for name in ("files", "old", "clerk"))
    assert good["DS-12"] == good["DS-15"] == "pass"
    assert good["DS-03"] == "fail", "a volume whose protection is suspended"
    assert (bad["DS-03"], bad["DS-12"], bad["DS-15"]) == ("fail", "fail", "fail")
    assert clerk["DS-03"] == clerk["IS-21"] == "error", "what only an administrator sees was not seen"
    assert {good["DI-08"], clerk["IS-19"]} <= {"unchecked", "error"}, "how far the clock is off no file tells"
    assert bad["DI-08"] == "fail", "its time service does not run"
    assert bad["IS-21"] == "error", "that question was ended when its time was over"
    assert states(run, "share")["DS-09"] == "pass"
    assert states(run, "ledger")["DS-15"] == "fail", "SQL Server 2008 R2"
    assert states(run, "ledger")["DS-11"] == "unchecked"
    assert states(run, "nightly")["BR-02"] == "fail", "the documented backup is older than a day by now"

    labelled(run, tmp_path / "r")
    kept(tmp_path, err)
    _, out, _ = call("report", "--format", "text")
    assert out.count(f"! {LABEL}") == 6
    assert f"· {LABEL}" in " ".join(out.split())
    status, out, _ = call("verify", "latest")
    assert (status, "All of it matches" in out) == (0, True), out
    status, _, err = call("ingest", brought["files"], "--site", site)
    assert (status, "good once" in err) == (2, True)


def labelled(run: dict[str, Any], folder: Path) -> None:
    """Wherever a verdict rests on it, in every form; and nowhere else."""
    told = {one["check"].split(".")[0]: one["unproved"] for one in run["findings"]}
    assert told["windows"] == told["sqlserver"] == LABEL
    assert {words for area, words in told.items() if area not in ("windows", "sqlserver")} == {None}
    assert {one["id"]: one["unproved"] for one in run["assets"]} == {
        "moh": None, **dict.fromkeys(("files", "old", "clerk", "share", "ledger", "nightly"), LABEL)
    }  # fmt: skip
    by_pair = {(one["asset"], one["control"]): one["unproved"] for one in run["controls"]}
    assert by_pair["files", "DS-12"] == by_pair["old", "DS-12"] == LABEL
    assert by_pair["files", "IS-19"] is None
    (page,) = folder.rglob("*.html")
    html = page.read_text()
    assert f"fails: nightly ({LABEL})" in html
    for part in ("standing", "now", "findings", "passes"):
        section = html.split(f'<section aria-labelledby="{part}">')[1].split("</section>")[0]
        assert LABEL.casefold() in section.casefold(), part
    assert "Commands, in a PowerShell" in html


def kept(tmp_path: Path, said: str) -> None:
    store = Store(tmp_path / "state" / "pepperbird.db")
    try:
        run = store.load(store.find("latest"))
        mine = [one for one in run.posture if one.asset in ("files", "share") and one.state == "pass"]
        assert mine
        assert {str(one.assurance) for one in mine} == {"self-collected"}
        connection = run.transcripts["moh/files/kit"].connection
        assert connection["shell"] == "powershell/5.1.17763.1/administrator"
        assert str(connection["bundle"]) in said
        assert "clock_offset_ms" not in connection
    finally:
        store.close()


def refused(call: Call, site: Path, brought: dict[str, Path], tmp_path: Path) -> None:
    """Each with status 2 and one clear message, and no run that was begun."""
    good = brought["files"].read_bytes()
    nonce = good.split(b"nonce ")[1][:32]
    cases = {
        "unknown": (good.replace(nonce, b"0" * 32), "no kit"),
        "swapped": (good.replace(b"asset files\n", b"asset old\n", 1), "made for moh/files"),
        "altered": (good.replace(b"Get-Volume", b"Get-Disk  ", 1), "altered"),
        "limits": (good.replace(b" 262144 'none'", b" 262145 'none'", 1), "altered"),
        "unix": (good.replace(b"\r\n", b"\n"), "damaged"),
        "utf-16": (good.decode("latin-1").encode("utf-16"), "not a bundle"),
        "cut": (good[:-40], "damaged"),
        "unfinished": (good.replace(nonce + b" done", nonce + b" gone"), "cut short"),
    }
    for name, (data, why) in cases.items():
        path = tmp_path / f"{name}.bundle"
        path.write_bytes(data)
        status, out, err = call("ingest", path, "--site", site)
        assert (status, out) == (2, ""), name
        assert why in err, (name, err)
        assert "Traceback" not in err
    store = Store(tmp_path / "state" / "pepperbird.db")
    try:
        assert store.runs() == []
    finally:
        store.close()


def test_an_answer_in_utf_16_keeps_no_password_and_one_too_long_is_cut(call: Call, site: Path, tmp_path: Path) -> None:
    script = kits(call, site, tmp_path)["files"]
    answers = sampled("server-2019")
    system = answers["windows_system"].replace(b"Standard", b"https://u:hunter2@host/")
    answers |= {"windows_system": b"\xff\xfe" + system.decode().encode("utf-16-le"), "windows_time": b"x" * 20_000}
    path = tmp_path / "files.bundle"
    path.write_bytes(imitate(script, answers, began=int(time.time())))
    status, out, err = call("ingest", path, "--site", site, "--format", "json")
    assert status in (1, 3), err
    assert states(json.loads(out), "files")["DI-08"] == "error"
    store = Store(tmp_path / "state" / "pepperbird.db")
    try:
        said = store.load(store.find("latest")).transcripts["moh/files/kit"].probes
        assert b"hunter2" not in b"".join(one.stdout for one in said.values()).replace(b"\0", b"")
        assert b"17763" in said["windows.system"].stdout
        assert said["windows.time"].gap is not None
        assert len(said["windows.time"].stdout) == 16384
    finally:
        store.close()


def test_what_is_planned_and_handed_out_of_a_windows_server_can_be_shown(
    call: Call, site: Path, tmp_path: Path
) -> None:
    for command in (("plan", "--site", site), ("privileges", "--site", site), ("inventory", "lint", "--site", site)):
        status, _, err = call(*command)
        assert status in (0, 2), err
        assert "Traceback" not in err
    scan = json.loads(call("scan", "--site", site, "--format", "json")[1])
    assert set(states(scan, "files").values()) == {"unchecked", "unreachable"}
    assert any("pepperbird kit" in gap["remedy"] for gap in scan["gaps"])
