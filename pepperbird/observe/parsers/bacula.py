"""Bacula: jobs and volumes by the director's catalogue, and whether the volumes still lie where they should."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.parsers.repositories import COLUMNS, DAY, Lines, few, out_of_reach, points, sections, unread
from pepperbird.observe.text import number, time_of, unknown, whole

_POINTS: Final = (*COLUMNS, "warned")
_BACKUP, _VERIFY = "B", "V"
_WELL, _WARNED = "T", "W"
_FAILED: Final = frozenset("EefAI")
_READS_VOLUMES: Final = frozenset("OA")
"""Levels VolumeToCatalog and Data; DiskToCatalog and Catalog never look at what was stored."""
_COLUMNS: Final = ("path", "damaged", "last", "well", "failed", "verified", "reach", "standing")
_LONGEST: Final = 100 * DAY
_MOST: Final = 4000
_DIFFERS: Final = "D"
_CELLS: Final = 9
_MISSING: Final = {
    "catalogue": (GapReason.NO_CREDENTIAL, "The register names no catalogue of Bacula for this repository.",
                  "name it as `config:`: /var/lib/bacula/bacula.db, or /var/run/postgresql for PostgreSQL"),
    "catalogue there": (GapReason.NOT_FOUND, "Bacula's catalogue is not there.", "correct `config:` in the register"),
    "psql": (GapReason.UNSUPPORTED, "There is no psql on the machine to ask the catalogue with.",
             "install postgresql-client there"),
    "sqlite3": (GapReason.UNSUPPORTED, "There is no sqlite3 on the machine to ask the catalogue with.",
                "install sqlite3 there"),
}  # fmt: skip


@dataclass(frozen=True)
class _Job:
    number: int
    kind: str
    level: str
    status: str
    errors: int
    ended: int
    files: int
    client: str
    name: str

    @property
    def well(self) -> bool:
        return self.status in (_WELL, _WARNED)

    @property
    def clean(self) -> bool:
        """The catalogue says T also of jobs that could not read some files: those have errors."""
        return self.status == _WELL and self.errors == 0

    @property
    def over(self) -> bool:
        return self.well or self.status in _FAILED or self.status == _DIFFERS


@dataclass(frozen=True)
class _Volume:
    storage: int
    status: str
    bytes: int
    name: str


def catalogue(output: bytes) -> dict[str, Any]:
    """`points` and `repositories` of every declared repository; a Gap where one could not be read."""
    rows: list[dict[str, Any]] = []
    repositories: list[dict[str, Any]] = []
    for name, (path, lines) in sections(whole(output)).items():
        seen = out_of_reach(path, lines) or _asked(lines) or _tables(path, lines)
        if isinstance(seen, Gap):
            rows.append(unread(name, seen, _POINTS))
            repositories.append({"id": name, **dict.fromkeys(_COLUMNS, seen)})
            continue
        jobs, damaged, lost = seen
        rows += _points(name, [one for one in jobs if one.kind == _BACKUP], lost)
        damage = [clean(one, 100) for one in damaged][:50]
        repositories.append({"id": name, "path": path, "damaged": damage, **_ended(jobs), **_verified(jobs)})
    few(rows)
    return {"points": rows, "repositories": repositories}


def _asked(lines: Lines) -> Gap | None:
    missing = next((value for key, value in lines if key == "no"), None)
    if missing is not None:
        if missing not in _MISSING:
            raise unknown(missing)
        return Gap(*_MISSING[missing])
    if not lines or lines[-1][0] != "exit":
        raise ValueError("the catalogue's answer is not whole")
    if number(lines[-1][1]):
        said = " ".join(value for key, value in lines if key == "|")
        return Gap(GapReason.PARSE, f"Bacula's catalogue did not answer: {clean(said, 200)}")
    return None


def _tables(path: str, lines: Lines) -> tuple[list[_Job], list[str], frozenset[int]] | Gap:
    """The jobs; the volumes that are damaged, in words; and the numbers of the jobs that lie on one of these."""
    files: dict[str, int] = {}
    jobs: list[_Job] = []
    volumes: dict[int, _Volume] = {}
    lies: list[tuple[int, int]] = []
    for key, value in lines[:-1]:
        if key == "file":
            size, _, name = value.partition(" ")
            files[name] = number(size)
            continue
        kind, *cells = value.split("|")
        if key != "|" or len(cells) != _CELLS:
            raise unknown(f"{key} {value}")
        if kind == "job":
            jobs.append(_job_of(cells))
        elif kind == "volume":
            volumes[number(cells[0])] = _Volume(number(cells[1]), cells[2], number(cells[3]), cells[4])
        elif kind == "on":
            lies.append((number(cells[0]), number(cells[1])))
        else:
            raise unknown(f"{key} {value}")
    here = {one.storage for one in volumes.values() if one.name in files}
    if volumes and not here:
        return Gap(
            GapReason.NOT_FOUND, f"None of the volumes in Bacula's catalogue lies in {clean(path, 200)}.",
            "make `path:` the Archive Device of the storage daemon; where that is a disk, mount it",
        )  # fmt: skip
    mine = {which: one for which, one in volumes.items() if one.storage in here}
    bad = {which: why for which, one in mine.items() if (why := _wrong(one, files))}
    elsewhere = {job for job, which in lies if which in volumes} - {job for job, which in lies if which in mine}
    kept = [job for job in jobs if job.number not in elsewhere]
    return kept, sorted(bad.values()), frozenset(job for job, which in lies if which in bad or which not in volumes)


def _job_of(cells: list[str]) -> _Job:
    errors, ended, files = map(number, cells[4:7])
    return _Job(number(cells[0]), cells[1], cells[2], cells[3], errors, ended, files, cells[7], cells[8])


def _wrong(volume: _Volume, files: Mapping[str, int]) -> str:
    """What is wrong with a volume; '' for nothing."""
    if volume.status == "Error":
        return f"{volume.name}: Error"
    if volume.status in ("Purged", "Recycle") or not volume.bytes:
        return ""
    if volume.name not in files:
        return f"{volume.name} is gone"
    return f"{volume.name} was cut short" if files[volume.name] < volume.bytes else ""


def _points(name: str, backups: Iterable[_Job], lost: frozenset[int]) -> list[dict[str, Any]]:
    groups: dict[str, list[_Job]] = {}
    for job in backups:
        groups.setdefault(f"{job.client} {job.name}", []).append(job)
    if not groups:
        return [points(name, ())]
    rows = []
    for group, jobs in sorted(groups.items()):
        whole_ = [job for job in jobs if job.well and job.number not in lost]
        row = points(name, [job.ended for job in whole_ if job.clean], group=group)
        warned = max((job.ended for job in whole_ if not job.clean), default=None)
        rows.append(row | ({} if warned is None else {"warned": time_of(warned)}))
    return rows


def _ended(jobs: Iterable[_Job]) -> dict[str, Any]:
    """How the backup jobs ended, by how long before the last one."""
    over = sorted((one for one in jobs if one.kind == _BACKUP and one.over), key=lambda one: one.ended, reverse=True)
    if not over:
        return {"well": [], "failed": []}
    last = over[0].ended
    recent = [one for one in over if last - one.ended <= _LONGEST][:_MOST]
    return {
        "last": time_of(last), "well": [last - one.ended for one in recent if one.well],
        "failed": [last - one.ended for one in recent if not one.well],
    }  # fmt: skip


def _verified(jobs: Iterable[_Job]) -> dict[str, Any]:
    """What verifications read of the volumes. One without a new backup of its client since the last counts nothing."""
    known = sorted(jobs, key=lambda one: (one.ended, one.number))
    backups = [one for one in known if one.kind == _BACKUP and one.well]
    mine = [one for one in known if one.kind == _VERIFY and one.level in _READS_VOLUMES and one.over]
    newest = {one.name: one for one in mine}
    standing = {"standing": sum(not one.clean for one in newest.values())}
    good = [one for one in mine if one.clean]
    if not good:
        return {"reach": [], **standing}
    last = good[-1].ended
    total = sum(one.files for one in backups)
    read = 0
    reach: list[int] = []
    for index, one in reversed(list(enumerate(good))):
        since = max((other.ended for other in good[:index] if _same(other, one)), default=0)
        if any(since < other.ended <= one.ended and other.client == one.client for other in backups):
            read += one.files
        percent = min(100, read * 100 // total) if total else 0
        reach += [last - one.ended] * (percent - len(reach))
    return {"verified": time_of(last), "reach": reach, **standing}


def _same(one: _Job, other: _Job) -> bool:
    return (one.client, one.name) == (other.client, other.name)
