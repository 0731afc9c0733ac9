"""A repository's passphrase travels by the file that the tool reads, never as an argument, and stands in no answer.

Every process of this computer is watched while the real probes and the real programs of drills open real repositories:
by what it was started with, and by what it was given in its environment.
"""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest

from tests.support.drilled import PROGRAM
from tests.support.probed import run_probe, shipped
from tests.support.require import require, require_root

pytestmark = pytest.mark.slow
SECRET = "kolokwa-9f3e-passphrase"
MAKE = f"""
echo {SECRET} > pass; echo deeds > f; export BORG_BASE_DIR=$PWD/base BORG_PASSPHRASE={SECRET} RESTIC_PASSWORD={SECRET}
borg init -e repokey-blake2 attic 2>/dev/null; borg create attic::deeds f
restic -q -r vault init; restic -q -r vault backup f
"""


class Watching:
    """What every process shows in the process list, and which of these had the secret in its environment."""

    def __enter__(self) -> Watching:
        self.lines: set[bytes] = set()
        self.told: set[bytes] = set()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._end.wait(0.005):
            for entry in Path("/proc").glob("[0-9]*"):
                self._look(entry)

    def _look(self, process: Path) -> None:
        try:
            line = (process / "cmdline").read_bytes()
            self.lines.add(line)
            if SECRET.encode() in (process / "environ").read_bytes():
                self.told.add(line)
        except OSError:
            return

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require("restic", "borg", "ssh-keygen")
    require_root()
    made = tmp_path_factory.mktemp("passphrases")
    subprocess.run(["sh", "-ec", MAKE], cwd=made, check=True, capture_output=True, timeout=120)
    for name in ("pepperbird-verify", "pepperbird-drill"):
        (made / name).write_text(PROGRAM.read_text())
        (made / name).chmod(0o755)
    return made


def sh(text: str) -> str:
    return subprocess.run(["sh", "-c", text], capture_output=True, text=True, timeout=120, check=False).stdout


@pytest.mark.parametrize(("tool", "probe", "name"), [("restic", "snapshots", "vault"), ("borg", "archives", "attic")])
def test_the_probe_gives_the_tool_a_file(folder: Path, tool: str, probe: str, name: str) -> None:
    with Watching() as watching:
        said = run_probe(sh, tool, probe, name, f"{folder}/{name}", f"{folder}/pass")
    assert any(f"/usr/bin/{tool}".encode() in line for line in watching.lines), "nobody watched while the tool ran"
    assert b"exit 0" in said.stdout.replace(b"exit named 0", b"exit 0"), "it was not opened"
    assert [line for line in watching.lines if SECRET.encode() in line] == []
    assert watching.told == set()
    assert SECRET.encode() not in said.stdout + said.stderr


@pytest.mark.parametrize(("tool", "name"), [("restic", "vault"), ("borg", "attic")])
@pytest.mark.parametrize("what", ["verify", "drill"])
def test_so_do_the_programs_of_drills(folder: Path, what: str, tool: str, name: str) -> None:
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    more = f"--store s --scratch {scratch} --sentinel f" if what == "drill" else ""
    with Watching() as watching:
        out = sh(
            f"cd {folder} && PEPPERBIRD_DRILLS={folder}/lib ./pepperbird-{what} --repository {name} --tool {tool} "
            f"--at {folder}/{name} --password-file {folder}/pass {more} 2>&1"
        )
    results = list((folder / "lib" / "drills").glob(f"*{name}*.result"))
    assert any(b"outcome good" in one.read_bytes() for one in results), out
    assert [line for line in watching.lines if SECRET.encode() in line] == []
    assert SECRET not in out + "".join(one.read_text() for one in results)


def test_no_line_for_sudo_has_a_place_for_a_passphrase() -> None:
    commands = [
        command
        for name in ("restic", "borg", "pgbackrest")
        for probe in shipped().collectors[name].value.probes.values()
        for command in probe.commands
    ]
    assert len(commands) >= 8
    for command in commands:
        assert "PASSPHRASE=" not in command.replace("BORG_PASSPHRASE= ", ""), command
        assert "--password-command" not in command
        assert "cipher-pass" not in command
