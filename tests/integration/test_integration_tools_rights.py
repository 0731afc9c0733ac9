"""The least rights for the readers of backup tools, by the real sudo of a real machine.

Each line that the plan asks for works as it is written; where one is taken away, the repository is an error with it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pepperbird.inventory.read import read_site
from pepperbird.model.gap import GapReason
from pepperbird.model.plan import Plan, Selection
from pepperbird.model.state import State
from pepperbird.model.sudoers import quoted
from pepperbird.plan.make import make_plan
from pepperbird.plan.rights import rights
from pepperbird.scan.clock import now
from tests.support.let_in import ACCOUNT, FILE, Place, closed_machine, content, pepperbird, run_script
from tests.support.require import require, require_root

pytestmark = [pytest.mark.slow, pytest.mark.machine]
TOOLS = ("rsnapshot", "rsync", "barman", "bacula")
REPOSITORIES = """\
repositories:
  - {id: trees, tool: rsnapshot, on: db-1, path: /srv/trees, config: /etc/rsnapshot-trees.conf}
  - {id: copy, tool: rsync, on: db-1, path: /srv/copy, log: /srv/copy.log}
  - {id: cluster, tool: barman, on: db-1, path: /srv/barman}
  - {id: volumes, tool: bacula, on: db-1, path: /srv/volumes, config: /srv/bacula/bacula.db}
"""
SCENE = r"""
set -e
mkdir -p /srv/data /srv/copy /srv/barman/main/base/1/data /srv/volumes /srv/bacula; echo x > /srv/data/f
printf '%b\n' 'config_version\t1.2' 'snapshot_root\t/srv/trees/' 'cmd_rm\t/bin/rm' 'cmd_rsync\t/usr/bin/rsync' \
  'retain\tdaily\t7' 'lockfile\t/run/rsnapshot.pid' 'logfile\t/var/log/rsnapshot.log' \
  'backup\t/srv/data/\tdb-1/' > /etc/rsnapshot-trees.conf
umask 077
rsnapshot -c /etc/rsnapshot-trees.conf daily
rsync -a --log-file=/srv/copy.log /srv/data/ /srv/copy/
printf '%s\n' status=DONE "begin_time=$(date '+%F %T')+00:00" "end_time=$(date '+%F %T')+00:00" \
  > /srv/barman/main/base/1/backup.info
echo volume > /srv/volumes/Vol-1
sqlite3 /srv/bacula/bacula.db "
  CREATE TABLE Job (JobId, Type, Level, JobStatus, JobErrors, JobTDate, JobFiles, Name, ClientId);
  CREATE TABLE Client (ClientId, Name); CREATE TABLE Media (MediaId, StorageId, VolStatus, VolBytes, VolumeName);
  CREATE TABLE JobMedia (JobId, MediaId); INSERT INTO Client VALUES (1, 'db-1-fd'); INSERT INTO JobMedia VALUES (1, 1);
  INSERT INTO Job VALUES (1, 'B', 'F', 'T', 0, $(date +%s), 1, 'deeds', 1);
  INSERT INTO Media VALUES (1, 1, 'Append', 7, 'Vol-1')"
chmod 600 /var/log/rsnapshot.log
"""
NEEDLESS = ("/sbin/runuser",)
"""Lines for a catalogue in PostgreSQL, where this one is a file."""


class Whole(Place):
    """Judges the repositories too, not the machine alone."""

    def plan(self) -> Plan:
        return make_plan(content(), read_site(self.site), Selection(deep=True), at=now())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    require("rsnapshot", "rsync", "sqlite3")
    require_root()
    with closed_machine(tmp_path_factory.mktemp("tools"), "tol", 60) as (machine, site):
        file = site / "agencies" / "moh.yaml"
        file.write_text(file.read_text() + REPOSITORIES)
        machine.run(
            "rm -rf /srv/trees /srv/copy /srv/copy.log /srv/barman /srv/volumes /srv/bacula /var/log/rsnapshot.log"
        )
        run_script(machine, SCENE)
        run_script(machine, pepperbird("access", "db-1", "--site", site))
        yield Whole(machine, site)


def of_tools(place: Place) -> dict[str, str]:
    """The lines that the readers of the tools need, as sudoers writes them, and the reader."""
    found = {}
    for one in rights(place.plan().endpoints)[ACCOUNT]:
        for tool in TOOLS:
            if any(probe.startswith(f"{tool}.") for probe in one.probes):
                found[quoted(one.command)] = tool
    return found


def states(place: Place, *tools: str) -> dict[str, tuple[State, GapReason | None, str]]:
    """By repository: what BR-02 says of its newest restore point."""
    found = {}
    for (control, _, asset), findings in place.scan("storage", *(tools or TOOLS)).items():
        for one in findings:
            if control == "BR-02" and asset in ("trees", "copy", "cluster", "volumes"):
                gap = one.gap
                found[asset] = one.state, gap.reason if gap else None, gap.remedy if gap else ""
    return found


def test_the_lines_are_enough_and_each_is_needed(place: Place) -> None:
    passed = (State.PASS, None, "")
    assert states(place) == dict.fromkeys(("trees", "copy", "cluster", "volumes"), passed)
    text = place.machine.run(f"cat {FILE}")
    lines = of_tools(place)
    assert len(lines) == 4 + 3 + 2 + 4
    repository = dict(zip(TOOLS, ("trees", "copy", "cluster", "volumes"), strict=True))
    try:
        for command, tool in lines.items():
            if command.startswith(NEEDLESS):
                continue
            line = f"{ACCOUNT} ALL=(root) NOPASSWD: {command}"
            assert text.count(f"{line}\n") == 1
            place.put(text.replace(f"{line}\n", ""))
            assert states(place, tool)[repository[tool]] == (State.ERROR, GapReason.DENIED, line)
    finally:
        place.put(text)
