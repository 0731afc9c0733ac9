"""The command, called as `pepperbird` is, in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from pepperbird.cli.main import main


def called(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Status, standard output and standard error of a call."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    assert isinstance(left.value.code, int)
    return left.value.code, said.out, said.err
