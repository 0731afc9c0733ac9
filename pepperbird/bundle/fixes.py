"""What a fix must say before it ships: what may break before the commands, what is seen after them, and the way back.

An administrator pastes a fix as it stands, as root, with no other manual. So there is no name left to fill in where it
would be run, nothing that parses differently than it reads, and no `sshd` reloaded with a file that it does not take.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path as FilePath

from pepperbird.bundle.sources import Part, read_sources
from pepperbird.errors import Issue
from pepperbird.located.document import Path
from pepperbird.model.check import Check, Fix, FixVariant
from pepperbird.model.state import State

SCRIPTS = ("shell", "verify", "undo_shell")
PROSE = ("text", "warning", "shows", "undo")
_ANGLE = re.compile(r"<[a-z][a-z0-9 _./-]*>")
_NAME = re.compile(
    r"(?<![\w$/.,%{-])(FILE|FOLDER|DIRECTORY|NAME|ACCOUNT|MOUNT-?POINT|DEVICE|DISK|BUCKET|SERVER|ID|OLD|NEW)(?![\w=,])"
)
_SSHD = re.compile(r"systemctl (?:reload|restart|reload-or-restart) sshd?\b")
_LEAVES = re.compile(r"(?m)^(?:exit|exec|logout|cd|umask|set -[a-z]*[eu])\b|\$\{\w+:\?")
_COMMENT = re.compile(r"(?m)(?:^|[ \t])#.*$")


def fix_issues(root: FilePath) -> tuple[Issue, ...]:
    """Every fault of every fix below `root`, located. Content that reads is judged by even where this finds faults."""
    sources = read_sources(root)
    return tuple(
        part.document.issue(("fix", *path), f"{'.'.join(('fix', *map(str, path)))}: {problem}")
        for part in sources.checks.values()
        for path, problem in faults(part.value.fix)
    ) + tuple(_empty(part) for part in sources.checks.values() if _silent(part.value))


def _silent(check: Check) -> bool:
    """True where a list without rows fails, and nothing says in words what is missing."""
    each = check.for_each
    return each is not None and each.on_empty is State.FAIL and not each.empty


def _empty(part: Part[Check]) -> Issue:
    return part.document.issue(
        ("for_each", "on_empty"), "for_each: no row is a fail; say in `empty` what is missing then"
    )


def faults(fix: Fix) -> Iterator[tuple[Path, str]]:
    """Each fault as its place below `fix` and what to do about it."""
    yield from _whole(fix, fix, ())
    for name, variant in fix.variants.items():
        yield from _whole(fix, variant, ("variants", name))


def _whole(fix: Fix, one: Fix | FixVariant, at: Path) -> Iterator[tuple[Path, str]]:
    """What belongs together; a variant takes from the fix what it does not say itself."""

    def has(field: str) -> bool:
        return bool(getattr(one, field) or getattr(fix, field))

    if one.shell and not has("verify"):
        yield (*at, "shell"), "nothing shows that it worked; add `verify`"
    if one.verify and not has("shows"):
        yield (*at, "verify"), "nobody can tell a good answer from a bad one; say in `shows` what it prints"
    if one.shell and not has("undo"):
        yield (*at, "shell"), "the way back is missing; add `undo`, or say there why there is nothing to undo"
    if one.undo_shell and not has("undo"):
        yield (*at, "undo_shell"), "say in `undo` what it takes back"
    if one.shell and fix.risk != "none" and not has("warning"):
        yield (*at, "shell"), f"risk {fix.risk}: say in `warning` what may break and the safe way"
    for field in PROSE:
        yield from (((*at, field), fault) for fault in _prose(getattr(one, field) or ""))
    for field in SCRIPTS:
        yield from (((*at, field), fault) for fault in _script(getattr(one, field) or ""))


def _prose(text: str) -> Iterator[str]:
    if not text:
        return
    if text[0].islower():
        yield "begin with a capital letter: this is a sentence; a command belongs into a field of its own"
    if not text.endswith((".", "?", "!", ".)", "`.")):
        yield "end the sentence with a full stop"
    if text.count("`") % 2:
        yield "a backtick has no partner; put commands and names between two"


def _script(script: str) -> Iterator[str]:
    if not script.isascii():
        yield "only ASCII can be pasted everywhere; replace the other characters"
    run = _COMMENT.sub("", script)
    for found in dict.fromkeys([*_ANGLE.findall(run), *_NAME.findall(run)]):
        yield f"{found} is to be filled in, and would be run as it stands; put it behind # or into a variable"
    for found in _LEAVES.findall(run):
        yield f"{found!r} would end or change the session that it is pasted into; put it between ( and )"
    for line in run.splitlines():
        if _SSHD.search(line) and "sshd -t &&" not in line:
            yield "sshd may be left with a file that it does not take; write `sshd -t && systemctl reload ...`"
