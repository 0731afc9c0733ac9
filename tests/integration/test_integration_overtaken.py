"""A bundle of a kit is taken in while `serve` waits for a machine of the same agency: none is lost or mixed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from pepperbird.cli.main import main
from pepperbird.scan.clock import now
from tests.support.kept_spans import kept_spans
from tests.support.recording import record_this_computer
from tests.support.require import require
from tests.support.serving import Serve, opened, site_of_recordings

pytestmark = pytest.mark.slow

NIGHTLY = "schedules: [{id: nightly, cron: '30 1 * * *', within: 600}]\n"
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record_this_computer(tmp_path_factory.mktemp("recording") / "machine")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(one) for one in arguments])
        said = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return left.value.code, said.out, said.err

    return run


@pytest.fixture
def site(tmp_path: Path, recording: Path) -> Path:
    """One machine answers, one is away, one is looked at by a kit."""
    folder = site_of_recordings(tmp_path / "site", recording, 1, lines=NIGHTLY)
    agency = folder / "agencies" / "moh.yaml"
    agency.write_text(agency.read_text() + (
        "  - {id: away, kind: linux-server, access: [{via: replay, at: gone}]}\n"
        "  - {id: stick, kind: linux-server, access: [{via: kit}]}\n"
    ))  # fmt: skip
    return folder


@pytest.fixture
def bundle(call: Call, home: Path, site: Path, tmp_path: Path) -> Path:
    require("dash")
    assert call("kit", "moh", "--site", site, "--out", tmp_path / "kits", "--contact", "PMO")[0] == 0
    subprocess.run(["dash", "collect.sh"], cwd=tmp_path / "kits" / "stick", check=True, capture_output=True)
    with opened(home) as store:
        store.schedules.see("nightly", "2026-01-01T00:00:00Z")
    return tmp_path / "kits" / "stick" / "moh-stick.bundle"


def observed(home: Path) -> dict[str, set[str]]:
    """By asset the assurances of what passes where the agency stands now."""
    with opened(home) as store:
        found: dict[str, set[str]] = {}
        for one in store.posture("moh"):
            if one.state == "pass":
                found.setdefault(one.asset, set()).add(str(one.assurance))
        for control, asset in {one.pair for one in kept_spans(store, "moh")}:
            mine = [one for one in kept_spans(store, "moh") if one.pair == (control, asset)]
            assert all(one.closed and one.closed <= two.opened for one, two in pairwise(mine))
    return found


def test_the_waiting_run_ends_first_and_the_bundle_stands_on_it(
    call: Call, home: Path, site: Path, bundle: Path
) -> None:
    with Serve(home, site, "--patience", "3000") as serve:
        waiting = serve.told("run-waits")["run"]
        status, _, err = call("ingest", bundle, "--site", site)
        assert status in (1, 3) and f"ends the run {waiting} of the same agency first" in err, err
        serve.told("run-ended", run=waiting)
        with opened(home) as store:
            newest = store.find("latest")
            assert store.sources(newest) == {"moh": waiting}
            assert not store.load(waiting).overtaken
        found = observed(home)
        assert found["s0"] == {"observed"} and found["stick"] == {"self-collected"}
    assert call("verify")[0] == 0


def test_a_run_that_ends_after_a_newer_one_is_kept_and_changes_nothing_else(
    call: Call, home: Path, site: Path, bundle: Path
) -> None:
    with Serve(home, site, "--patience", "3000") as serve:
        waiting = serve.told("run-waits")["run"]
        serve.kill()
    # its lease is late only after a while, and its process is known to be gone
    status, _, err = call("ingest", bundle, "--site", site)
    assert status in (1, 3) and f"The run {waiting} was begun and nobody goes on with it" in err
    before = observed(home)
    with opened(home) as store:
        newest, spans, figures = store.find("latest"), kept_spans(store, "moh"), store.marks("moh")
        store.works.hurry(waiting, now())
    with Serve(home, site, "--patience", "1") as serve:
        told = serve.told("run-overtaken", run=waiting)
        assert (told["agency"], told["newer"]) == ("moh", newest)
    assert observed(home) == before
    with opened(home) as store:
        assert (kept_spans(store, "moh"), store.marks("moh")) == (spans, figures)
        assert store.load(waiting).overtaken == {"moh": newest}
    said = call("report", waiting, "--format", "text")[1]
    assert "ended after a newer run" in said and newest in said
    assert call("verify")[0] == 0
