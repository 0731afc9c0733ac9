"""The real sudo, with a real account and a real sudoers file, in an /etc of its own: granted, refused, hanging."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.require import require, require_root

ROOT = Path(__file__).resolve().parents[2]
SUDOERS = """\
pbtest ALL=(root) NOPASSWD: /usr/bin/id -u, /usr/bin/sleep 6, /usr/bin/grep -c none /etc/hostname
pbtest ALL=(root) /usr/bin/whoami
"""
PROBES = """
test_granted() { as_root /usr/bin/id -u; }
test_piped() { as_root /usr/bin/id -u | tr 0 r; }
test_one() { as_root /usr/bin/grep -c none /etc/hostname; echo "status $?"; }
test_hangs() { as_root /usr/bin/sleep 6; }
test_other() { as_root /usr/bin/id -g; echo unreached; }
test_password() { as_root /usr/bin/whoami; echo unreached; }
test_caught() { x=$(as_root /usr/bin/id -g 2>/dev/null); echo "all is well"; }
"""
NAMES = ("granted", "piped", "one", "hangs", "other", "password", "caught")
# In a mount namespace of its own: an overlay over /etc takes the account and the sudoers file, and goes with it.
SETUP = """
set -e
mount -t tmpfs etc "$1"
mkdir "$1/up" "$1/work"
mount -t overlay etc -o lowerdir=/etc,upperdir="$1/up",workdir="$1/work" /etc
useradd --no-create-home pbtest
cp "$2" /etc/sudoers.d/pbtest
chmod 440 /etc/sudoers.d/pbtest
shift 2
exec "$@"
"""


AS_PBTEST = ("setpriv", "--reuid", "pbtest", "--regid", "pbtest", "--clear-groups")


@pytest.mark.machine
@pytest.mark.parametrize("shell", [("dash",), ("bash",), ("busybox", "sh")], ids=lambda shell: shell[0])
def test_sudo(tmp_path: Path, shell: tuple[str, ...]) -> None:
    require_root()
    require("sudo", "unshare", "setpriv", "useradd", shell[0])
    (tmp_path / "sudoers").write_text(SUDOERS)
    (tmp_path / "over").mkdir()
    done = subprocess.run(
        [
            "unshare", "--mount", "--propagation", "private", "sh", "-c", SETUP, "sh", tmp_path / "over",
            tmp_path / "sudoers", sys.executable, "-m", "tests.support.ask_here", *AS_PBTEST, *shell,
        ],
        input=json.dumps({"probes": PROBES, "calls": [[name, 1 if name == "hangs" else 10] for name in NAMES]}),
        cwd=ROOT, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    seen: dict[str, Any] = json.loads(done.stdout)
    assert seen["gap"] is None
    assert seen["probes"] == {
        "granted": ["0\n", 0, None],
        "piped": ["r\n", 0, None],
        "one": ["0\nstatus 1\n", 0, None],
        "hangs": ["", None, "probe-timeout"],
        "other": ["", 77, "denied"],
        "password": ["", 77, "denied"],
        "caught": ["all is well\n", 0, "denied"],
    }
