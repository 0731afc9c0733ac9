"""Real runs before and after the standards changed: judged again, both series side by side, held by `verify`."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pepperbird.cli.main import main
from tests.support.recording import ROOT, record_this_computer
from tests.support.serving import opened, site_of_recordings

Call = Callable[..., tuple[int, str, str]]
FOLDERS = ("policies", "baselines", "checks", "collectors", "reports")
ROOM = "min_free_pct: 15, max_pool_used_pct: 85"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with two machines, and content of the PMO that wants more free room than there is."""
    folder = tmp_path_factory.mktemp("rejudge")
    recording = record_this_computer(folder / "machine")
    site_of_recordings(folder / "site", recording, 2)
    for one in FOLDERS:
        shutil.copytree(ROOT / one, folder / "new" / one)
    standard = folder / "new" / "baselines" / "standard.yaml"
    text = standard.read_text()
    assert ROOM in text
    standard.write_text(text.replace(ROOM, "min_free_pct: 99, max_pool_used_pct: 1"))
    return folder


@pytest.fixture(scope="module")
def home(place: Path) -> Path:
    """Two runs by the rules of then, one by those of now, one second apart at least."""
    home = place / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PEPPERBIRD_HOME", str(home))
        for more in ((), (), ("--content", place / "new")):
            with pytest.raises(SystemExit):
                main([str(one) for one in ("scan", "--site", place / "site", *more, "--format", "json")])
            time.sleep(1)
    return home


@pytest.fixture
def call(place: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(home))

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(one) for one in arguments])
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


def points(call: Call, *arguments: str) -> dict[str, Any]:
    data = json.loads(call("trend", *arguments, "--format", "json")[1])
    Draft202012Validator(json.loads((ROOT / "reports/schema/trend-1.json").read_text())).validate(data)
    return dict(data)


def test_both_series_are_kept_and_the_step_is_parted(call: Call, home: Path, place: Path) -> None:
    before = points(call)
    assert before["series"] is None and {one["again"] for one in before["points"]} == {None}
    with opened(home) as store:
        runs = [one.id for one in store.full_runs()]
        stored = {run: store.load(run).digests.verdicts for run in runs}
        standing = {run: store.standing_digest(run) for run in runs}
    status, out, err = call("rejudge", "--site", place / "site")
    assert status == 0 and "Judged again: 3 full runs by the rules of now" in out, err
    with opened(home) as store:
        assert stored == {run: store.load(run).digests.verdicts for run in runs}
        assert standing == {run: store.standing_digest(run) for run in runs}

    after = points(call)
    assert [one | {"again": None, "step": None} for one in after["points"]] == before["points"]
    first, second, third = after["points"]
    assert after["series"]["rules_of_now"] and after["series"]["last_run"] == runs[-1]
    assert first["again"]["score"] == second["again"]["score"] == third["score"] == third["again"]["score"]
    assert third["score"] < second["score"] == first["score"]
    assert third["rules_changed"] == ["content", "baseline"]
    assert third["step"] == {"by_same_rules": 0.0, "by_new_rules": round(third["score"] - second["score"], 1)}
    assert third["fell"] == {"rules": third["fell"]["rules"]} and third["again"]["fell"] == {}
    assert second["fell"] == {} and first["fell"] is None


def test_every_format_names_both(call: Call, home: Path) -> None:
    text = call("trend")[1]
    assert "by the rules of then" in text and "by the rules of now" in text and "Score now" in text
    assert "the new rules are -" in text and "what really changed is +0.0" in text
    rows = list(csv.DictReader(io.StringIO(call("trend", "--nation", "--format", "csv")[1])))
    assert {row["again_score"] for row in rows} == {rows[-1]["score"]} != {rows[0]["score"]}
    assert {row["again_panel_score"] for row in rows} == {rows[-1]["panel_score"]}
    assert [row["fell_link"] for row in rows] == ["", "0", "0"] and int(rows[2]["fell_rules"]) > 0
    drawn = call("trend", "--format", "svg")[1]
    assert "Score then" in drawn and "Score now" in drawn and "by the rules of now" in drawn
    page = call("report", "--format", "html")[1]
    assert "Score then" in page and "Score now" in page
    for standard in ("DS", "IS"):
        whole = points(call, "--standard", standard)["points"]
        assert whole[-1]["score"] == whole[0]["again"]["score"]


def test_it_is_done_once_and_the_report_of_an_old_run_does_not_change(call: Call, home: Path, place: Path) -> None:
    status, out, _ = call("rejudge", "--site", place / "site")
    assert status == 0 and "already" in out
    with opened(home) as store:
        oldest = store.full_runs()[0].id
        assert len(store.series.all()) == 1
    assert call("evaluate", oldest)[0] == 0
    status, out, _ = call("rejudge", "--site", place / "site", "--content", ROOT)
    assert status == 0 and "Judged again: 3" in out, "by the rules of then, for comparison"
    assert points(call)["series"]["rules_of_now"], "a trend keeps to the rules of its newest run"


def test_an_edited_series_is_named(call: Call, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("verify", "--no-judging")[0] == 0
    shutil.copy(home / "pepperbird.db", tmp_path / "pepperbird.db")
    with closing(sqlite3.connect(tmp_path / "pepperbird.db")) as db:
        db.executescript("UPDATE series_figures SET score = 999 WHERE series = 1")
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path))
    status, _, err = call("verify", "--no-judging")
    assert status == 1 and "series 1: what runs say when they are judged again was changed" in err, err


def test_what_was_pruned_is_said_to_be_missing(
    call: Call, home: Path, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(home / "pepperbird.db", tmp_path / "pepperbird.db")
    with closing(sqlite3.connect(tmp_path / "pepperbird.db")) as db:
        db.execute("PRAGMA foreign_keys = ON")
        first, second, _ = (row[0] for row in db.execute("SELECT id FROM runs ORDER BY id"))
        db.execute("DELETE FROM runs WHERE id = ?", (first,))
        db.execute("DELETE FROM transcripts WHERE run = ?", (second,))
        db.executescript("DELETE FROM series; DELETE FROM series_marks; DELETE FROM series_figures")
        db.commit()
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path))
    status, out, _ = call("rejudge", "--site", place / "site", "--content", ROOT)
    assert status == 0 and "Judged again: 1 full run" in out and "Not judged again: 2" in out
    whole = points(call)
    assert [one["again_missing"] for one in whole["points"]] == ["pruned", "pruned", None]
    assert not whole["series"]["rules_of_now"]
    text = call("trend")[1]
    assert "for 2 runs: what their machines said is not kept any more" in text and "Judged new" in text
