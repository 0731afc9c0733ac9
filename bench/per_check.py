"""A `pepperbird scan` of six controls of one host over SSH, against pytest-testinfra doing thirty of the same checks.

testinfra is taken as it is installed: one connection for each command. Sharing one connection among its commands, which
its users may set up in their ssh_config, is measured too and shown beside it.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.figure import Figure, wall
from bench.host import ordinary_host
from bench.round_trip import scan
from tests.support.sshd import USER, Sshd

ROUNDS = 3
CONTROLS = ("DS-12", "DS-15", "DS-18", "DI-07", "IS-20", "IS-21")
"""Those that the thirty checks are about: a scan of them judges some forty subjects in one connection."""
CHECKS = """
import pytest

SETTINGS = [
    "permitrootlogin", "passwordauthentication", "permitemptypasswords", "kbdinteractiveauthentication", "ciphers",
    "macs", "kexalgorithms", "hostkeyalgorithms", "maxauthtries", "x11forwarding",
]

@pytest.mark.parametrize("name", SETTINGS)
def test_sshd(host, name):
    assert host.run("sshd -T").stdout.count(f"{name} ") >= 1

@pytest.mark.parametrize("path", ["/", "/proc", "/sys", "/dev"])
def test_mount(host, path):
    assert host.mount_point(path).exists

@pytest.mark.parametrize("path", ["/", "/tmp", "/var"])
def test_room(host, path):
    assert host.check_output("df -P %s", path)

@pytest.mark.parametrize("path", ["/", "/tmp", "/var"])
def test_inodes(host, path):
    assert host.check_output("df -Pi %s", path)

def test_devices(host):
    assert host.check_output("lsblk -J -b")

def test_usb(host):
    assert not host.file("/sys/module/usb_storage").exists

def test_release(host):
    assert host.system_info.distribution

def test_reboot(host):
    assert not host.file("/run/reboot-required").exists

def test_signed(host):
    assert host.check_output("apt-get indextargets --format '$(TRUSTED)' 'Created-By: Packages'")

def test_fresh(host):
    assert host.check_output("apt-get indextargets --format '$(FILENAME)' 'Created-By: Packages'")

@pytest.mark.parametrize("name", ["apt", "openssh-server"])
def test_package(host, name):
    assert host.package(name).is_installed

def test_updates(host):
    assert host.check_output("apt-cache policy $(dpkg-query -W -f '${Package} ')")

def test_listening(host):
    assert host.check_output("ss -Hltn")
"""


def run() -> list[Figure]:
    """One ratio: how many times faster a whole scan is."""
    if importlib.util.find_spec("testinfra") is None:
        raise SystemExit("this needs pytest-testinfra: `make bench` installs it")
    with tempfile.TemporaryDirectory() as name, ordinary_host(Path(name)) as (server, known):
        folder = Path(name)
        ours, plain, shared = [], [], []
        for _ in range(ROUNDS):
            ours.append(wall(lambda: scan(server, known, folder, CONTROLS)))
            plain.append(wall(lambda: testinfra(server, known, folder, share=False)))
        shared.append(wall(lambda: testinfra(server, known, folder, share=True)))
    detail = f"{min(ours):.2f} s against {min(plain):.2f} s; {min(shared):.2f} s where it shares a connection"
    return [
        Figure(
            "thirty checks by testinfra / scan of the same",
            min(plain) / min(ours),
            "times",
            10,
            least=True,
            detail=detail,
        )
    ]


def testinfra(server: Sshd, known: Path, folder: Path, *, share: bool) -> None:
    config = folder / "ssh_config"
    lines = [
        f"Port {server.port}", f"User {USER}", f"IdentityFile {server.key}", "IdentitiesOnly yes",
        f"UserKnownHostsFile {known}",
    ]  # fmt: skip
    if share:
        lines += ["ControlMaster auto", f"ControlPath {folder}/control", "ControlPersist 5s"]
    config.write_text("\n".join(lines) + "\n")
    (folder / "checks").mkdir(exist_ok=True)
    (folder / "checks" / "test_host.py").write_text(CHECKS)
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", folder / "checks",
            "--hosts=ssh://127.0.0.1", f"--ssh-config={config}",
        ],
        env={**os.environ, "PYTHONPATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "30 passed" in done.stdout, done.stdout[-3000:]
