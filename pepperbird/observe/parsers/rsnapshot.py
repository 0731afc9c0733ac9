"""rsnapshot trees: restore points by target, and by its log how the last run that fetches ended."""

from __future__ import annotations

import re
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.parsers.repositories import COLUMNS, Lines, few, out_of_reach, points, sections, unread
from pepperbird.observe.text import number, time_of, unknown, whole

_POINTS: Final = (*COLUMNS, "ended")
_COLUMNS: Final = ("path", "ended", "faults", "tested", "oldest_lock", "leftovers", "unlisted")
_WORDS: Final = frozenset({"started", "well", "warnings", "errors", "refused"})
_SETTINGS: Final = frozenset({"folder", "root", "retain", "sync_first", "backup", "test", "lock", "log", "run"})
_LEFT: Final = re.compile(r"_delete\.\d+")
_NO_LOG: Final = Gap(
    GapReason.UNSUPPORTED, "rsnapshot keeps no log, so nobody can see whether its last run fetched everything.",
    "put a line `logfile`, a tab and `/var/log/rsnapshot.log` into rsnapshot's file",
)  # fmt: skip
_NO_RUN: Final = Gap(
    GapReason.NOT_FOUND, "rsnapshot's log tells of no run that fetches.",
    "look again after the next run; the log may just have been put aside",
)  # fmt: skip


def trees(output: bytes) -> dict[str, Any]:
    """`points` and `repositories` of every declared tree; a Gap where one could not be read."""
    rows: list[dict[str, Any]] = []
    repositories: list[dict[str, Any]] = []
    for name, (path, lines) in sections(whole(output)).items():
        gap = out_of_reach(path, lines) or _unset(path, lines)
        if gap:
            rows.append(unread(name, gap, _POINTS))
            repositories.append({"id": name, **dict.fromkeys(_COLUMNS, gap)})
            continue
        tree = _Tree(lines)
        rows += tree.points(name)
        repositories.append({"id": name, "path": path, **tree.described()})
    few(rows)
    return {"points": rows, "repositories": repositories}


def _unset(path: str, lines: Lines) -> Gap | None:
    """Why what should be in the tree cannot be told."""
    if ("no", "config") in lines:
        return Gap(
            GapReason.NO_CREDENTIAL, "The register names no file of rsnapshot for this tree.",
            "name the file on the machine of the tree as `config:`, such as /etc/rsnapshot.conf",
        )  # fmt: skip
    if ("no", "settings") in lines:
        return Gap(GapReason.NOT_FOUND, "rsnapshot's file is not there, or says nothing.",
                   "correct `config:` in the register")  # fmt: skip
    if ("includes", "") in lines:
        return Gap(
            GapReason.UNSUPPORTED, "rsnapshot's file takes in others (include_conf), which are not read.",
            "write the settings into the one file",
        )  # fmt: skip
    if odd := next((f"{key} {value}" for key, value in lines if key not in _SETTINGS), ""):
        raise unknown(odd)
    roots = [value.rstrip("/") for key, value in lines if key == "root"]
    if roots != [path.rstrip("/")]:
        return Gap(
            GapReason.NOT_FOUND, f"rsnapshot's file writes to {clean(', '.join(roots) or 'nowhere', 200)}, not here.",
            "make `path:` in the register the snapshot_root of the file that `config:` names",
        )  # fmt: skip
    return None


class _Tree:
    """One tree as its probe told of it."""

    def __init__(self, lines: Lines) -> None:
        self.folders: dict[str, int] = {}
        for key, value in lines:
            if key == "folder":
                time, _, name = value.partition(" ")
                self.folders[name] = number(time)
        said = {key: [value for one, value in lines if one == key] for key in _SETTINGS}
        if not said["retain"] or not (said["test"] and said["lock"] and said["log"]):
            raise ValueError("a tree of rsnapshot is not told of in full")
        self.retained = said["retain"]
        self.syncs = said["sync_first"] == ["1"]
        self.targets = sorted(set(said["backup"]))
        self.test, self.lock = said["test"][0], said["lock"][0].split(" ")
        self.ended = self._ended(said["log"][0], said["run"])

    def _ended(self, log: str, told: list[str]) -> str | Gap:
        """How the last run ended that fetches: `sync` where that comes first, else the lowest interval."""
        if log == "hidden":
            return Gap(GapReason.DENIED, "The scanning account may not read rsnapshot's log.",
                       "let the log be /var/log/rsnapshot.log, or let the account read it")  # fmt: skip
        if log != "read":
            return _NO_LOG
        fetching = "sync" if self.syncs else self.retained[0]
        runs = [one.split(" ") for one in told]
        if any(len(run) != 3 or run[2] not in _WORDS for run in runs):
            raise ValueError("a run of rsnapshot that is not understood")
        mine = [word for _, name, word in runs if name == fetching]
        if not mine:
            return _NO_RUN
        if mine[-1] != "started":
            return mine[-1]
        if self.lock[-1] == "hidden":
            return Gap(GapReason.DENIED, "Whether rsnapshot is running now cannot be seen by the scanning account.")
        return "running" if self.lock[-1] == "live" else "unfinished"

    def times(self, target: str) -> list[int]:
        """Of the folders that hold the target; without that of a last run that did not end well."""
        names = [
            name for one in self.retained for name in self.folders if re.fullmatch(re.escape(one) + r"\.\d+", name)
        ]
        newest = f"{self.retained[0]}.0"
        good = isinstance(self.ended, Gap) or self.ended == "well"
        return [self.folders[one] for one in names if f"{one}/{target}" in self.folders and (good or one != newest)]

    def points(self, name: str) -> list[dict[str, Any]]:
        if not self.targets:
            return [points(name, ()) | {"ended": self.ended}]
        return [points(name, self.times(one), group=one) | {"ended": self.ended} for one in self.targets]

    def described(self) -> dict[str, Any]:
        left = [name for name in self.folders if _LEFT.fullmatch(name) or (name == ".sync" and not self.syncs)]
        newest = f"{self.retained[0]}.0/"
        held = {one.removeprefix(newest) for one in self.folders if one.startswith(newest)}
        faults = [number(one) for one in self.test.split(" ")[1:] if one]
        missing = Gap(GapReason.UNSUPPORTED, "rsnapshot is not installed on the machine of the tree.")
        word = self.test.partition(" ")[0]
        if word not in ("well", "broken", "missing"):
            raise unknown(self.test)
        return {
            "ended": self.ended,
            "faults": missing if word == "missing" else faults,
            "tested": missing if word == "missing" else word == "well",
            "leftovers": [clean(one, 100) for one in sorted(left)][:50],
            "unlisted": [clean(one, 100) for one in sorted(held - set(self.targets))][:50],
            **self._held(),
        }

    def _held(self) -> dict[str, Any]:
        if self.lock == ["none"]:
            return {}
        if self.lock == ["hidden"]:
            return {"oldest_lock": Gap(GapReason.DENIED, "The scanning account may not look where the lock would be.")}
        return {"oldest_lock": time_of(number(self.lock[0]))}
