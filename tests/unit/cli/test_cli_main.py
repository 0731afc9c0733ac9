"""The command line itself: help, completion, and one clear message with the documented status for every error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pepperbird.cli.main import COMMANDS, main

ROOT = Path(__file__).resolve().parents[3]


def call(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    assert isinstance(left.value.code, int)
    return left.value.code


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--help") == 0
    said = capsys.readouterr().out
    for name, (_, sentence) in COMMANDS.items():
        assert name in said
        assert sentence.split(".")[0] in " ".join(said.split())


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(name, "--help") == 0
    assert "Usage: pepperbird " + name in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ("fly",), ("scan", "--no-such-option"), ("scan", "ftp://x"), ("scan", "local", "--agency", "moh"),
        ("scan", "--site", "/nowhere"), ("scan", "local", "--content", "/nowhere"),
        ("scan", "local", "--baseline", "x"),
        ("plan", "ssh://a:b@c"), ("evaluate", "nothing"), ("report", "nothing"), ("scan", "local", "--deadline", "0"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_one_message_and_status_2(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PEPPERBIRD_HOME", str(tmp_path / "state"))
    assert call(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.strip()
    assert "Traceback" not in said.err


def test_completion_knows_the_commands() -> None:
    environment = os.environ | {
        "_PEPPERBIRD_COMPLETE": "bash_complete", "COMP_WORDS": "pepperbird pri", "COMP_CWORD": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "pepperbird"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["plain,privileges"]
