"""The text of sshd's configuration with its includes, and what its Match blocks lay over the settings of sshd -T.

`sshd -T` shows one connection's settings; a permissive Match is missed without naming the right user and address. So
every block gives rules of its own: what it sets, over what holds outside. Where blocks overlap, each value that could
come to hold stands in one of the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.text import number, unknown

KEYWORDS: Final = (
    "permitrootlogin", "passwordauthentication", "kbdinteractiveauthentication", "permitemptypasswords",
    "pubkeyauthentication", "authenticationmethods",
)  # fmt: skip
ALGORITHMS: Final = ("kexalgorithms", "hostkeyalgorithms", "ciphers", "macs")
"""A Match block cannot change them."""
_CHANGING: Final = ("+", "-", "^")
_KERBEROS: Final = "toWM5Slw5Ew8Mqkay+al2g=="
"""Ends the names of GSSAPI's key exchanges on the wire, for Kerberos; sshd -T leaves it out."""
_SAME: Final = {
    "challengeresponseauthentication": "kbdinteractiveauthentication",
    "skeyauthentication": "kbdinteractiveauthentication",
    "dsaauthentication": "pubkeyauthentication",
}
_TRUTH: Final = {"yes": True, "true": True, "no": False, "false": False}
_UNSET: Final = {
    "authenticationmethods": "any", "permitemptypasswords": "no", "passwordauthentication": "yes",
    "kbdinteractiveauthentication": "yes", "pubkeyauthentication": "yes",
}  # fmt: skip
"""What every version does where nothing is set; the default of PermitRootLogin has changed over time."""
EVERYBODY: Final = "all connections"
OUTSIDE: Final = "outside every Match block"


def normal(root_login: str) -> str:
    """PermitRootLogin under its present name."""
    value = root_login.lower()
    return "prohibit-password" if value == "without-password" else value


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds in one context: keyword to value, or to the Gap that stands for it."""

    context: str
    values: dict[str, str | Gap]

    def get(self, keyword: str) -> str | Gap:
        found = self.values.get(keyword)
        return found if found is not None else Gap(GapReason.PARSE, f"sshd did not tell {keyword}")

    def truth(self, keyword: str) -> Any:
        value = self.get(keyword)
        if isinstance(value, Gap):
            return value
        return _TRUTH.get(value.lower(), Gap(GapReason.PARSE, f"{keyword} is neither yes nor no"))


@dataclass
class Config:
    """All that was told of one configuration file."""

    path: str
    effective: str = ""
    denied: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    _settings: dict[str, str] = field(default_factory=dict)
    _files: dict[str, list[str]] = field(default_factory=dict)
    _times: dict[str, int] = field(default_factory=dict)
    _includes: dict[str, list[str]] = field(default_factory=dict)
    _closed: set[str] = field(default_factory=set)
    _inside: dict[str, list[str]] = field(default_factory=dict)
    _file: str = ""

    def tell(self, key: str, value: str) -> None:
        """Take one line of the probe. Raises ValueError for one that means nothing."""
        match key:
            case "file" | "folder":
                seconds, _, path = value.partition(" ")
                self._times[path] = number(seconds)
                if key == "file":
                    self._file = path
                    self._files[path] = []
            case "line" if self._file:
                self._files[self._file].append(value)
            case "pattern":
                self._includes.setdefault(value, [])
            case "includes":
                pattern, _, path = value.partition("\t")
                self._includes[pattern].append(path)
            case "closed":
                self._closed.add(value)
            case "inside":
                path, _, line = value.partition(":")
                self._inside.setdefault(path, []).append(line)
            case "changed":
                self.changed.append(value)
            case "denied":
                self.denied.append(value)
            case "effective":
                self.effective = value.partition(" ")[0]
            case "set":
                self._set(value)
            case _:
                raise unknown(f"{key} {value}")

    def _set(self, line: str) -> None:
        name, _, value = line.partition(" ")
        keyword = _SAME.get(name.lower(), name.lower())
        if keyword == "kbdinteractiveauthentication" and self._settings.get(keyword) == "yes":
            return
        self._settings[keyword] = value.strip()

    def changed_at(self) -> Iterator[tuple[str, int]]:
        """Every file and folder with the time of its last change."""
        yield from self._times.items()

    def algorithms(self, keyword: str, options: dict[str, str]) -> list[str] | Gap:
        """What the daemon offers of one of ALGORITHMS; `options` are its own `-o`, which win over its files.

        Red Hat and its kin start sshd with whole lists there. One that only adds to a list or takes from it is a Gap.
        """
        told, gss = self._told(keyword, options), ""
        if keyword == "kexalgorithms" and self._told("gssapikeyexchange", options).lower() == "yes":
            gss = self._told("gssapikexalgorithms", options)
            if not gss:
                return Gap(GapReason.PARSE, "sshd did not tell gssapikexalgorithms, which it was told to use")
        if not told:
            return Gap(GapReason.PARSE, f"sshd did not tell {keyword}")
        if told[0] in _CHANGING or gss[:1] in _CHANGING:
            return Gap(
                GapReason.UNSUPPORTED, f"the daemon was started with -o {keyword}, which changes what its file says",
                "set the whole list in /etc/ssh/sshd_config instead, and restart sshd",
            )  # fmt: skip
        named = (f"{one}{_KERBEROS}" if one.endswith("-") else one for one in gss.split(","))
        return [one for one in (*told.split(","), *named) if one]

    def _told(self, keyword: str, options: dict[str, str]) -> str:
        return options.get(keyword) or self._settings.get(keyword, "")

    def rules(self, options: dict[str, str]) -> Iterator[Rules]:
        """What holds for whom; `options` are the daemon's own `-o`, which win over its files."""
        blocks: dict[str, dict[str, str]] = {}
        outside: dict[str, str] = {}
        for block, keyword, value in self._walk(self.path, "", 0):
            if keyword == "match":
                blocks.setdefault(block, {})
            else:
                (blocks[block] if block else outside).setdefault(keyword, value)
        given = {_SAME.get(name, name): value for name, value in options.items()}
        base: dict[str, str | Gap] = {}
        for keyword in KEYWORDS:
            base[keyword] = given.get(keyword) or self._outside(keyword, outside, blocks)
        if not blocks:
            yield Rules(EVERYBODY, base)
            return
        yield Rules(OUTSIDE, base)
        for block, values in blocks.items():
            yield Rules(block.partition(" ")[2], {**base, **{k: v for k, v in values.items() if k in KEYWORDS}})

    def _outside(self, keyword: str, outside: dict[str, str], blocks: dict[str, dict[str, str]]) -> str | Gap:
        """What holds where no block matches; sshd's own word where no block could have changed it."""
        if not any(keyword in values for values in blocks.values()):
            value = self._settings.get(keyword) or ("any" if keyword == "authenticationmethods" else "")
            return value or Gap(GapReason.PARSE, f"sshd did not tell {keyword}")
        return (
            outside.get(keyword)
            or _UNSET.get(keyword)
            or Gap(
                GapReason.UNSUPPORTED,
                f"{keyword} is set in a Match block only, so that nobody can tell what holds outside it.",
                "set it before the first Match block as well, then reload sshd",
            )
        )

    def _walk(self, path: str, block: str, depth: int) -> Iterator[tuple[str, str, str]]:
        """(block, keyword, value) of a file and what it includes, in order; '' is outside every block.

        A Match holds to the end of its file at most; the number before it keeps equal lines apart.
        """
        lines = self._files.get(path, self._inside.get(path))
        if lines is None or depth > 8:
            raise ValueError("an included file that was not told")
        for at, line in enumerate(lines, 1):
            keyword, value = _split(line)
            if keyword == "include":
                for pattern in value.split():
                    for included in self._included(pattern):
                        yield from self._walk(included, block, depth + 1)
            elif keyword == "match":
                block = f"{path}:{at} Match {value}"
                yield block, "match", value
            elif keyword:
                yield block, _SAME.get(keyword, keyword), value

    def _included(self, pattern: str) -> list[str]:
        if pattern not in self._includes:
            raise ValueError("an Include that was not followed")
        if pattern in self._closed:
            full = pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}"
            return sorted(path for path in self._inside if fnmatchcase(path, full))
        return self._includes[pattern]


def _split(line: str) -> tuple[str, str]:
    """Keyword in lower case and its value without quotes and comment; ('', '') for a line without one."""
    text = line.strip()
    if not text or text.startswith("#"):
        return "", ""
    cut = next((at for at, character in enumerate(text) if character in " \t="), len(text))
    value = text[cut:].lstrip(" \t=").partition(" #")[0].replace('"', "").strip()
    return text[:cut].lower(), " ".join(value.split())
