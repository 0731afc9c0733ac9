"""Every probe is run for real under three shells, as root and as an ordinary account; its parser takes what it says."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pepperbird.model.evidence import ProbeOutput
from pepperbird.model.gap import Gap, GapReason
from tests.support.require import PATH, require, require_root
from tests.support.samples import ROOT, collectors, facts_of

SHELLS = ("dash", "bash", "busybox sh")
SHELL = sorted(one.id for one in collectors().values() if one.family == "shell")
ALL = [
    pytest.param(name, probe, id=f"{name}.{probe}", marks=[pytest.mark.slow] if spec.cost == "heavy" else [])
    for name in SHELL
    for probe, spec in collectors()[name].probes.items()
]
HEAD = (ROOT / "collectors" / "program" / "head.sh").read_text()


def program(name: str, probe: str) -> bytes:
    """The head and the probes of one collector, as the program has them, and the call of one function."""
    text = HEAD + (ROOT / "collectors" / name / "probe.sh").read_text()
    return (text + f"\n_pb_privilege=sudo _pb_nonce=x\n({name}_{probe}) 5>&2 </dev/null\n").encode()


def run(name: str, probe: str, shell: str = "dash", user: str | None = None, wrap: tuple[str, ...] = ()) -> ProbeOutput:
    require(shell.split(maxsplit=1)[0])
    done = subprocess.run(
        [*wrap, *shell.split(), "-s"], input=program(name, probe), capture_output=True, timeout=90, check=False,
        cwd="/", user=user, env={"PATH": PATH},
    )  # fmt: skip
    return ProbeOutput(done.stdout, done.stderr, done.returncode, 1)


def facts(name: str, shell: str = "dash", user: str | None = None) -> Any:
    probes = collectors()[name].probes
    return facts_of(name, {f"{name}.{probe}": run(name, probe, shell, user) for probe in probes})


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("name", "probe"), ALL)
def test_a_probe_ends_as_it_may_and_is_understood(name: str, probe: str, shell: str) -> None:
    spec = collectors()[name].probes[probe]
    said = run(name, probe, shell)
    assert said.exit_status in {*spec.ok, *spec.exits, 77}, said.stderr
    assert b"not found" not in said.stderr and b"syntax" not in said.stderr.lower()
    if said.exit_status == 0:
        found = facts_of(name, {f"{name}.{probe}": said})
        told = [one for one in found.values() if not (isinstance(one, Gap) and one.reason is GapReason.NO_COLLECTOR)]
        assert not [one for one in told if isinstance(one, Gap) and one.reason is GapReason.PARSE], told


@pytest.mark.slow
def test_three_shells_see_the_same() -> None:
    seen = [facts("packages", shell) for shell in SHELLS]
    assert seen[0] == seen[1] == seen[2]


@pytest.mark.slow
def test_an_ordinary_account_sees_what_root_sees() -> None:
    require_root()
    for name in ("packages", "storage"):
        mine, theirs = facts(name), facts(name, user="nobody")
        assert mine.keys() == theirs.keys()
        for field in mine:
            if field not in ("filesystems", "pools"):
                assert mine[field] == theirs[field], field


def test_room_is_what_df_says() -> None:
    rows = {row["target"]: row for row in facts("storage")["filesystems"]}
    line = subprocess.run(["df", "-PB1", "/"], capture_output=True, text=True, check=True).stdout.splitlines()[1]
    size, used, available = map(int, line.split()[1:4])
    assert rows["/"]["size"] == size
    assert abs(rows["/"]["used"] - used) < 2**30
    assert abs(rows["/"]["available"] - available) < 2**30


@pytest.mark.slow
def test_no_security_update_that_apt_would_install_is_missed() -> None:
    require("apt-get")
    found = facts("packages")
    if isinstance(found["security_updates"], Gap):
        pytest.skip(found["security_updates"].detail)
    said = subprocess.run(
        ["apt-get", "-s", "-o", "Debug::NoLocking=1", "dist-upgrade"], capture_output=True, text=True, check=True,
        env={"PATH": PATH, "LC_ALL": "C"},
    ).stdout  # fmt: skip
    inst = re.findall(r"^Inst (\S+) \[[^\]]*\] \(.*?(?:Debian-Security|-security).*$", said, re.MULTILINE)
    names = {row["name"].partition(":")[0] for row in found["security_updates"]}
    assert {name.partition(":")[0] for name in inst} <= names


def test_a_mount_point_with_shell_in_its_name_is_only_a_name(tmp_path: Path) -> None:
    require_root()
    require("mkfs.ext4", "unshare", "losetup")
    evil = tmp_path / "a b\t$(touch pwned);`id`%s\\x\nend"
    evil.mkdir()
    image = tmp_path / "disk.img"
    with image.open("wb") as file:
        file.truncate(8 * 2**20)
    mkfs = shutil.which("mkfs.ext4", path=PATH)
    assert mkfs is not None
    subprocess.run([mkfs, "-q", "-F", image], check=True)
    inside = ("unshare", "-m", "sh", "-c", 'mount -o loop "$0" "$1" && shift && exec "$@"', str(image), str(evil))
    outputs = {f"storage.{probe}": run("storage", probe, wrap=inside) for probe in collectors()["storage"].probes}
    rows = {row["target"]: row for row in facts_of("storage", outputs)["filesystems"]}
    assert rows[str(evil)]["fstype"] == "ext4"
    assert 0 < rows[str(evil)]["available"] < 8 * 2**20
    assert not (tmp_path / "pwned").exists() and not Path("/pwned").exists()


def test_listeners_are_found() -> None:
    with socket.socket() as one, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two:
        one.bind(("127.0.0.1", 0))
        one.listen()
        two.bind(("0.0.0.0", 0))  # noqa: S104 - that is what is looked for
        rows = {row["id"]: row for row in facts("sockets")["listeners"]}
        assert rows[f"tcp 127.0.0.1:{one.getsockname()[1]}"]["scope"] == "loopback"
        assert rows[f"udp 0.0.0.0:{two.getsockname()[1]}"]["wildcard"] is True
