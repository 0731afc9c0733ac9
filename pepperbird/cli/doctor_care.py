"""What `doctor` says of the store's own keeping: its size and room, its newest backup, its rights, and the clock."""

from __future__ import annotations

import json
import os
import shutil
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pepperbird.cli.backup import LAST, folder_of
from pepperbird.cli.common import STORE, site_directory, state_directory
from pepperbird.cli.opening import open_store
from pepperbird.errors import PepperbirdError
from pepperbird.model.text import clean
from pepperbird.scan.clock import now
from pepperbird.store.copy import run_times

_MB = 1 << 20
_SPAN = timedelta(days=90)
_MONTHS_AHEAD = 3
_TOLD = 5


def room(site: Path | None) -> str:
    """How large the store is, how it grows, and whether that fits. Growth goes by the share of what came lately."""
    path = state_directory() / STORE
    open_store(site).close()
    times = run_times(path)
    size = sum(one.stat().st_size for one in path.parent.glob(f"{STORE}*") if one.name in (STORE, f"{STORE}-wal"))
    free = shutil.disk_usage(path.parent).free
    growth = _growth(times, size)
    grows = "too young to say how it grows" if growth is None else f"grows by about {_mb(growth)} a month"
    said = f"{_mb(size)}, {grows}, {_mb(free)} free"
    needed = size + _MONTHS_AHEAD * (growth or 0)
    if free < needed:
        raise PepperbirdError(
            f"{said}; writing the store anew and {_MONTHS_AHEAD} months of growth need {_mb(needed)}: make room, or "
            "keep less (`defaults: {retention: ...}` in site.yaml, then `pepperbird prune`)"
        )
    return said


def _growth(times: list[str], size: int) -> int | None:
    """Bytes a month; None where the runs do not reach back a month."""
    if not times:
        return None
    first, last = min(map(_moment, times)), _moment(now())
    span = min(_SPAN, last - first)
    if span < timedelta(days=30):
        return None
    late = sum(_moment(one) > last - span for one in times)
    return int(size * late / len(times) / (span / timedelta(days=30)))


def backups(site: Path | None) -> str:
    """How old the newest backup is. Not having configured any is allowed, and said."""
    settings, root = None, None
    if site is not None or Path("site.yaml").exists():
        from pepperbird.inventory.read import read_site

        root = site_directory(site)
        settings = read_site(root).file.backups
    if settings is None or root is None:
        return _noted()
    return _newest(folder_of(settings, root), settings.days)


def _newest(folder: Path, days: int) -> str:
    from pepperbird.store.backup import backups_in

    if not folder.is_dir():
        raise PepperbirdError(f"{folder}: no such folder; mount the disk that it is on, then `pepperbird backup`")
    found = backups_in(folder)
    bad = [one.path.name for one in found if one.manifest is None]
    damaged = f"; damaged: {', '.join(bad)}" if bad else ""
    good = [one for one in found if one.manifest is not None]
    if not good or good[0].manifest is None:
        raise PepperbirdError(f"{folder}: no good backup in it{damaged}: `pepperbird backup`")
    age = _moment(now()) - _moment(good[0].manifest.made)
    said = f"{good[0].path}, {_ago(age)}, {len(good)} in all{damaged}"
    if age > timedelta(days=days) or age < -timedelta(days=1):
        what = f"older than {days} days" if age > timedelta(0) else "of a time that is still to come; look at the clock"
        raise PepperbirdError(f"{said}: {what}; see why its timer did not run, then `pepperbird backup`")
    return said


def _noted() -> str:
    advice = "write `backups: {to: FOLDER}` into site.yaml, and doctor sees to it"
    try:
        said: Any = json.loads((state_directory() / LAST).read_bytes()[:10_000])
        at, where = _moment(said["at"]), clean(str(said["path"]), 200)
    except FileNotFoundError:
        return f"none was made yet: `pepperbird backup FOLDER` makes one; {advice}"
    except (ValueError, KeyError, TypeError):
        return f"which was made last cannot be read any more: `pepperbird backup FOLDER` makes one; {advice}"
    return f"{where}, {_ago(_moment(now()) - at)}; {advice}"


def rights(site: Path | None) -> str:
    """That nobody else reads the store, its backups' note and the keys that the site names."""
    home = state_directory()
    private = [home, *home.glob(f"{STORE}*"), *_keys(site)]
    wrong = [_chmod(one) for one in private if one.exists() and stat.S_IMODE(one.stat().st_mode) & _others(one)]
    owner = home.stat().st_uid if home.exists() else os.geteuid()
    foreign = [str(one) for one in private if one.exists() and one.stat().st_uid != owner]
    if wrong:
        raise PepperbirdError(f"others may read or change what is this account's alone: {'; '.join(wrong)}")
    if foreign:
        raise PepperbirdError(
            f"belongs to another account than {home}: {', '.join(foreign)}; chown it, and scan as that one alone"
        )
    return f"store and {len(private) - 1} more files and folders are this account's alone"


def _others(path: Path) -> int:
    """A folder that others look into gives away names alone; in one that they write to they replace the store."""
    return 0o022 if path.is_dir() else 0o077


def _chmod(path: Path) -> str:
    return f"chmod {'go-w' if path.is_dir() else '600'} {path}"


def _keys(site: Path | None) -> list[Path]:
    if site is None and not Path("site.yaml").exists():
        return []
    from pepperbird.inventory.read import read_site

    root = site_directory(site)
    defaults = read_site(root).file.defaults
    named = [] if defaults.evidence_key is None else [defaults.evidence_key.file]
    if defaults.master_key is not None and str(defaults.master_key).startswith("file:"):
        named.append(str(defaults.master_key).removeprefix("file:"))
    return [root / Path(one).expanduser() for one in named]


def clock(site: Path | None) -> str:
    """That the clock is not behind what is recorded, nor far ahead of it or of this program."""
    at = _moment(now())
    store = open_store(site)
    try:
        runs = store.runs(limit=1)
    finally:
        store.close()
    built = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    known = max([built] + [_moment(one.at) for one in runs])
    if at < known - timedelta(minutes=5):
        raise PepperbirdError(
            f"it says {now()}, which is before {known:%Y-%m-%dT%H:%MZ}, when the newest run or this program was "
            "written: `timedatectl` says whether it is synchronised"
        )
    if runs and at - _moment(runs[0].at) > timedelta(days=366):
        return f"{now()}, more than a year after the newest run: make sure with `timedatectl`"
    return f"{now()}, not before anything recorded"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _mb(size: int) -> str:
    return f"{size / _MB:,.1f} MB"


def _ago(age: timedelta) -> str:
    hours = int(age / timedelta(hours=1))
    return f"{hours} hours old" if abs(hours) < 72 else f"{hours // 24} days old"


def deliveries(site: Path | None) -> str:
    """Whether what `serve` does beside scanning is done: reports, digests, pruning."""
    from pepperbird.fleet.health import said_of, undone, wanted
    from pepperbird.fleet.moments import utc_now
    from pepperbird.inventory.read import read_site
    from pepperbird.store.duties import DONE

    file = read_site(site_directory(site)).file
    if not file.serve.deliver and file.serve.prune is None:
        return "none by itself; `serve:` in site.yaml says what `pepperbird serve` delivers and prunes"
    store = open_store(site)
    try:
        duties = wanted(file.serve, store.duties.all())
    finally:
        store.close()
    if wrong := [said_of(one) for one in undone(duties, utc_now())]:
        raise PepperbirdError("; ".join(wrong[:_TOLD]) + (f"; and {len(wrong) - _TOLD} more" if wrong[_TOLD:] else ""))
    waiting = sum(one.state != DONE for one in duties)
    return f"{waiting} of {len(duties)} wait" if waiting else "nothing waits"
