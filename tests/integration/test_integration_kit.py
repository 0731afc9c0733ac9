"""A kit, really run here by three shells as root and by one as nobody, and taken in: judged as a scan of this computer
judges it, once, and never for another server or from an altered script."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pepperbird.errors import StoreError
from pepperbird.store.runs import Store
from tests.support.calling import called
from tests.support.require import require, require_root

SHELLS = {"dash": ["dash"], "bash": ["bash"], "busybox": ["busybox", "sh"], "nobody": ["dash"]}
AGENCY = """\
id: moh
name: Ministry of Health
tier: standard
sites: [{id: monrovia, country: LR}]
assets:
  - {id: dash, kind: linux-server, site: monrovia, access: [{via: kit}]}
  - {id: bash, kind: linux-server, site: monrovia, access: [{via: kit}]}
  - {id: busybox, kind: linux-server, site: monrovia, access: [{via: kit}]}
  - {id: nobody, kind: linux-server, site: monrovia, access: [{via: kit}]}
  - {id: here, kind: linux-server, site: monrovia, access: [{via: local}]}
"""
Call = Callable[..., tuple[int, str, str]]

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


def run_all(kits: Path, into: Path) -> dict[str, Path]:
    """Run every script, all at the same time; the bundles by server."""
    for folder in (into, *into.parents):
        if not folder.stat().st_mode & 1:
            folder.chmod(0o711)
    found, running = {}, []
    for name, shell in SHELLS.items():
        folder = into / name
        folder.mkdir()
        text = (kits / name / "collect.sh").read_bytes()
        (folder / "collect.sh").write_bytes(text)
        user = "nobody" if name == "nobody" else None
        if user:
            folder.chmod(0o777)
        running.append(
            subprocess.Popen([*shell, "collect.sh"], cwd=folder, user=user, stderr=subprocess.PIPE, text=True)
        )
        found[name] = folder / f"moh-{name}.bundle"
    for process in running:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
        assert "SHA-256" in said
    return found


def states(run: dict[str, Any], asset: str) -> dict[str, str]:
    return {one["control"]: one["state"] for one in run["controls"] if one["asset"] == asset}


def test_a_kit_is_judged_like_a_scan_once_and_stands_while_it_is_fresh(call: Call, site: Path, tmp_path: Path) -> None:
    require("dash", "bash", "busybox")
    require_root()
    status, out, _ = call("kit", "moh", "--site", site, "--out", tmp_path / "kits", "--contact", "PMO, box 9")
    assert status == 0
    assert out.count("collect.sh") == 5
    (tmp_path / "run").mkdir()
    bundles = run_all(tmp_path / "kits", tmp_path / "run")
    for folder in (tmp_path / "run").iterdir():
        assert {one.name for one in folder.iterdir()} == {"collect.sh", f"moh-{folder.name}.bundle"}
    assert bundles["dash"].stat().st_mode & 0o777 == 0o600

    refused(call, site, bundles, tmp_path)

    here = json.loads(call("scan", "--site", site, "--format", "json")[1])
    assert set(states(here, "dash").values()) == {"unchecked", "unreachable"}
    assert any("pepperbird kit" in gap["remedy"] and "dash" in gap["assets"] for gap in here["gaps"])

    status, out, err = call("ingest", *bundles.values(), "--site", site, "--format", "json")
    assert status in (1, 3), err
    taken = json.loads(out)
    for name in ("dash", "bash", "busybox"):
        assert states(taken, name) == states(here, "here")
    assert states(taken, "here") == states(here, "here"), "what no kit looked at stays as it stood"
    for control, state in states(taken, "nobody").items():
        assert state in (states(taken, "dash")[control], "error", "unchecked"), control
    assert "moh/nobody: it was not run as root" in err
    kept(tmp_path, err)
    status, out, _ = call("verify", "latest")
    assert (status, "All of it matches" in out) == (0, True), out

    again = json.loads(call("scan", "--site", site, "--format", "json")[1])
    seen = {one: state for one, state in states(taken, "dash").items() if state in ("pass", "fail", "not_applicable")}
    assert {one: states(again, "dash")[one] for one in seen} == seen
    status, _, err = call("ingest", bundles["dash"], "--site", site)
    assert (status, "good once" in err) == (2, True)


def kept(tmp_path: Path, said: str) -> None:
    """What the store keeps of it: its assurance, where it came from, and nothing that could be used twice."""
    store = Store(tmp_path / "state" / "pepperbird.db")
    try:
        run = store.load(store.find("latest"))
        mine = [one for one in run.posture if one.asset == "dash" and one.state == "pass"]
        assert mine
        assert {str(one.assurance) for one in mine} == {"self-collected"}
        theirs = [one for one in run.posture if one.asset == "here" and one.state == "pass"]
        assert {str(one.assurance) for one in theirs} == {"observed"}
        connection = run.transcripts["moh/dash/kit"].connection
        assert connection["user"] == "root"
        assert str(connection["bundle"]) in said
        kit = store.kits.find(str(connection["kit"]))
        assert kit is not None
        assert kit.run == run.id
        with pytest.raises(StoreError):
            store.finish(run, store.memory_after(run.id))
    finally:
        store.close()


def refused(call: Call, site: Path, bundles: dict[str, Path], tmp_path: Path) -> None:
    """Each with status 2 and one clear message, and not even a run that was begun."""
    good = bundles["dash"].read_bytes()
    nonce = good.split(b"nonce ")[1][:32]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    huge = tmp_path / "huge"
    with huge.open("wb") as file:
        file.truncate(200 << 20)
    swapped = good.replace(b"asset dash\n", b"asset bash\n", 1)
    frame = good.index(b"pepperbird 1 " + nonce)
    altered = good[:frame] + good[frame:].replace(b" none ", b" sudo ", 1)
    program = good.replace(b"umask 077", b"umask 000", 1)
    cases = {
        "unknown": (good.replace(nonce, b"0" * 32), "no kit"),
        "swapped": (swapped, "made for moh/dash"),
        "frame": (altered, "altered"),
        "program": (program, "altered"),
        "cut": (good[:-40], "damaged"),
        "text": (good.replace(b"\n", b"\r\n"), "not a bundle"),
        "bomb": (good[: good.index(b"\nasked ")] + b"\nasked 1\nout 99999999999\nerr 1\n\nx", "damaged"),
        "noise": (os.urandom(5000), "not a bundle"),
    }
    for name, (data, why) in cases.items():
        path = tmp_path / f"{name}.bundle"
        path.write_bytes(data)
        status, out, err = call("ingest", path, "--site", site)
        assert (status, out) == (2, ""), name
        assert why in err, (name, err)
        assert "Traceback" not in err
    for path, why in ((pipe, "not a file"), (huge, "larger"), (tmp_path, "folder"), (tmp_path / "no", "read")):
        status, _, err = call("ingest", path, "--site", site)
        assert (status, why in err) == (2, True), (path, err)
    status, _, err = call("ingest", bundles["dash"], bundles["dash"], "--site", site)
    assert (status, "twice" in err) == (2, True)
    store = Store(tmp_path / "state" / "pepperbird.db")
    try:
        assert store.runs() == []
    finally:
        store.close()
