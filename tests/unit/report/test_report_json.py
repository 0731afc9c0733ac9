"""The public JSON is what its schema says, whole and in part, and holds nothing that acts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from pepperbird.errors import UsageError
from pepperbird.model.run import Run
from pepperbird.model.text import clean
from pepperbird.report.render import render
from tests.support.runs import a_catalog, a_run, a_site, hostile_run, hostile_site

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "reports/schema/run-1.json").read_text())


def as_json(run: Run, agency: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render(run, a_catalog(str(ROOT)), a_site(), agency, "json"))
    return found


@pytest.mark.parametrize("run", [a_run(), a_run(scope="partial"), hostile_run()], ids=["full", "partial", "hostile"])
def test_it_is_what_its_schema_says(run: Run) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA, format_checker=FormatChecker()).validate(as_json(run))


def test_the_schema_allows_nothing_that_it_does_not_name() -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object":
                assert node["additionalProperties"] is False
                assert sorted(node["required"]) == sorted(node["properties"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(SCHEMA)


def test_the_top_has_the_documented_keys() -> None:
    data = as_json(a_run())
    assert list(data) == [
        "schema", "scope", "run", "agencies", "assets", "controls", "findings", "gaps", "waivers", "tailoring",
        "content_digest",
    ]  # fmt: skip
    assert (data["schema"], data["scope"]) == ("pepperbird.run/1", "full")
    assert data["agencies"][0]["score"] == 33.4
    assert data["agencies"][0]["standards"]["DI"] is None
    assert set(data["controls"][0]) == {"agency", "control", "asset", "state", "severity", "unproved"}


def test_every_finding_is_there_and_only_a_fail_has_a_fix() -> None:
    run = a_run()
    findings = as_json(run)["findings"]
    assert len(findings) == sum(len(clause.findings) for verdict in run.verdicts for clause in verdict.clauses)
    assert all((finding["fix"] is not None) == (finding["state"] == "fail") for finding in findings)


def test_a_partial_run_gives_no_agency_figures() -> None:
    agency = as_json(a_run(scope="partial"))["agencies"][0]
    assert {agency[key] for key in ("score", "upper", "coverage", "observed", "grade", "stage")} == {None}
    assert set(agency["standards"].values()) == {None}


def test_gaps_say_reason_remedy_and_what_they_hide() -> None:
    gaps = as_json(a_run())["gaps"]
    denied = next(gap for gap in gaps if gap["reason"] == "denied")
    assert denied["remedy"] == "pepperbird ALL=(root) NOPASSWD: /usr/sbin/sshd -T"
    assert denied["endpoint"] == "moh/app1/ssh"
    assert denied["controls"] == ["IS-20"]


def test_a_waiver_is_shown_and_laid_over_its_fail() -> None:
    data = as_json(a_run())
    assert [(waiver["id"], waiver["applied"]) for waiver in data["waivers"]] == [("w-2026-004", True)]
    states = {(row["control"], row["asset"]): row["state"] for row in data["controls"]}
    assert states[("DS-18", "db1")] == "waived"


def test_hostile_text_is_bounded_and_cannot_act() -> None:
    raw = render(hostile_run(), a_catalog(str(ROOT)), hostile_site(), None, "json")
    assert len(raw) < 1_000_000

    def walk(node: Any) -> None:
        if isinstance(node, str):
            assert len(node) <= 1000
            assert clean(node.replace("\n", " "), 2000) == node.replace("\n", " ")
        elif isinstance(node, dict):
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(json.loads(raw))
    assert b"\x1b" not in raw and "\u202e".encode() not in raw and b"\\u001b" not in raw


def test_an_unknown_agency_or_format_is_told() -> None:
    run = a_run()
    with pytest.raises(UsageError, match="it has: moh"):
        as_json(run, "mof")
    with pytest.raises(UsageError, match="there are: html, json, message, pdf, text"):
        render(run, a_catalog(str(ROOT)), a_site(), None, "docx")
