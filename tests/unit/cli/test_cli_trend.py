"""`trend` by the command: agency and nation from a real store, since a day, and calls that cannot be carried out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from pepperbird.cli.main import main
from pepperbird.store.runs import Store
from tests.support.office import history, many
from tests.support.past import ROOT, Past, failing, other_rules

Call = Callable[..., tuple[int, str, str]]
NAMES = {"moh": "Ministry of Health", "mof": '=Ministry\x1b[31m of <Finance> & "Planning"'}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path))
    opened = Store(tmp_path / "pepperbird.db")
    yield opened
    opened.close()


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["trend", *arguments])
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


def a_year(past: Past) -> None:
    for month, score in ((1, 10.0), (2, 20.0), (3, 30.0), (4, 40.0)):
        rules = other_rules(content="sha256:new") if month > 2 else other_rules()
        late = [failing("moh", "2026-01-01T12:00:00Z"), failing("moh", f"2026-0{month}-28T12:00:00Z", "DS-12")]
        past.keep(f"2026-0{month}-28", {"moh": score, "mof": 5.0}, rules=rules, posture=late)
    past.keep("2026-04-29", {"moh": 99.0}, partial=True)
    past.keep("2026-04-30", {"moh": 50.0})


def test_an_agency_with_the_deadlines_of_then(store: Store, call: Call) -> None:
    a_year(Past(store, NAMES))
    status, out, _ = call("--agency", "moh")
    assert status == 0
    assert "5 full runs" in out and "99.0" not in out
    assert "10.0 → 50.0, by other rules" in out
    assert out.count("judged by other rules from here") == 2
    data = json.loads(call("--agency", "moh", "--format", "json")[1])
    assert [(one["open"], one["overdue"]) for one in data["points"]] == [(2, 1)] * 4 + [(0, 0)]
    assert [one["rules_changed"] for one in data["points"]] == [[], [], ["content"], [], ["content"]]
    later = json.loads(call("--agency", "moh", "--since", "2026-03-01", "--format", "json", "--standard", "ds")[1])
    assert [(one["score"], one["open"], one["overdue"]) for one in later["points"]] == [
        (15.0, 1, 0), (20.0, 1, 0), (25.0, 0, 0)
    ]  # fmt: skip
    assert later["points"][0]["rules_changed"] == []


def test_the_nation_has_only_runs_that_judged_everybody(store: Store, call: Call) -> None:
    a_year(Past(store, NAMES, b""))
    rows = list(csv.DictReader(io.StringIO(call("--nation", "--format", "csv")[1])))
    assert [(row["score"], row["panel_score"], row["reporting"]) for row in rows] == [
        (score, score, "2") for score in ("7.5", "12.5", "17.5", "22.5")
    ]
    assert [(row["open"], row["overdue"]) for row in rows] == [("2", "1")] * 4


def test_hostile_names_stay_names_in_every_format(store: Store, call: Call, tmp_path: Path) -> None:
    a_year(Past(store, NAMES, b""))
    for form in ("text", "csv", "json", "svg"):
        status, out, _ = call("--agency", "mof", "--format", form)
        assert status == 0 and "\x1b" not in out
    assert {row["name"][:2] for row in csv.DictReader(io.StringIO(call("--agency", "mof", "--format", "csv")[1]))} == {
        "'="
    }
    picture = tmp_path / "trend.svg"
    status, out, said = call("--agency", "mof", "--format", "svg", "--output", str(picture))
    assert (status, out) == (0, "") and "trend.svg" in said
    drawn = ElementTree.parse(picture)  # noqa: S314 - our own picture, of a hostile name
    assert "<Finance>" in (drawn.findtext("{http://www.w3.org/2000/svg}title") or "")


def test_what_there_is_no_trend_of_is_said(store: Store, call: Call) -> None:
    past = Past(store, NAMES, b"")
    assert "no full run in" in call()[2] and "no full run in" in call("--nation")[2]
    past.keep("2026-01-28", {"moh": 10.0})
    status, out, _ = call()
    assert status == 0 and "One run only" in out
    assert "judged every registered agency yet" in call("--nation")[2]
    assert "no full run looked at agency moh since 2027-01-01" in call("--since", "2027-01-01")[2]
    past.keep("2026-02-28", {"mof": 10.0})
    assert "name one with --agency" in call()[2]
    assert "no full run looked at agency nobody" in call("--agency", "nobody")[2]
    assert call("--agency", "")[0] == 2
    assert "exclude each other" in call("--agency", "moh", "--nation")[2]
    assert call("--since", "soon")[0] == call("--standard", "XX")[0] == 2


def test_a_tier_or_a_cohort_is_the_mean_of_its_agencies(store: Store, call: Call) -> None:
    site = many(5)
    history(store, site, ["2026-01-10", "2026-02-10"], b"")
    schema = json.loads((ROOT / "reports/schema/trend-1.json").read_text())
    found = {}
    for arguments in (("--tier", "standard"), ("--cohort", "critical/servers"), ("--cohort", "standard/databases")):
        data = json.loads(call(*arguments, "--format", "json")[1])
        Draft202012Validator(schema).validate(data)
        found[arguments[1]] = (data["group"], len(data["panel"]), [one["score"] for one in data["points"]])
        assert data["agency"] is None and {one["registered"] for one in data["points"]} == {None}
    assert found == {
        "standard": ("standard", 3, [24.0, 29.0]),
        "critical/servers": ("critical/servers", 1, [31.0, 36.0]),
        "standard/databases": ("standard/databases", 1, [38.0, 43.0]),
    }
    assert "Cohort standard/databases (1 registered)" in call("--cohort", "standard/databases")[1]
    (standard,) = {one["score"] for one in json.loads(
        call("--tier", "critical", "--standard", "DS", "--format", "json", "--since", "2026-02-01")[1]
    )["points"]}  # fmt: skip
    assert standard == 18.0


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--cohort", "standard/clouds"), "no cohort 'standard/clouds'; there are: "),
        (("--cohort", ""), "no cohort ''; there are: "),
        (("--cohort", "a\x1b[31m"), "no cohort "),
        (("--tier", "standard", "--cohort", "standard/other"), "one of --agency, --tier and --cohort only"),
        (("--tier", "standard", "--agency", "moh"), "one of --agency, --tier and --cohort only"),
        (("--tier", "critical"), "the newest register has no agency of the tier critical"),
    ],
)
def test_a_group_that_is_none_is_said(store: Store, call: Call, arguments: tuple[str, ...], why: str) -> None:
    Past(store, NAMES, b"").keep("2026-01-10", {"moh": 1.0, "mof": 2.0})
    status, out, err = call(*arguments)
    assert (status, out) == (2, "") and why in err and "\x1b" not in err
