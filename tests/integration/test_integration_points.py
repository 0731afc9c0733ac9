"""The points that a report promises are true: its first five fixes are pasted as root into the badly kept machine of
the demo, and the next scan finds exactly the score that the report printed; then the same of all that a shell can mend
there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pepperbird.collect.interface import CollectOptions
from pepperbird.model.plan import Selection
from pepperbird.model.run import Run
from pepperbird.plan.make import make_plan
from pepperbird.report.build import build
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.gain import gain, mended_pairs
from pepperbird.report.render import render
from pepperbird.report.view import FIRST, ReportView, Todo
from pepperbird.report.view_ahead import Gain
from pepperbird.scan.clock import now
from pepperbird.scan.earlier import earlier_of
from pepperbird.scan.pipeline import scan
from pepperbird.store.runs import Store
from tests.integration.test_integration_fixes_pasted import DECISIONS, can_be_pasted, settled, worsen
from tests.support.archive import Archive
from tests.support.machines import Machine, missing
from tests.support.require import lacking, require
from tests.support.site_of_machine import Watched

pytestmark = [pytest.mark.slow, pytest.mark.machine]
NUMBER = 80
AGENCY = "sample"
NEW = ("jobs.backups-scheduled", "jobs.repository-backups")
"""Fixes that make something new, by which pairs are judged that were not before: what that brings nobody promised."""
BY_HAND = {
    "backup.credentials-apart": "asks for a second machine; its control has more open, so nothing is promised of it"
}
"""What of the first five has no commands, and why the promise holds without it."""


@dataclass
class Worth:
    """Three scans with fixes between: what was promised before each, and what was found after."""

    watched: Watched
    machine: Machine
    path: Path
    runs: list[Run] = field(default_factory=list)
    views: list[ReportView] = field(default_factory=list)
    promised: list[Gain] = field(default_factory=list)
    expected: list[frozenset[tuple[str, str]]] = field(default_factory=list)

    def look(self) -> AgencyFacts:
        """Scan as `pepperbird scan` does, and read what its report says."""
        watched = self.watched
        plan = make_plan(watched.catalog, watched.site, Selection(), at=now())
        options = CollectOptions(1, watched.folder / "known_hosts", watched.folder)
        run, site = scan(watched.catalog, watched.site, plan, self.path, options)
        store = Store(self.path)
        try:
            earlier = earlier_of(store, run, (AGENCY,), watched.catalog)[AGENCY]
        finally:
            store.close()
        facts = AgencyFacts(run, watched.catalog, site, AGENCY, earlier)
        self.runs.append(run)
        self.views.append(build(facts))
        return facts

    def promise(self, facts: AgencyFacts, todos: Sequence[Todo]) -> None:
        told = gain(facts, todos)
        assert told is not None
        self.promised.append(told)
        self.expected.append(mended_pairs(facts, frozenset(one.check for one in todos)))

    def paste(self, todos: Sequence[Todo]) -> None:
        for todo in todos:
            for name in todo.subjects.lines or (":",):
                done = DECISIONS.get(todo.check, ":")
                self.machine.run(f"{name}\n{todo.fix.shell}\n{settled(todo.check)}\n{done}")


def by_shell(todos: Sequence[Todo]) -> list[Todo]:
    """What of these a shell can mend here, in their order."""
    return [one for one in todos if one.fix.shell and can_be_pasted(one.check) and one.check not in NEW]


@pytest.fixture(scope="module")
def worth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worth]:
    if missing():
        lacking(", ".join(missing()))
    require("dpkg-deb", "gpg")
    folder = tmp_path_factory.mktemp("worth")
    watched = Watched(folder / "site", f"10.213.{NUMBER}.2")
    disks = ["/srv/data=16", "/mnt/backup=64"]
    machine = Machine("worth", NUMBER, "badly-kept.sh", folder / "m", watched.public_key, disks, watched.rights)
    with machine, Archive(folder / "archive", f"10.213.{NUMBER}.1") as archive:
        (watched.folder / "known_hosts").write_text("\n".join(machine.host_keys()) + "\n")
        worsen(machine, archive)
        found = Worth(watched, machine, folder / "pepperbird.db")
        facts = found.look()
        found.promise(facts, found.views[0].first)
        found.paste(by_shell(found.views[0].first))
        facts = found.look()
        rest = by_shell(found.views[1].todos)
        found.promise(facts, rest)
        found.paste(rest)
        found.look()
        yield found


def passing(run: Run) -> set[tuple[str, str]]:
    return {(one.control, one.asset) for one in run.posture if one.state == "pass"}


def test_the_first_five_are_pasted_as_they_stand_and_have_what_proves_them(worth: Worth) -> None:
    first = worth.views[0].first
    assert len(first) == FIRST
    assert all(one.proof for one in first)
    assert {one.check for one in first} - {one.check for one in by_shell(first)} == set(BY_HAND)
    assert {one.check: one.gains for one in first if one.check in BY_HAND} == dict.fromkeys(BY_HAND, 0.0)


def test_what_the_report_prints_is_what_the_next_scan_finds(worth: Worth) -> None:
    watched, run = worth.watched, worth.runs[0]
    printed = " ".join(render(run, watched.catalog, watched.site, AGENCY, "text").decode().split())
    before, after = (one.scores[AGENCY].figures.score for one in worth.runs[:2])
    assert f"all five bring the score from {before:.1f} to {after:.1f} (+{after - before:.1f})" in printed


@pytest.mark.parametrize("step", [0, 1], ids=["the first five", "what else a shell mends"])
def test_the_next_scan_finds_what_was_promised(worth: Worth, step: int) -> None:
    before, after = worth.runs[step], worth.runs[step + 1]
    assert passing(after) - passing(before) == worth.expected[step]
    promised, score = worth.promised[step], after.scores[AGENCY].figures.score
    assert (promised.before, promised.after) == (before.scores[AGENCY].figures.score, score)
    assert promised.points == round(score - promised.before, 1) > 0


def test_the_next_report_begins_with_what_got_better(worth: Worth) -> None:
    better = worth.views[1].better
    assert better is not None
    assert better.comparable and better.now - better.then == pytest.approx(worth.promised[0].points)
    named = {line.split()[0] for line in better.lines}
    assert named == {control for control, _ in worth.expected[0]}
    assert better.fell == ()


def test_a_real_report_is_small_enough_for_a_thin_line(worth: Worth) -> None:
    watched = worth.watched
    for run in worth.runs:
        for sort in ("html", "pdf"):
            assert len(render(run, watched.catalog, watched.site, AGENCY, sort)) < 150_000
        assert len(render(run, watched.catalog, watched.site, AGENCY, "message").decode()) <= 600
