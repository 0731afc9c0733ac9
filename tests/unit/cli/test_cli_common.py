"""Where the site and the state are, and files that are whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from pepperbird.cli.common import site_directory, state_directory, write_all_atomically, write_atomically
from pepperbird.errors import UsageError


def test_the_site_is_the_named_folder_or_this_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="pepperbird init"):
        site_directory(None)
    with pytest.raises(UsageError, match="is not a folder"):
        site_directory(tmp_path / "nowhere")
    with pytest.raises(UsageError, match=r"has no site\.yaml"):
        site_directory(tmp_path)
    (tmp_path / "site.yaml").write_text("name: x\n")
    assert site_directory(None) == Path()
    assert site_directory(tmp_path) == tmp_path


def test_where_the_state_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PEPPERBIRD_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/x")
    assert state_directory() == Path("/home/x/.local/state/pepperbird")
    monkeypatch.setenv("XDG_STATE_HOME", "not/absolute")
    assert state_directory() == Path("/home/x/.local/state/pepperbird")
    monkeypatch.setenv("XDG_STATE_HOME", "/var/state")
    assert state_directory() == Path("/var/state/pepperbird")
    monkeypatch.setenv("PEPPERBIRD_HOME", "/srv/pb")
    assert state_directory() == Path("/srv/pb")


def test_a_file_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_atomically(link, b"new")
    assert real.read_bytes() == b"new"
    assert real.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    write_atomically(tmp_path / "deep" / "er" / "file", b"x")
    assert (tmp_path / "deep" / "er" / "file").stat().st_mode & 0o600 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "link", "real"]


@pytest.mark.parametrize("bad", ["folder", "file/below", "n" * 300])
def test_all_or_nothing(tmp_path: Path, bad: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("old")
    with pytest.raises(UsageError, match="cannot be written"):
        write_all_atomically({tmp_path / "file": b"new", tmp_path / bad: b"x"})
    assert (tmp_path / "file").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]
