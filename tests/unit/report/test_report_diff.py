"""A comparison as text is what it was, as JSON what its schema says, and nothing in either acts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from pepperbird.model.agreed import PlanChange
from pepperbird.model.gap import GapReason
from pepperbird.model.state import State
from pepperbird.model.text import clean
from pepperbird.report.diff_json import render_diff_json
from pepperbird.report.diff_text import MOST, render_diff_text
from pepperbird.report.diff_words import FALL, GONE, KIND, NEW
from pepperbird.score.change import AgencyChange, Cause, Change, Kind, Side
from tests.support.past import agency_score
from tests.support.runs import HOSTILE

SCHEMA = json.loads((Path(__file__).parents[3] / "reports/schema/diff-1.json").read_text())


def moved(kind: Kind, then: State | None, now: State | None, cause: Cause | None = None, **more: object) -> Change:
    one = Change(kind, "IS-20", "Remote access", "app1", "high", True, then, now, cause)  # type: ignore[arg-type]
    return replace(one, **more)  # type: ignore[arg-type]


CHANGES = (
    moved(Kind.FIXED, State.FAIL, State.PASS),
    moved(Kind.SEEN, State.UNREACHABLE, State.PASS, control="DS-12", title="Room on disks", asset="old1"),
    moved(Kind.FELL, State.PASS, State.FAIL, Cause.FAILED, asset="db1"),
    moved(Kind.FELL, State.PASS, State.STALE, Cause.LINK, asset="far1", reason=GapReason.CONNECT_TIMEOUT),
    moved(Kind.FELL, State.PASS, State.ERROR, Cause.REFUSED, asset="db2", reason=GapReason.DENIED),
    moved(Kind.FELL, State.PASS, State.UNCHECKED, Cause.NO_COLLECTOR, asset="pg1", reason=GapReason.NO_COLLECTOR),
    moved(Kind.FELL, State.PASS, State.FAIL, Cause.RULES, asset="db3", rules=True),
    moved(Kind.FOUND, State.UNCHECKED, State.FAIL, Cause.FAILED, asset="db4", scored=False),
    moved(Kind.NEW, None, State.UNCHECKED, Cause.RULES, asset="db1", control="IS-21", title="Updates", rules=True),
    moved(Kind.GONE, State.PASS, None, Cause.REGISTER, asset="old2"),
)  # fmt: skip
CHANGE = AgencyChange(
    "moh", "Ministry of Health", Side("20261001T120000Z-aa", "2026-10-01T12:00:00Z", agency_score("moh", 41.9)),
    Side("20261123T120000Z-bb", "2026-11-23T12:00:00Z", agency_score("moh", 45.0)), ("content", "engine"), False,
    CHANGES, 210, 3,
)  # fmt: skip
GOLDEN = """\
Ministry of Health                                                 1 October 2026 → 23 November 2026
════════════════════════════════════════════════════════════════════════════════════════════════════
Score 41.9 → 45.0 (+3.1)   coverage 80.0 → 80.0 (same)   observed 31.9 → 35.0 (+3.1)
Grade D → D   stage Seen → Seen
Runs: 20261001T120000Z-aa → 20261123T120000Z-bb
! Not judged by the same rules: the standards or checks and pepperbird's version changed. The scores
  are not of one kind.

Fixed: 1
  ✓ IS-20  app1                  fails → passes · Remote access

Seen now, and in order: 1
  ✓ DS-12  old1                  could not be reached → passes · Room on disks

Fell: 5
  Failed: 1, the report says how to fix it
    ✗ IS-20  db1                   passes → fails · Remote access
  Dark by link: 1, could not be reached; no fault is known
    ? IS-20  far1                  passes → last result is too old · Remote access
  Refused: 1, it answered and would not let us look: the agency's move
    ? IS-20  db2                   passes → could not be decided · Remote access
  No collector yet: 1, nothing is built that could look: our move
    ○ IS-20  pg1                   passes → not checked yet · Remote access
  The rules changed here too: 1, how much of it is the agency's cannot be told
    ✗ IS-20  db3                   passes → fails · Remote access

Seen now, and failing (not known before): 1
  ✗ IS-20  db4                   not checked yet → fails; advisory · Remote access

New: 1
  New in the rules: 1, asked now of what was there before
    ○ IS-21  db1                   not checked yet · Updates

Gone: 1
  Gone from the register: 1, taken out by a record, or declared now
    ✓ IS-20  old2                  was: passes · Remote access

210 results stayed as they were.
3 results of now were seen in an earlier run: the machine was not reached.
"""


def hostile() -> AgencyChange:
    changes = tuple(moved(Kind.FELL, State.PASS, State.FAIL, Cause.FAILED, asset=text) for text in HOSTILE)
    return replace(CHANGE, name=HOSTILE[0] + HOSTILE[1], agency=HOSTILE[2], changes=changes)


def test_the_text_is_what_it_was() -> None:
    assert render_diff_text([CHANGE]).decode() == GOLDEN


@pytest.mark.parametrize("changes", [(), CHANGES * 10], ids=["none", "many"])
def test_nothing_and_much_are_told_within_the_width(changes: tuple[Change, ...]) -> None:
    lines = render_diff_text([replace(CHANGE, changes=changes, rules=())] * 2).decode().splitlines()
    assert max(map(len, lines)) <= 100
    assert len(lines) < 40 + 24 * MOST


def test_hostile_names_stay_names() -> None:
    text = render_diff_text([hostile()]).decode()
    assert all(clean(line, 200) == line and len(line) <= 100 for line in text.splitlines())
    raw = render_diff_json([hostile()]).decode()
    assert all(clean(line, 10_000) == line for line in raw.splitlines())


@pytest.mark.parametrize("change", [CHANGE, hostile(), replace(CHANGE, changes=())], ids=["full", "hostile", "none"])
def test_the_json_is_what_its_schema_says(change: AgencyChange) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    data = json.loads(render_diff_json([change]))
    Draft202012Validator(SCHEMA, format_checker=FormatChecker()).validate(data)
    assert len(data["agencies"][0]["changes"]) == len(change.changes)


def test_a_plan_that_asks_for_less_is_told_last() -> None:
    later = PlanChange(control="IS-20", asset="db1", how="later", then="2026-12-01", now="2027-05-01")
    gone = PlanChange(control="DS-12", how="dropped", then="2026-12-01", reason=HOSTILE[0] + "new disks come")
    change = replace(CHANGE, plan=(gone, later))
    text = render_diff_text([change]).decode()
    assert text.startswith(GOLDEN[: GOLDEN.index("\n210 results")])
    assert "The agreed plan asks for less: 2\n  · DS-12: dropped: " in text
    assert "  · IS-20@db1: later, by 1 May 2027 in place of 1 December 2026\n" in text
    assert all(clean(line, 200) == line for line in text.splitlines())
    data = json.loads(render_diff_json([change]))
    Draft202012Validator(SCHEMA, format_checker=FormatChecker()).validate(data)
    assert [(one["control"], one["how"], one["now"]) for one in data["agencies"][0]["plan"]] == [
        ("DS-12", "dropped", ""), ("IS-20", "later", "2027-05-01"),
    ]  # fmt: skip


def test_every_kind_and_cause_has_its_words_and_stands_in_the_schema() -> None:
    known = SCHEMA["$defs"]["change"]["properties"]
    assert set(KIND) == set(Kind) == set(known["kind"]["enum"])
    assert set(FALL) == set(Cause) == {*known["cause"]["enum"]} - {None}
    assert set(NEW) == set(GONE) == {Cause.REGISTER, Cause.RULES}
