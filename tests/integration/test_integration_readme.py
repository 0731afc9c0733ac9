"""The commands of the README are run as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = [
    line.removeprefix("$ ")
    for block in re.findall(r"^```console\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if line.startswith("$ ")
]
SCANS = {0, 1, 3}

pytestmark = pytest.mark.slow


def test_every_command_of_the_readme_works_in_its_order(tmp_path: Path) -> None:
    assert len(COMMANDS) > 8
    environment = os.environ | {
        "HOME": str(tmp_path),
        "PEPPERBIRD_HOME": str(tmp_path / "state"),
        "PYTHONPATH": str(ROOT),
    }
    for command in COMMANDS:
        program, *arguments = shlex.split(command)
        assert program == "pepperbird"
        done = subprocess.run(
            [sys.executable, "-m", "pepperbird", *arguments], cwd=tmp_path, env=environment, capture_output=True,
            text=True, timeout=120, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        allowed = SCANS if arguments[0] == "scan" else {0}
        assert done.returncode in allowed, f"{command}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"
        assert "Traceback" not in done.stderr, command


def test_the_make_targets_it_names_exist() -> None:
    text = (ROOT / "README.md").read_text()
    for target in ("demo", "demo-full", "test", "check", "bench", "lint"):
        assert target == "lint" or f"make {target}" in text
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_documents_it_links_to_exist() -> None:
    for document in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for link in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / link).exists(), f"{document.name} links to {link}"
