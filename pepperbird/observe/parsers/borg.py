"""borg repositories: archives by the beginning of their names, kind of encryption, locks, and what was not ended."""

from __future__ import annotations

import re
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.parsers.repositories import (
    NO_PASSPHRASE,
    Lines,
    few,
    out_of_reach,
    points,
    seconds,
    sections,
    stem,
    unread,
)
from pepperbird.observe.text import json_of, number, time_of, unknown, whole

_LOCKS: Final = frozenset({"lock.exclusive", "lock.roster"})
_PARTIAL: Final = re.compile(r"\.checkpoint(?:\.\d+)?$")
_WARNED: Final = 1


def archives(output: bytes) -> dict[str, Any]:
    """`points` and `repositories` of every declared repository; a Gap where one could not be read."""
    rows: list[dict[str, Any]] = []
    repositories: list[dict[str, Any]] = []
    for name, (path, lines) in sections(whole(output)).items():
        gap = out_of_reach(path, lines)
        seen = gap or _files(path, lines)
        if isinstance(seen, Gap):
            rows.append(unread(name, seen))
            repositories.append({"id": name, **dict.fromkeys(_COLUMNS, seen)})
        else:
            listed = _listed(lines)
            rows += [unread(name, listed)] if isinstance(listed, Gap) else _points(name, listed[0])
            repositories.append({"id": name, "path": path, **seen, **_described(listed)})
    few(rows)
    return {"points": rows, "repositories": repositories}


_COLUMNS: Final = ("path", "mode", "opens_empty", "append_only", "oldest_lock", "partial", "oldest_partial")


def _files(path: str, lines: Lines) -> dict[str, Any] | Gap:
    times = {}
    setting = None
    for key, value in lines:
        if key == "file":
            name, _, time = value.partition(" ")
            times[name] = number(time)
        elif key == "append_only":
            setting = value == "= 1"
        elif key not in ("|", "exit", "no"):
            raise unknown(f"{key} {value}")
    if not {"config", "data"} <= times.keys() or setting is None:
        return Gap(GapReason.NOT_FOUND, f"There is no borg repository at {clean(path, 200)}.")
    locks = [time for name, time in times.items() if name in _LOCKS]
    return {"append_only": setting, **({"oldest_lock": time_of(min(locks))} if locks else {})}


def _listed(lines: Lines) -> tuple[list[tuple[str, int]], str, bool] | Gap:
    """Names and times of all archives, the kind of encryption, and whether an empty passphrase opened it."""
    if ("no", "tool") in lines:
        return Gap(GapReason.UNSUPPORTED, "borg is not installed on the machine of the repository.",
                   "install borg there, so that it can list what it holds")  # fmt: skip
    said: list[str] = []
    answers: list[tuple[str, int, list[str]]] = []
    for key, value in lines:
        if key == "|":
            said.append(value)
        elif key == "exit":
            passphrase, _, ended = value.partition(" ")
            answers.append((passphrase, number(ended), said))
            said = []
    if not answers or said or [one[0] for one in answers] not in (["empty"], ["empty", "named"]):
        raise ValueError("borg's answer is not whole")
    which, status, said = answers[-1]
    if status > _WARNED:
        return _failed(which, " ".join(said))
    begin = next((index for index, line in enumerate(said) if line.startswith("{")), None)
    if begin is None:
        raise ValueError("borg listed nothing that could be read")
    told = json_of("\n".join(said[begin:]))
    # Times carry no zone: the probe runs borg in UTC.
    named = [(one["name"], seconds(one["start"] + "Z")) for one in told["archives"]]
    mode = told["encryption"]["mode"]
    if not isinstance(mode, str) or not all(isinstance(name, str) for name, _ in named):
        raise ValueError("borg's answer is of an odd form")
    return named, mode, which == "empty"


def _failed(which: str, said: str) -> Gap:
    if "passphrase" in said and "incorrect" in said:
        if which == "empty":
            return NO_PASSPHRASE
        return Gap(GapReason.LOGIN_REFUSED, "The passphrase in the named file does not open this repository.",
                   "correct `password_file:` in the register, or the file")  # fmt: skip
    if "No such file" in said and "/bin/cat" in said:
        return Gap(GapReason.NO_CREDENTIAL, "The file with the passphrase is not there.",
                   "correct `password_file:` in the register, or put the file in its place")  # fmt: skip
    if "No key file for repository" in said:
        return Gap(GapReason.NO_CREDENTIAL, "The key of this repository lies on the machines that it backs up.",
                   "export it there (borg key export) and import it here, or sign a document in its place")  # fmt: skip
    return Gap(GapReason.PARSE, f"borg could not list it: {clean(said, 300)}")


def _points(repository: str, listed: list[tuple[str, int]]) -> list[dict[str, Any]]:
    groups: dict[str, list[int]] = {}
    for name, time in listed:
        if not _PARTIAL.search(name):
            groups.setdefault(stem(name) or name, []).append(time)
    if not groups:
        return [points(repository, ())]
    return [points(repository, times, group=group) for group, times in sorted(groups.items())]


def _described(listed: tuple[list[tuple[str, int]], str, bool] | Gap) -> dict[str, Any]:
    if isinstance(listed, Gap):
        # That an empty passphrase does not open it was seen, wherever borg got as far as asking for one.
        closed = listed.reason in (GapReason.NO_CREDENTIAL, GapReason.LOGIN_REFUSED)
        return {"mode": listed, "opens_empty": False if closed else listed, "partial": listed, "oldest_partial": listed}
    named, mode, empty = listed
    partial = [(name, time) for name, time in named if _PARTIAL.search(name)]
    oldest = {"oldest_partial": time_of(min(time for _, time in partial))} if partial else {}
    return {"mode": mode, "opens_empty": empty, "partial": [clean(name, 100) for name, _ in partial][:50], **oldest}
