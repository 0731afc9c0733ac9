"""pgBackRest repositories: backups by stanza, which of them are damaged, and how they are encrypted."""

from __future__ import annotations

import re
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.text import clean
from pepperbird.observe.parsers.repositories import Lines, few, out_of_reach, points, sections, unread
from pepperbird.observe.text import json_of, number, whole

_COLUMNS: Final = ("path", "ciphers", "errors", "running")
_FINE: Final = frozenset({0, 2})
"""The stanza is well, or holds no backup; every other code says that it could not be seen."""
_UNREADABLE: Final = re.compile(r"\[(FormatError|CryptoError)\] unable to load info file")
_WRONG_PASSPHRASE: Final = Gap(
    GapReason.LOGIN_REFUSED,
    "pgBackRest can make nothing of its list of backups: the passphrase in its file is wrong, or the list is damaged.",
    "correct `repo1-cipher-pass` in pgBackRest's file; where it is right, `pgbackrest check` tells what is damaged",
)


def info(output: bytes) -> dict[str, Any]:
    """`points` and `repositories` of every declared repository; a Gap where one could not be read."""
    rows: list[dict[str, Any]] = []
    repositories: list[dict[str, Any]] = []
    for name, (path, lines) in sections(whole(output)).items():
        seen = out_of_reach(path, lines) or _stanzas(path, lines)
        if isinstance(seen, Gap):
            rows.append(unread(name, seen))
            repositories.append({"id": name, **dict.fromkeys(_COLUMNS, seen)})
        else:
            rows += _points(name, seen)
            repositories.append(_repository(name, path, seen))
    few(rows)
    return {"points": rows, "repositories": repositories}


def _stanzas(path: str, lines: Lines) -> list[dict[str, Any]] | Gap:
    if lines == [("no", "tool")]:
        return Gap(GapReason.UNSUPPORTED, "pgBackRest is not installed on the machine of the repository.")
    if lines == [("no", "config")]:
        return Gap(
            GapReason.NO_CREDENTIAL, "The register names no file of pgBackRest for this repository.",
            "name the file on the machine of the repository as `config:`, such as /etc/pgbackrest.conf",
        )  # fmt: skip
    if len(lines) == 1 and lines[0][0] == "elsewhere" and lines[0][1] != "0 0":
        return Gap(
            GapReason.UNSUPPORTED,
            "pgBackRest's file leads to another machine (repo1-host, repo1-type), or is not there.",
            "declare the repository on the machine where it lies, with the file of pgBackRest there",
        )  # fmt: skip
    if len(lines) < 2 or lines[0][0] != "elsewhere" or lines[-1][0] != "exit":
        raise ValueError(f"{clean(path, 80)} is not told of in full")
    said = [value for key, value in lines[1:-1] if key == "|"]
    if len(said) != len(lines) - 2:
        raise ValueError(f"{clean(path, 80)} is told of in an odd way")
    if number(lines[-1][1]) != 0:
        return Gap(GapReason.PARSE, f"pgBackRest could not tell of it: {clean(' '.join(said), 300)}")
    begin = next((index for index, line in enumerate(said) if line.startswith("[")), None)
    if begin is None:
        raise ValueError("pgBackRest said nothing that could be read")
    stanzas = json_of("\n".join(said[begin:]))
    for stanza in stanzas:
        code = stanza["status"]["code"]
        if code not in _FINE:
            if str(stanza.get("cipher")) != "none" and _UNREADABLE.search(str(stanza.get("repo"))):
                return _WRONG_PASSPHRASE
            words = f"{stanza['name']}: {stanza['status'].get('message', '')} ({code})"
            repositories = [one["status"].get("message", "") for one in stanza.get("repo", ())]
            return Gap(GapReason.PARSE, clean(f"pgBackRest could not see it whole: {words}; {repositories}", 300))
        if any(not isinstance(backup["error"], bool) for backup in stanza["backup"]):
            raise ValueError("a backup that is neither damaged nor whole")
    return list(stanzas)


def _points(repository: str, stanzas: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A damaged backup is no restore point. A stanza without any is a row with no time."""
    if not stanzas:
        return [points(repository, ())]
    return [
        points(
            repository,
            [int(one["timestamp"]["stop"]) for one in stanza["backup"] if not one["error"]],
            group=str(stanza["name"]),
        )
        for stanza in stanzas
    ]


def _repository(name: str, path: str, stanzas: list[dict[str, Any]]) -> dict[str, Any]:
    bad = [f"{one['name']} {backup['label']}" for one in stanzas for backup in one["backup"] if backup["error"]]
    held = [bool(one["status"]["lock"]["backup"]["held"]) for one in stanzas]
    return {
        "id": name, "path": path, "ciphers": [str(one["cipher"]) for one in stanzas],
        "errors": [clean(one, 100) for one in bad][:50], "running": any(held),
    }  # fmt: skip
