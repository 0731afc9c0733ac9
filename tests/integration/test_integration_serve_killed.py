"""kill -9 of `serve` at twenty points of runs: each endpoint is recorded once, and the verdict is that of one go.

A verdict says when each machine was read, to the second, so those times are set aside before two runs are compared; and
the digest that was stored, times and all, is compared with that of judging the same evidence in one go.
"""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pepperbird.bundle.find import find_content
from pepperbird.bundle.read import read_bundle
from pepperbird.collect.interface import CollectOptions
from pepperbird.inventory.read import read_site
from pepperbird.model.run import Run
from pepperbird.model.verdict import ClauseResult
from pepperbird.plan.make import make_plan
from pepperbird.scan.again import evaluate_again
from pepperbird.scan.pipeline import scan
from pepperbird.store.codec import verdicts_digest
from tests.support.recording import record_this_computer
from tests.support.serving import Serve, ask, count, opened, rows, site_of_recordings, wait_for

pytestmark = pytest.mark.slow

SERVERS, RUNS, KILLS = 12, 4, 5
RECORDED = "SELECT count(*) FROM transcripts"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed")
    return site_of_recordings(folder / "site", record_this_computer(folder / "machine"), SERVERS)


def killed_at(home: Path, site: Path, recorded: int, later: float) -> int:
    """Serve until so many endpoints are recorded, and a moment longer; gives how many were when it was killed."""
    with Serve(home, site) as serve:
        wait_for(
            lambda: count(home, RECORDED) >= recorded and count(home, "SELECT count(*) FROM runs"), lambda: serve.text
        )
        time.sleep(later)
        serve.kill()
    return count(home, RECORDED)


def decided(run: Run) -> str:
    """The digest of the verdicts, but for the second at which each machine was read."""
    return verdicts_digest([replace(one, clauses=tuple(map(_timeless, one.clauses))) for one in run.verdicts])


def _timeless(clause: ClauseResult) -> ClauseResult:
    return replace(clause, findings=tuple(replace(one, read_at="") for one in clause.findings))


def through_kills(home: Path, site: Path, chance: random.Random) -> list[int]:
    """One run, asked for beforehand, that `serve` is killed in again and again, and ends in the end."""
    home.mkdir()
    ask(home, "once")
    wanted = sorted(chance.randrange(SERVERS + 1) for _ in range(KILLS))
    points = [killed_at(home, site, one, chance.random() * 0.1) for one in wanted]
    with Serve(home, site) as serve:
        wait_for(lambda: count(home, "SELECT count(*) FROM requests WHERE state = 'done'"), lambda: serve.text)
        assert serve.stop() == 0
    return points


def test_a_run_that_was_killed_again_and_again_is_as_one_that_was_not(site: Path, tmp_path: Path) -> None:
    chance = random.Random(20261127)  # noqa: S311 - it picks moments, so that they are the same each time
    catalog, register = read_bundle(find_content(None)), read_site(site)
    points: list[int] = []
    for number in range(RUNS):
        home = tmp_path / f"home{number}"
        points += through_kills(home, site, chance)
        ((run_id, at, state),) = rows(home, "SELECT id, at, state FROM runs")
        assert state == "finished"
        assert rows(home, "SELECT endpoint, count(*) FROM transcripts GROUP BY endpoint ORDER BY endpoint") == [
            (f"moh/{one}/replay", 1) for one in sorted(f"s{n}" for n in range(SERVERS))
        ]
        assert rows(home, "SELECT count(*) FROM ledger WHERE kind = 'run'") == [(1,)]
        assert rows(home, "SELECT count(*) FROM works") == [(0,)]
        with opened(home) as store:
            disturbed = store.load(run_id)
            again = evaluate_again(store, run_id, catalog)
        assert again.same and not again.changed
        plan = make_plan(catalog, register, at=at)
        calm, _ = scan(catalog, register, plan, tmp_path / f"calm{number}.db", CollectOptions(parallel=4, root=site))
        assert decided(calm) == decided(disturbed)
        assert dict(calm.scores) == dict(disturbed.scores)
    assert len(points) == RUNS * KILLS == 20
    assert sum(0 < one < SERVERS for one in points) >= RUNS, f"too few kills were in the middle of a run: {points}"
