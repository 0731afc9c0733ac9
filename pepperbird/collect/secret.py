"""Secret references (`env:NAME`, `file:PATH`, `cred:NAME`, `command:...`) resolved, here and nowhere else.

The value is never logged, stored or put on an argument list; a Gap names the reference, not what it holds.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from pepperbird.collect import words
from pepperbird.collect.interface import Refused
from pepperbird.model.gap import Gap, GapReason

_LIMIT = 4096
_SECONDS = 20


def resolve_secret(reference: str, root: Path | None) -> str:
    """The secret behind `reference`, its last line break taken off. Raises Refused (no-credential)."""
    kind, _, rest = reference.partition(":")
    try:
        value = _read(kind, rest, root)
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        why = "is not set" if isinstance(error, KeyError) else f"gives nothing ({type(error).__name__})"
        raise Refused(_gap(reference, why)) from None
    value = value.removesuffix("\n").removesuffix("\r")
    if not value or len(value) > _LIMIT:
        raise Refused(_gap(reference, "gives nothing usable"))
    return value


def _read(kind: str, rest: str, root: Path | None) -> str:
    if kind == "env":
        return os.environ[rest]
    if kind == "file":
        return _text((root or Path.cwd()) / Path(rest).expanduser())
    if kind == "cred":
        if "/" in rest or rest in ("", ".", ".."):
            raise ValueError("no name")
        return _text(Path(os.environ["CREDENTIALS_DIRECTORY"]) / rest)
    if kind == "command":
        done = subprocess.run(  # noqa: S603 - the officer's own command, from the signed site, without a shell
            shlex.split(rest), stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=True
        )
        return done.stdout[: _LIMIT + 2].decode("utf-8")
    raise ValueError("unknown kind")


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_LIMIT + 2).decode("utf-8")


def _gap(reference: str, why: str) -> Gap:
    return Gap(
        GapReason.NO_CREDENTIAL,
        f"the secret {words.shown(reference)} {why}",
        "Set it for the process that scans; the site file holds only the reference.",
    )
