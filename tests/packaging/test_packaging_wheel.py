"""The wheel: built from what git tracks, installed elsewhere, it holds exactly the content and it scans."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("policies", "checks", "collectors", "baselines", "reports")

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd), "LC_ALL": "C.UTF-8"} | extra
    environment |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a fresh export of the tracked files, so that nothing untracked can slip in."""
    base = tmp_path_factory.mktemp("wheel")
    source = base / "source"
    source.mkdir()
    tracked = run("git", "ls-files", "-z", cwd=ROOT).stdout.split("\0")[:-1]
    for name in tracked:
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    built = run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", base, source, cwd=base)
    assert built.returncode == 0, built.stderr[-2000:]
    (found,) = base.glob("*.whl")
    return found


def test_its_content_equals_what_git_tracks(wheel: Path) -> None:
    tracked = run("git", "ls-files", *FOLDERS, cwd=ROOT).stdout.split()
    assert len(tracked) > 60
    with zipfile.ZipFile(wheel) as archive:
        inside = [name.removeprefix("pepperbird/content/") for name in archive.namelist() if "/content/" in name]
        assert sorted(inside) == sorted(tracked)
        for name in tracked:
            assert archive.read(f"pepperbird/content/{name}") == (ROOT / name).read_bytes()


def test_installed_elsewhere_it_scans(wheel: Path, tmp_path: Path) -> None:
    """A virtual environment of its own for the wheel; its dependencies are those of this one."""
    home = tmp_path / "elsewhere"
    venv.create(home / "env", with_pip=False)
    site = next((home / "env" / "lib").glob("python*")) / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    outside = [path for path in sys.path if path.endswith("site-packages")]
    (site / "dependencies.pth").write_text("".join(f"{path}\n" for path in outside))
    python = home / "env" / "bin" / "python"
    where = run(python, "-c", "import pepperbird; print(pepperbird.__file__)", cwd=home)
    assert str(site) in where.stdout, where.stdout + where.stderr
    result = run(
        python, "-m", "pepperbird", "scan", "local", "--format", "json", cwd=home, PEPPERBIRD_HOME=str(home / "state")
    )
    assert result.returncode in (0, 1, 3), result.stderr[-2000:]
    report = json.loads(result.stdout)
    assert report["schema"] == "pepperbird.run/1"
    assert any(finding["state"] in ("pass", "fail") for finding in report["findings"])
