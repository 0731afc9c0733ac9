"""Assessment results and plan of action: valid by NIST's schemas and compliance-trestle, honest about the unknown."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from pepperbird.errors import UsageError
from pepperbird.model.run import Run
from pepperbird.model.state import State
from pepperbird.report.render import render
from tests.support.require import oracle
from tests.support.runs import Row, a_catalog, a_run, a_site, hostile_run, hostile_site

SCHEMAS = Path(__file__).parents[2] / "schemas" / "oscal-1.2.1"
FORMS = {
    "oscal-ar": ("assessment-results.json", "assessment_results", "AssessmentResults"),
    "oscal-poam": ("poam.json", "poam", "PlanOfActionAndMilestones"),
}
TRESTLE = (
    "import sys, importlib\n"
    "from pathlib import Path\n"
    "for file, module, name in zip(sys.argv[1::3], sys.argv[2::3], sys.argv[3::3]):\n"
    "    read = getattr(importlib.import_module(f'trestle.oscal.{module}'), name).oscal_read(Path(file))\n"
    "    assert read is not None, file\n"
    "    print(read.metadata.oscal_version.root.root)\n"
)
PASSING: Row = ("IS-21", "app1", [("IS-21.1", State.PASS, "", "nothing pending", "in time", None)])
RUNS = {"full": a_run(), "partial": a_run(scope="partial"), "hostile": hostile_run(), "passing": a_run(rows=[PASSING])}


def document(form: str, run: Run) -> dict[str, Any]:
    (found,) = json.loads(render(run, a_catalog("."), a_site(), None, form)).values()
    assert isinstance(found, dict)
    return found


def result(run: Run) -> dict[str, Any]:
    (found,) = document("oscal-ar", run)["results"]
    assert isinstance(found, dict)
    return found


def by_title(listed: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["title"].replace("`", ""): one for one in listed}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("form", FORMS)
def test_it_is_what_nists_schema_says(form: str, run: Run) -> None:
    validator = jsonschema_rs.validator_for(json.loads((SCHEMAS / FORMS[form][0]).read_text()))
    data = json.loads(render(run, a_catalog("."), hostile_site(), None, form))
    assert [f"{error.instance_path}: {error.message}"[:300] for error in validator.iter_errors(data)] == []


def test_the_schema_would_say_what_is_wrong() -> None:
    data = json.loads(render(a_run(), a_catalog("."), a_site(), None, "oscal-ar"))
    data["assessment-results"]["results"][0]["findings"][0]["target"]["status"]["state"] = "unknown"
    validator = jsonschema_rs.validator_for(json.loads((SCHEMAS / "assessment-results.json").read_text()))
    assert len(list(validator.iter_errors(data))) == 1


def test_compliance_trestle_reads_both(tmp_path: Path) -> None:
    python = oracle("python")
    arguments: list[str] = []
    for name, run in RUNS.items():
        for form, (_, module, model) in FORMS.items():
            file = tmp_path / f"{name}-{form}.json"
            file.write_bytes(render(run, a_catalog("."), a_site(), None, form))
            arguments += [str(file), module, model]
    done = subprocess.run([python, "-c", TRESTLE, *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["1.2.1"] * len(RUNS) * 2


def test_only_what_passes_is_satisfied() -> None:
    run = a_run()
    states = {f"{one.control} on {one.asset}": one.state for one in run.posture}
    found = by_title(result(run)["findings"])
    assert set(found) == {pair for pair, state in states.items() if state is not State.NOT_APPLICABLE}
    for pair, finding in found.items():
        status = finding["target"]["status"]
        wanted = {State.PASS: ("satisfied", "pass"), State.FAIL: ("not-satisfied", "fail"),
                  State.WAIVED: ("not-satisfied", "fail")}  # fmt: skip
        assert (status["state"], status["reason"]) == wanted.get(states[pair], ("not-satisfied", "other"))
        if states[pair].unknown:
            assert "neither a pass nor a proved fail" in status["remarks"]
    assert sum(state.unknown for state in states.values()) >= 8


def test_an_accepted_delay_is_an_approved_deviation_with_who_and_until() -> None:
    (risk,) = [one for one in result(a_run())["risks"] if one["status"] == "deviation-approved"]
    assert risk["title"] == "DS-18 on db1 fails"
    told = risk["mitigating-factors"][0]["description"].replace("`", "")
    assert told.startswith("Accepted by PMO, B. Kollie until 2026-12-31: The vaccine scanner is read by USB.")


def test_a_fail_has_its_deadline_and_its_fixes() -> None:
    risk = by_title(result(a_run())["risks"])["IS-20 on db1 fails"]
    assert (risk["status"], risk["deadline"]) == ("open", "2026-12-23T23:59:59Z")
    assert [one["title"] for one in risk["remediations"]] == [
        "Root cannot log in over SSH with a password", "Log-in over SSH needs a key",
    ]  # fmt: skip


def test_what_does_not_apply_is_observed_and_no_finding() -> None:
    found = result(a_run())
    assert "DS-18 on app1" not in by_title(found["findings"])
    said = [one["description"] for one in found["observations"] if "DS-18.2 on app1" in one["description"]]
    assert len(said) == 1 and "has no USB" in said[0]


def test_the_plan_of_action_has_an_item_for_each_pair_that_does_not_pass() -> None:
    run = a_run()
    items = document("oscal-poam", run)["poam-items"]
    open_ = [one for one in run.posture if one.state not in (State.PASS, State.NOT_APPLICABLE)]
    assert len(items) == len(open_)
    states = [prop["value"] for item in items for prop in item["props"] if prop["name"] == "state"]
    assert sorted(states) == sorted(str(one.state) for one in open_)


def test_where_nothing_was_judged_there_are_no_results() -> None:
    with pytest.raises(UsageError, match="judged nothing"):
        document("oscal-ar", a_run(rows=[]))


def test_with_nothing_open_the_plan_says_so() -> None:
    (item,) = document("oscal-poam", RUNS["passing"])["poam-items"]
    assert item["title"] == "Nothing is open"


def test_what_stands_from_an_earlier_run_is_said_to() -> None:
    run = a_run()
    old = next(one for one in run.posture if (one.control, one.asset) == ("IS-20", "old1"))
    failing = replace(old, state=State.FAIL, since="2026-11-01T00:00:00Z", failing_since="2026-11-01T00:00:00Z")
    found = result(replace(run, posture=tuple(failing if one is old else one for one in run.posture)))
    assert by_title(found["findings"])["IS-20 on old1"]["target"]["status"]["reason"] == "fail"
    (said,) = [one for one in found["observations"] if one["types"] == ["historic"]]
    assert "could not look again" in said["description"]
    assert said["collected"] == "2026-11-01T00:00:00Z"


@pytest.mark.parametrize("form", FORMS)
def test_every_reference_leads_somewhere_and_every_id_is_one(form: str) -> None:
    text = json.dumps(document(form, hostile_run()))
    defined = re.findall(r'"uuid": "([0-9a-f-]{36})"', text)
    named = re.findall(r'"(?:observation|risk|finding|subject)-uuid": "([0-9a-f-]{36})"', text)
    assert len(defined) == len(set(defined)) > 50
    assert named and set(named) <= set(defined)


def test_ids_are_the_same_for_the_same_run_and_others_for_another() -> None:
    run = a_run()
    assert document("oscal-ar", run) == document("oscal-ar", a_run())
    other = result(replace(run, id="20261124T120000Z-0001"))
    assert not {one["uuid"] for one in other["findings"]} & {one["uuid"] for one in result(run)["findings"]}


@pytest.mark.parametrize("form", FORMS)
def test_a_document_is_of_one_agency(form: str) -> None:
    run = a_run()
    both = replace(run, plan=replace(run.plan, agencies=("moh", "mof")))
    with pytest.raises(UsageError, match="name one agency"):
        render(both, a_catalog("."), a_site(), None, form)
