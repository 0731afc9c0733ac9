"""`brief officer` and `brief quarter` by the command: real stores, names only where they are published, wrong calls."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from pepperbird.cli.main import main
from pepperbird.model.site import SiteFile
from pepperbird.scan import clock
from pepperbird.store.runs import Store
from tests.support.office import history, many
from tests.support.past import ROOT

Call = Callable[..., tuple[int, str, str]]
DAYS = ("2026-02-10", "2026-05-10", "2026-08-10", "2026-11-21")
NOW = "2026-11-27T00:00:00Z"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    opened = Store(tmp_path / "pepperbird.db")
    yield opened
    opened.close()


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["brief", *arguments])
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


def valid(kind: str, text: str) -> Any:
    schema = json.loads((ROOT / f"reports/schema/{kind}-1.json").read_text())
    found = json.loads(text)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(found)
    return found


def test_a_quarter_counts_agencies_and_names_none(store: Store, call: Call) -> None:
    history(store, many(40, "Secret {}"), DAYS, b"")
    status, page, _ = call("quarter", "2026Q4")
    found = call("quarter", "2026q4", "--format", "json")[1]
    assert status == 0
    for text in (page, found):
        assert "Secret" not in text and "secret" not in text and "example.org" not in text
    data = valid("quarter", found)
    assert [one["agencies"] for one in data["cohorts"]] == [8] * 5
    assert {one["id"] for one in data["agencies"]} == {None} and len(data["agencies"]) == 40
    by = {one["id"]: one for one in data["indicators"]}
    assert by["seen"]["actual"] == {"value": 40, "of": 40}
    assert by["restores"]["baseline"] == {"value": 0, "of": 40}
    assert by["restores"]["before"] == {"value": 27, "of": 40}
    assert by["restores"]["actual"] == {"value": 40, "of": 40}
    assert by["supported"]["actual"] == {"value": 32, "of": 40}
    assert (by["critical_open"]["before"]["value"], by["critical_open"]["actual"]["value"]) == (13, 0)
    assert by["days_to_fix"]["actual"]["value"] == 315
    assert data["fixed"] == 13 + 10
    assert round(data["nation"]["panel"]["now"]["score"] - data["nation"]["panel"]["before"]["score"], 1) == 5.0


def test_names_are_in_it_where_the_site_says_so(store: Store, call: Call) -> None:
    history(store, many(4, "Secret {}", SiteFile(name="Liberia", publish_names=True)), DAYS[:1], b"")
    data = valid("quarter", call("quarter", "2026Q1", "--format", "json")[1])
    assert {one["name"] for one in data["agencies"]} == {f"Secret {n}" for n in range(4)}
    assert "Secret 3" in call("quarter", "2026Q1")[1]


def test_the_settings_of_this_site_come_before_those_of_the_run(store: Store, call: Call, tmp_path: Path) -> None:
    history(store, many(4, "Secret {}"), DAYS[:1], b"")
    site = tmp_path / "site"
    site.mkdir()
    (site / "site.yaml").write_text("name: Ours\npublish_names: true\ntargets: {seen: 4, days_to_fix: 30.5}\n")
    data = valid("quarter", call("quarter", "2026Q1", "--site", str(site), "--format", "json")[1])
    by = {one["id"]: one for one in data["indicators"]}
    assert (data["site"], data["names_published"], by["seen"]["met"], by["days_to_fix"]["met"]) == (
        "Ours", True, True, None
    )  # fmt: skip
    (site / "site.yaml").write_text("name: Ours\ntargets: {sene: 4}\n")
    status, out, err = call("quarter", "2026Q1", "--site", str(site))
    assert (status, out) == (2, "")
    assert "no indicator 'sene'; there are: onboarded, seen" in err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("quarter", "2026"), "is no quarter; write the year and the number, as 2026Q4"),
        (("quarter", "2026Q5"), "is no quarter"),
        (("quarter", "2025Q4"), "nothing is known of 2025Q4; the first full run was in 2026Q1"),
        (("quarter", "2027Q1"), "today is in 2026Q4"),
        (("officer", "--since", "2026-12-24"), "2026-12-24 is still to come"),
        (("quarter", "2026Q1", "--site", "nowhere"), "is not a folder"),
    ],
)
def test_a_call_that_cannot_be_carried_out(store: Store, call: Call, arguments: tuple[str, ...], why: str) -> None:
    history(store, many(1), DAYS[:1], b"")
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert why in err


@pytest.mark.parametrize("arguments", [("quarter", "2026Q4"), ("officer",)])
def test_before_the_first_run_it_says_how_to_make_one(store: Store, call: Call, arguments: tuple[str, ...]) -> None:
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert "no full run in" in err and "pepperbird scan" in err


def test_a_quarter_without_a_run_says_so_and_counts_all_as_silent(store: Store, call: Call) -> None:
    history(store, many(3), DAYS[:1], b"")
    data = valid("quarter", call("quarter", "2026Q3", "--format", "json")[1])
    assert data["nation"]["now"] is None and data["nation"]["panel"] is None
    assert data["brief"]["opening"].startswith("No scan of this quarter")
    assert "3 agencies were not seen this quarter." in data["brief"]["asked"][0]
    assert "Agencies by standard" in call("quarter", "2026Q3")[1]


def test_the_officers_week_in_each_format(store: Store, call: Call, tmp_path: Path) -> None:
    history(store, many(4), (DAYS[2], DAYS[3]), b"")
    assert call("officer")[1].startswith("Liberia ")
    data = valid("officer", call("officer", "--format", "json")[1])
    assert data["since"] == "2026-11-20"
    assert "Officer 0, IT head" in call("officer", "--format", "html")[1]
    target = tmp_path / "week.html"
    status, out, err = call("officer", "--format", "html", "--output", str(target))
    assert (status, out) == (0, "") and str(target) in err
    assert "<!DOCTYPE html>" in target.read_text()[:40]


def test_an_agency_that_nobody_looked_at_is_dark_and_not_at_fault(store: Store, call: Call) -> None:
    past = history(store, many(3), DAYS[:2], b"")
    past.keep("2026-11-25", {"secret-000": 50.0})
    data = valid("officer", call("officer", "--format", "json")[1])
    assert [(one["agency"], one["cause"], one["last"][:10]) for one in data["dark"]] == [
        ("secret-001", None, "2026-05-10"), ("secret-002", None, "2026-05-10")
    ]  # fmt: skip
    assert data["calls"][0]["about"][0] == "Agree how it can be scanned: no full run looked at it since 10 May 2026."


@pytest.mark.parametrize("what", [("quarter", "2026Q4"), ("officer",)])
def test_a_pdf_is_written_whole(store: Store, call: Call, tmp_path: Path, what: tuple[str, ...]) -> None:
    history(store, many(3), DAYS, b"")
    paper = tmp_path / "paper.pdf"
    status, out, err = call(*what, "--format", "pdf", "--output", str(paper))
    assert (status, out, err) == (0, "", f"Report: {paper}\n")
    assert paper.read_bytes().startswith(b"%PDF-") and paper.read_bytes().rstrip().endswith(b"%%EOF")
