"""The least rights, by the real sudo of a real machine: what the plan's lines allow is what the scan runs, no more.

Where one line is missing, exactly the clauses that need it are undecided, with that very line as what to do.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from pepperbird.model.gap import GapReason
from pepperbird.model.state import State
from pepperbird.model.sudoers import DEVICE, quoted, rule
from pepperbird.model.verdict import Finding
from pepperbird.plan.rights import rights
from tests.support.let_in import ACCOUNT, FILE, Findings, Place, closed_machine, login, pepperbird, run_script
from tests.support.require import require, require_root
from tests.unit.model.test_sudoers_rule import HOSTILE

pytestmark = [pytest.mark.slow, pytest.mark.machine]
DISK = "sdz9"
ASKED = ("audit", "integrity", "jobs", "packages", "sockets", "sshd", "ups")
"""Left out is what tells of this computer's own disks, which other tests may change meanwhile."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with closed_machine(tmp_path_factory.mktemp("rights"), "rig", 54) as (machine, site):
        # A disk by its name alone: this computer's own are not shown to the machine.
        script = pepperbird("access", "db-1", "--site", site).replace("/sys/class/block/*", f"/sys/class/block/{DISK}")
        machine.run(f"touch /dev/{DISK}")
        run_script(machine, script)
        yield Place(machine, site)


def brief(found: tuple[Finding, ...]) -> list[tuple[str, State, str]]:
    return sorted((one.subject, one.state, one.gap.remedy if one.gap else "") for one in found)


def test_one_line_less_is_exactly_its_clauses_less(place: Place) -> None:
    full = place.scan(*ASKED)
    lines = allowed(place)
    used = {quoted(command): command for line in place.logged() for command in re.findall(r"COMMAND=(.*)", line)}
    assert not [line for line in place.logged() if "not allowed" in line]
    assert used.keys() <= lines.keys()
    assert {
        "/usr/sbin/sshd -T",
        "/bin/cat /etc/ssh/sshd_config",
        "/bin/grep -r ^ /etc/ssh/sshd_config.d",
    } <= used.keys()
    assert not [one for found in full.values() for one in found if one.gap and one.gap.reason is GapReason.DENIED]
    text = place.machine.run(f"cat {FILE}")
    namespaces = {command: {probe.partition(".")[0] for probe in lines[command]} for command in used}
    try:
        for command in sorted(used):
            line = f"{ACCOUNT} ALL=(root) NOPASSWD: {command}"
            assert text.count(f"{line}\n") == 1
            place.put(text.replace(f"{line}\n", ""))
            # One of them against everything, the others against all that the same collector tells.
            asked = ASKED if command == "/usr/sbin/sshd -T" else namespaces[command]
            less = place.scan(*asked)
            missing_one({key: full[key] for key in full if told_by(full[key], asked)}, less, line, lines[command])
        place.put("".join(f"{line}\n" for line in text.splitlines() if line.partition(": ")[2] in used))
        again = place.scan(*ASKED)
        assert [(key, full[key], again[key]) for key in full if brief(full[key]) != brief(again[key])] == []
    finally:
        place.put(text)


def told_by(found: tuple[Finding, ...], namespaces: Collection[str]) -> bool:
    """Whether these namespaces alone decide it."""
    sources = {source for one in found for source in one.source.partition(" on ")[0].split(", ")}
    return {source.partition(".")[0] for source in sources} <= set(namespaces)


def allowed(place: Place) -> dict[str, tuple[str, ...]]:
    """What the file in place allows, as sudoers writes it, with the probes that the remark above it names.

    It is what the plan asks for, the disks named.
    """
    found: dict[str, tuple[str, ...]] = {}
    probes: tuple[str, ...] = ()
    for line in place.machine.run(f"cat {FILE}").splitlines():
        if line.startswith("# for "):
            probes = tuple(line.removeprefix("# for ").split(", "))
        elif "NOPASSWD: " in line:
            found[line.partition("NOPASSWD: ")[2]] = probes
    planned = {quoted(one.command): one.probes for one in rights(place.plan().endpoints)[ACCOUNT]}
    assert {re.sub("/dev/" + DISK, DEVICE, command): probes for command, probes in found.items()} == planned
    assert f"/usr/sbin/smartctl -H -A /dev/{DISK}" in found
    return found


def missing_one(full: Findings, less: Findings, line: str, probes: tuple[str, ...]) -> None:
    """`less` differs from `full` in clauses that `probes` decide, and these are errors that name `line`.

    Clauses that read other probes too may stand on those alone here: about btrfs where there is none, for example.
    """
    changed = {key for key in full if brief(full[key]) != brief(less[key])}
    reading = {
        key
        for key, found in full.items()
        if any(set(probes) & set(one.source.partition(" on ")[0].split(", ")) for one in found)
    }
    alone = {key for key in reading if all(one.source.partition(" on ")[0] in probes for one in full[key])}
    decided = {key for key in alone if any(one.state in (State.PASS, State.FAIL) for one in full[key])}
    others = changed - reading
    assert not others, (line, [(brief(full[key]), brief(less[key])) for key in others])
    assert changed and decided <= changed, line
    if "sshd.daemons" in probes:
        assert {clause for _, clause, _ in changed} == {"IS-20.1", "IS-20.3", "IS-20.4", "IS-20.5"}
    for key in changed:
        for found in less[key]:
            assert found.state is State.ERROR and found.gap is not None, (line, found)
            assert (found.gap.reason, found.gap.remedy) == (GapReason.DENIED, line)


def test_nothing_beside_the_lines_is_allowed(place: Place) -> None:
    others = (
        "/bin/sh", "/bin/cat /etc/shadow", "/bin/cat", "/bin/cat /etc/ssh/sshd_config /etc/shadow",
        "/usr/sbin/sshd -T -f /tmp/x", "/usr/sbin/sshd", "/bin/grep -r ^ /etc/ssh/sshd_config.d /etc/shadow",
        "/bin/grep -r . /etc/ssh/sshd_config.d", "/bin/grep -r -e ^ /etc/ssh/sshd_config.d", "/sbin/lvs",
        "/usr/bin/find /etc/ssh/sshd_config /etc/ssh/sshd_config.d -newercm /run/sshd.pid -delete",
        "-u nobody /usr/sbin/sshd -T", "-E /usr/sbin/sshd -T FOO=1", "-e /etc/passwd",
    )  # fmt: skip
    assert login(place.machine, place.site, place.machine.address, "sudo -n /usr/sbin/sshd -T").returncode == 0
    for other in others:
        done = login(place.machine, place.site, place.machine.address, f"sudo -n {other}")
        assert (done.returncode != 0 and "password is required" in done.stderr) or "not allowed" in done.stderr, other


ARGUMENTS = """
import json, subprocess, sys
asked = json.load(sys.stdin)
for ok, bad in asked:
    run = lambda words: subprocess.run(["sudo", "-n", *words], capture_output=True).returncode
    print(json.dumps([run(ok), *map(run, bad)]))
"""
SETUP = """
set -e
mount -t tmpfs etc "$1"
mkdir "$1/up" "$1/work"
mount -t overlay etc -o lowerdir=/etc,upperdir="$1/up",workdir="$1/work" /etc
useradd --no-create-home pbargs
install -m 440 "$2" /etc/sudoers.d/pbargs
shift 2
exec setpriv --reuid pbargs --regid pbargs --clear-groups "$@"
"""


def test_arguments_mean_themselves_to_sudo(tmp_path: Path) -> None:
    """One rule for each hostile argument: the very command is allowed, what its characters could stand for is not."""
    require_root()
    require("sudo", "unshare", "setpriv", "useradd")
    asked, lines = [], []
    for number, argument in enumerate(HOSTILE):
        command = f"/bin/echo {argument} {number}"
        words = shlex.split(command)
        lines.append(rule("pbargs", command))
        swapped = [re.sub(pattern, "zz", words[1]) for pattern in (r"[*?^$\\,:=!#]", r"\[.*\]", ".")]
        others = [[words[0], one, words[2]] for one in swapped if one != words[1]]
        asked.append((words, [*others, [*words, "more"], words[:2], words[:1]]))
    (tmp_path / "rights").write_text("\n".join(lines) + "\n")
    (tmp_path / "over").mkdir()
    done = subprocess.run(
        [
            "unshare", "--mount", "--propagation", "private", "sh", "-c", SETUP, "sh", tmp_path / "over",
            tmp_path / "rights", sys.executable, "-c", ARGUMENTS,
        ],
        input=json.dumps(asked), capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for argument, line in zip(HOSTILE, done.stdout.splitlines(), strict=True):
        first, *others = json.loads(line)
        assert first == 0 and all(others), (argument, line)
