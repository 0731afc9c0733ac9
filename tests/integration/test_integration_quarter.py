"""A quarter of one poor agency, by stick: its reports show its first month of work, its stage moves, and no number
falls because of the link alone.

Two real servers that nobody can reach, visited three times with kits; between the visits what the reports ask for is
really done there. The office scans in between, where it sees nothing, and lives through months without a visit.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pepperbird.report.words import date
from tests.support.machines import Machine, missing
from tests.support.require import lacking, require
from tests.support.visits import AGENCY, PEOPLE, SIGN, Office, Said, first_visit, plugged

pytestmark = [pytest.mark.slow, pytest.mark.machine]
Json = dict[str, Any]
NUMBERS = {"records": 81, "front": 82}
FIXES = ("DI-07", "IS-20", "DS-12")
"""What of the first report is mended in the first month with the commands that it prints; and backups begin."""
ROOM = "rm -f /srv/data/export.dump"
"""What the agency decided where the report's commands show what fills the disk."""
NO_LINE = """\
echo nameserver 127.0.0.1 > /etc/resolv.conf
echo 'Acquire::Retries "0";' > /etc/apt/apt.conf.d/99once"""
PAPERS = ("BR-20.1", "DI-16.1", "DR-01.1", "DR-02.1", "DR-03.1", "DR-12.1", "DS-02.1")
ABSENT = ("web-endpoint", "mail-domain", "dns-domain")


@dataclass
class Quarter:
    """What the office had in hand, by the name of the moment."""

    office: Office
    runs: dict[str, Json] = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=dict)

    def took(self, name: str, said: Said) -> None:
        """Keep the run that a command took in or made."""
        assert said.status in (0, 1, 3), said.err
        self.runs[name] = json.loads(said.out)

    def figures(self, name: str) -> Json:
        found: Json = self.runs[name]["agencies"][0]
        return found

    def states(self, name: str) -> dict[tuple[str, str], str]:
        return {(one["control"], one["asset"]): one["state"] for one in self.runs[name]["controls"]}


@pytest.fixture(scope="module")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quarter]:
    if missing():
        lacking(", ".join(missing()))
    require("gzip", "touch")
    folder = tmp_path_factory.mktemp("quarter")
    office = Office(folder, first_visit(datetime.now(UTC).date()))
    office.found()
    with ExitStack() as stack:
        machines = {
            name: stack.enter_context(
                Machine(name, number, "badly-kept.sh", folder / "m", "", ["/srv/data=24", "/mnt/usb=64"])
            )
            for name, number in NUMBERS.items()
        }
        for machine in machines.values():
            machine.run(NO_LINE)
        found = Quarter(office)
        first_month(found, machines)
        second_month(found, machines)
        third_month(found, machines)
        yield found


def first_month(found: Quarter, machines: dict[str, Machine]) -> None:
    """The first visit, what the agency agrees to, and its work of a month."""
    office, site = found.office, ("--site", found.office.site)
    assert office.tell(-3, *office.kits()).status == 0
    brought = office.sticks(0, machines)
    fixes = office.folder / "fixes.sh"
    first, message, shell, plan, kits = office.run(
        0.2,
        ("ingest", *brought.values(), *site, "--format", "json"),
        ("report", "latest", "--format", "message"),
        ("report", "latest", "--format", "shell", "--output", fixes),
        ("agency", "plan", AGENCY, "--first", *site),
        office.kits(40),
    )
    assert (shell.status, kits.status) == (0, 0)
    found.took("first visit", first)
    found.said |= {"first message": message, "plan": plan}
    with ThreadPoolExecutor() as together:
        list(together.map(lambda one: mend(fixes, *one), machines.items()))
    office.dump(machines["records"], 3, 10, 17, 24, 30)


def mend(fixes: Path, name: str, machine: Machine) -> None:
    """Apply the report's own script to what is done first."""
    shutil.copy(fixes, plugged(machine) / "root" / "fixes.sh")
    listed = machine.run(f"sh /root/fixes.sh {name} list")
    numbers = re.findall(rf"^(\d+)\. .*\((?:{'|'.join(FIXES)})\)", listed, re.MULTILINE)
    assert len(numbers) >= 4, listed
    machine.run(f"cd /root; sh fixes.sh {name} apply {' '.join(numbers)} 2>&1; {ROOM}")


def second_month(found: Quarter, machines: dict[str, Machine]) -> None:
    """The second visit; the officer signs the register; a scan in the office, which asks nobody."""
    office, signing = found.office, (*SIGN, "--site", found.office.site)
    site = signing[2:]
    brought = office.sticks(31, machines)
    second, message, plan, week = office.run(
        31.2,
        ("ingest", *brought.values(), *site, "--format", "json"),
        ("report", "latest", "--format", "message", *site),
        ("agency", "plan", AGENCY, *site),
        ("brief", "officer", "--since", office.day(25)),
    )
    found.took("second visit", second)
    found.said |= {"second message": message, "second plan": plan, "second week": week}
    new = ("--until", "2039-12-31", *signing)
    root = ("--root-passphrase", "env:PEPPERBIRD_TEST_PASSPHRASE")
    *keys, scan, message, week = office.run(
        40,
        ("keys", "new", "office", "--root", "--holder", "Programme office", *new),
        *(("keys", "new", name, "--may", may, "--holder", who, *for_, *new, *root) for name, who, may, for_ in PEOPLE),
        ("inventory", "sign", AGENCY, "--key", "officer", *signing),
        ("scan", *site, "--format", "json"),
        ("report", "latest", "--format", "message", *site),
        ("brief", "officer", "--since", office.day(35)),
    )
    assert {one.status for one in keys} == {0}, keys
    found.took("in the office", scan)
    found.said |= {"message in the office": message, "week in the office": week}


def third_month(found: Quarter, machines: dict[str, Machine]) -> None:
    """Papers are signed and reviewed, backups go on; and what would be if not both sticks came home."""
    office, signing = found.office, (*SIGN, "--site", found.office.site)
    drafts, site = office.folder / "drafts", signing[2:]
    drafts.mkdir()
    (drafts / "paper.txt").write_text("What the county agreed on.\n")
    place = ("--document", drafts / "paper.txt", "--out", drafts, *site)
    who = ("--signer", "S. Signer", "--role", "Superintendent", "--from", office.day(45))
    *written, signed = office.run(
        50,
        *(("inventory", "review", AGENCY, kind, "--key", "reviewer", *signing) for kind in ABSENT),
        *(("attest", "new", AGENCY, clause, *who, *place) for clause in PAPERS),
        ("attest", "sign", *(drafts / f"{one}.draft.yaml" for one in PAPERS), "--key", "signer", *signing),
    )
    assert {one.status for one in (*written, signed)} == {0}, written
    records = dict.fromkeys(re.findall(r"record ([0-9a-f]{12})", signed.out))
    *reviewed, kits, scan = office.run(
        51,
        *(("attest", "review", one, "--key", "reviewer", *signing) for one in records),
        office.kits(),
        ("scan", *site, "--format", "json"),
    )
    assert [one.status for one in (*reviewed, kits)] == [0] * (len(PAPERS) + 1), reviewed
    found.took("with papers", scan)
    office.dump(machines["records"], 37, 44, 51, 58, 61)
    brought = office.sticks(62, machines)
    without_a_visit(found, brought["records"])
    third, message, trend, page, paper, quarter = office.run(
        62.2,
        ("ingest", *brought.values(), *site, "--format", "json"),
        ("report", "latest", "--format", "message", *site),
        ("trend", "--agency", AGENCY, "--format", "json"),
        ("report", "latest", "--format", "html", "--output", office.folder / "bassa.html", *site),
        ("report", "latest", "--format", "pdf", "--output", office.folder / "bassa.pdf", *site),
        ("brief", "quarter", office.quarter, "--format", "json"),
    )
    assert (page.status, paper.status) == (0, 0), page.err + paper.err
    found.took("third visit", third)
    found.said |= {"third message": message, "trend": trend, "quarter": quarter}
    found.took("after it", office.tell(80, "scan", *site, "--format", "json"))


def without_a_visit(found: Quarter, one: Path) -> None:
    """What would be, each from the same moment: only one stick came; none came, or one too late."""
    office, site = found.office, ("--site", found.office.site)
    store, then = office.folder / "state", office.folder / "then"
    shutil.copytree(store, then)
    half, week = office.run(
        62.2, ("ingest", one, *site, "--format", "json"), ("brief", "officer", "--since", office.day(55))
    )
    found.took("one stick", half)
    found.said["week of one stick"] = week
    back(store, then)
    late, points, dark, diff, week = office.run(
        80,
        ("ingest", one, *site),
        ("trend", "--agency", AGENCY, "--format", "json"),
        ("scan", *site, "--format", "json"),
        ("diff", "--format", "json"),
        ("brief", "officer", "--since", office.day(74)),
    )
    found.took("no stick", dark)
    found.said |= {"too late": late, "trend then": points, "diff of no stick": diff, "week of no stick": week}
    back(store, then)


def back(store: Path, then: Path) -> None:
    """The store as it was: of what might have been, nothing was."""
    shutil.rmtree(store)
    shutil.copytree(then, store)


def test_the_first_report_shows_the_first_month_of_work(quarter: Quarter) -> None:
    message = quarter.said["first message"].out
    assert len(message) <= 600
    things = re.findall(r"^\d\. .*\((?:minutes|hours), by \d+ \w+ \d{4}\)$", message, re.MULTILINE)
    assert len(things) == 5, message
    plan = quarter.said["plan"].out
    assert "Of 5 items in the agreed plan none is done; 5 open." in plan
    assert quarter.office.day(0) in plan, "deadlines begin when it is agreed"
    second = quarter.said["second plan"].out
    assert re.search(r"^DI-07 .* done ", second, re.MULTILINE), second
    assert "open    31 days" in second, "age is shown"


def test_what_was_done_raises_the_score_and_stands_first(quarter: Quarter) -> None:
    first, second = quarter.states("first visit"), quarter.states("second visit")
    for control in ("DI-07", "DS-12"):
        for server in NUMBERS:
            assert (first[control, server], second[control, server]) == ("fail", "pass")
    for pair in (("BR-01", "deeds"), ("BR-01", "permits"), ("BR-02", "disk")):
        assert (first[pair], second[pair]) == ("error", "pass"), pair
    rise = round(quarter.figures("second visit")["score"] - quarter.figures("first visit")["score"], 1)
    assert rise > 5
    assert f"Up {rise} since" in quarter.said["second message"].out
    assert "Thank them" in quarter.said["second week"].out


def test_its_stage_moves_when_the_work_is_done(quarter: Quarter) -> None:
    names = ("first visit", "second visit", "in the office", "with papers", "third visit", "after it")
    stages = [None, None, "Registered", "Seen", "Seen", "Seen"]
    assert [quarter.figures(name)["stage"] for name in names] == stages
    assert quarter.figures("third visit")["grade"] < quarter.figures("first visit")["grade"] == "E"
    trend = json.loads(quarter.said["trend"].out)["points"]
    scores = [one["score"] for one in trend]
    assert scores == sorted(scores)
    assert len(scores) == 5


@pytest.mark.parametrize(
    ("before", "after"),
    [("second visit", "in the office"), ("third visit", "after it")],
    ids=["nine days after a visit", "eighteen days after a visit"],
)
def test_a_scan_in_the_office_lets_every_number_stand(quarter: Quarter, before: str, after: str) -> None:
    for figure in ("score", "upper", "coverage", "observed", "grade"):
        assert quarter.figures(after)[figure] == quarter.figures(before)[figure], figure
    then, now = quarter.states(before), quarter.states(after)
    conclusive = ("pass", "fail", "not_applicable")
    assert {pair: now[pair] for pair, state in then.items() if state in conclusive} == {
        pair: state for pair, state in then.items() if state in conclusive
    }


def test_the_things_to_do_are_told_too_where_nobody_looked_again(quarter: Quarter) -> None:
    def things(name: str) -> list[str]:
        return re.findall(r"^\d\. (.*) \(", quarter.said[name].out, re.MULTILINE)

    assert things("message in the office") == things("second message") != []


def test_the_officer_blames_nobody_for_a_server_that_is_visited(quarter: Quarter) -> None:
    for name in ("week in the office", "week of one stick"):
        week = quarter.said[name].out
        assert "DARK  nothing" in week
        assert "Ask to be let in" not in week
        assert "Visit it:" not in week
        assert "FELL  nothing" in week
    assert "Visit it" not in quarter.said["week in the office"].out, "36 of the 45 days are left"


def test_a_visit_is_asked_for_before_what_the_last_one_showed_is_too_old(quarter: Quarter) -> None:
    """One stick came on day 62: what the other showed on day 31 counts for 45 days at the lowest tier."""
    week = " ".join(quarter.said["week of one stick"].out.split())
    said = re.search(
        r"Visit it within 14 days: what was seen of 1 server on (.*?) is too old from (.*?) on, and (\d+) results "
        r"would count no more; bring new kits \(`pepperbird kit bassa`\)\.",
        week,
    )
    assert said is not None, week
    assert said.group(1, 2) == tuple(date(quarter.office.day(day)) for day in (31, 76))
    then = quarter.states("no stick")
    stale = [pair for pair, state in then.items() if state == "stale" and pair[1] in ("front", "permits")]
    assert int(said[3]) == len(stale)


def test_a_month_with_one_stick_alone_takes_nothing_from_the_other_server(quarter: Quarter) -> None:
    before, half = quarter.figures("with papers"), quarter.figures("one stick")
    assert half["score"] >= before["score"]
    assert half["coverage"] >= before["coverage"]
    then, now = quarter.states("with papers"), quarter.states("one stick")
    theirs = {pair for pair in then if pair[1] in ("front", "permits")}
    assert {pair: now[pair] for pair in theirs} == {pair: then[pair] for pair in theirs}


def test_a_stick_that_comes_too_late_is_refused_and_changes_nothing(quarter: Quarter) -> None:
    late = quarter.said["too late"]
    assert (late.status, late.out) == (2, "")
    assert "make a new one" in late.err
    points = json.loads(quarter.said["trend then"].out)["points"]
    assert [one["at"][:10] for one in points] == [quarter.office.day(day) for day in (0, 31, 40, 51)]


def test_without_any_stick_for_too_long_it_is_dark_by_link_and_nothing_failed(quarter: Quarter) -> None:
    before, dark = quarter.figures("with papers"), quarter.figures("no stick")
    assert dark["score"] < before["score"], "49 days are more than the 45 for which a visited server stays fresh"
    assert dark["upper"] == before["upper"]
    changes = json.loads(quarter.said["diff of no stick"].out)["agencies"][0]["changes"]
    assert changes
    assert {(one["kind"], one["cause"], one["then"], one["now"]) for one in changes} == {
        ("fell", "link", "pass", "stale")
    }
    assert [one for one in quarter.states("no stick").values() if one == "fail"] == [
        one for one in quarter.states("with papers").values() if one == "fail"
    ]
    week = " ".join(quarter.said["week of no stick"].out.split())
    assert f"Visit it: what was seen of 2 servers on {date(quarter.office.day(31))} is too old now, " in week
    assert "Bring new kits (`pepperbird kit bassa`). No fault is known." in week


def test_its_reports_and_the_quarters_are_written(quarter: Quarter) -> None:
    folder = quarter.office.folder
    assert len(quarter.said["third message"].out) <= 600
    assert (folder / "bassa.html").stat().st_size < 150_000
    assert (folder / "bassa.pdf").read_bytes().startswith(b"%PDF-")
    told = json.loads(quarter.said["quarter"].out)
    indicators = {one["id"]: one["actual"] for one in told["indicators"]}
    assert indicators["onboarded"]
    assert indicators["seen"]
