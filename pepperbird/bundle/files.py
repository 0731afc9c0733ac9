"""Every file of the content folders, what each is by its place, and the digest over all of them.

A place that nothing is expected at is an error: content that nobody reads is content that nobody checks. Links are
refused, since what they point to is not part of what was approved.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pepperbird.bundle.archive import walk
from pepperbird.errors import Issue
from pepperbird.model.text import clean

MAX_FILE = 4 * 1024 * 1024
_NAME = r"[a-z0-9][a-z0-9_-]*"
_PLACES = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("policy", rf"policies/({_NAME})\.yaml"),
        ("template", r"policies/documents/([A-Z]{2}-[0-9]{2}\.[0-9]{1,2})\.yaml"),
        ("list", r"policies/lists/([a-z][a-z0-9_]*)\.yaml"),
        ("baseline", rf"baselines/({_NAME})\.yaml"),
        ("check", r"checks/([a-z][a-z0-9-]*)/([a-z0-9][a-z0-9-]*)\.yaml"),
        ("redactions", r"collectors/redactions\.yaml"),
        ("powershell", r"collectors/powershell\.yaml"),
        ("program", r"collectors/program/(head\.sh|tail\.sh|head\.ps1)"),
        ("collector", r"collectors/([a-z][a-z0-9_]*)/collector\.yaml"),
        ("probes", r"collectors/([a-z][a-z0-9_]*)/probe\.(sh|ps1)"),
        ("tool", r"collectors/([a-z][a-z0-9_]*)/(pepperbird-[a-z]+)\.sh"),
        ("query", r"collectors/([a-z][a-z0-9_]*)/([a-z][a-z0-9_]*)\.sql"),
        ("sample", r"collectors/([a-z][a-z0-9_]*)/samples/[ -~]+"),
        ("report", r"reports/[ -~]+"),
    )
)
_HIDDEN = re.compile(r"(^|/)(\.|__pycache__/)|~$|\.(py|pyc|swp|bak|orig|rej)$")
_KEEP = re.compile(r"[a-z]+/\.gitkeep")


@dataclass(frozen=True, slots=True)
class ContentFile:
    """One file: its path from the content root, what it is there for, the names its path gives, and its bytes."""

    path: str
    kind: str
    names: tuple[str, ...]
    data: bytes


def read_files(root: Path) -> tuple[list[ContentFile], list[Issue]]:
    """All files below the five folders, sorted by path, and an issue for each that should not be there."""
    found: list[ContentFile] = []
    issues: list[Issue] = []
    for name, entry in walk(root):
        if entry.is_symlink():
            issues.append(Issue(clean(name), 0, 0, "a link; put the file itself here"))
        elif entry.is_file():
            kind, names = place_of(name)
            try:
                data = Path(entry.path).read_bytes()
            except OSError as error:
                issues.append(Issue(clean(name), 0, 0, f"cannot be read: {error.strerror}; give the right to read it"))
                continue
            found.append(ContentFile(name, kind, names, data))
            if not kind:
                issues.append(Issue(clean(name), 0, 0, _unknown(name)))
            elif len(data) > MAX_FILE:
                issues.append(Issue(name, 0, 0, f"larger than {MAX_FILE} bytes; content is small, remove it"))
    return found, issues


def place_of(path: str) -> tuple[str, tuple[str, ...]]:
    """What a file at `path` is, and the names in its path; '' where nothing is expected there."""
    if _KEEP.fullmatch(path):
        return "keep", ()
    if not _HIDDEN.search(path):
        for kind, pattern in _PLACES:
            found = pattern.fullmatch(path)
            if found is not None:
                return kind, found.groups()
    return "", ()


def digest_of(files: Mapping[str, bytes]) -> str:
    """`sha256:...` over the canonical manifest: one line `<sha256>  <path>` per file, sorted by path."""
    return digest_of_sums(sums_of(files))


def sums_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """The manifest: SHA-256 of each file by its path, 64 hexadecimal digits."""
    return {path: hashlib.sha256(files[path]).hexdigest() for path in sorted(files)}


def digest_of_sums(sums: Mapping[str, str]) -> str:
    """The digest over a manifest. A name that is no text has its bytes in it; such content is refused elsewhere."""
    lines = "".join(f"{sums[path]}  {path}\n" for path in sorted(sums))
    return "sha256:" + hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def _unknown(path: str) -> str:
    wanted = {
        "policies": "policies/<standard>.yaml, policies/lists/<list>.yaml or policies/documents/<clause>.yaml",
        "baselines": "baselines/<id>.yaml",
        "checks": "checks/<area>/<name>.yaml, in lower case",
        "collectors": "collectors/<namespace>/collector.yaml, probe.sh, probe.ps1, <probe>.sql or samples/",
    }.get(path.split("/", 1)[0])
    return f"nothing reads a file of this name; {f'expected {wanted}, or ' if wanted else ''}remove it"
