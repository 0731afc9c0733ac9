"""`collect.sh`: the script of a kit, which an administrator can read whole before running it.

What it runs is the program and the frame of a scan, to the byte; around them is what says so and writes the bundle.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pepperbird.collect.frame import READER, encode_frame
from pepperbird.errors import UsageError
from pepperbird.model.kit import Kit
from pepperbird.model.plan import EndpointPlan
from pepperbird.model.text import clean

_ABOUT: Final = """\
This script lets {office} see how the server {asset} of
{agency} is kept, without anybody logging in from outside. It was written for this one server.

WHAT IT DOES. It asks the server the questions listed below, one after the other, and writes the answers into one file.
It only reads. It installs nothing, changes no setting, sends nothing over the network, and needs nothing but this
server's own shell. Each question has a time limit. All of it may take some minutes.

HOW TO RUN IT. Copy this file to the server {asset}, read it, and run it there as root, in a folder that has room:

    sudo sh collect.sh

or `sh collect.sh FILE` to say where the answers go; without that it is ./{bundle}.
As another account it runs too, but what only root may see will be missing, and counts as not seen.

WHAT THE FILE HOLDS. All that the questions below find: settings, packages, mounts, accounts, services, states of disks
and backups. No contents of your data. Passwords that stand in settings are taken out when the file is taken in, before
anything of it is kept; in the file itself they are NOT: treat it like a copy of this server's settings. Only the
account that ran the script can read it.

WHOM TO SEND IT TO. {contact}, as it is: not as text, not repacked by hand.
It is good once, and until {until}. Then delete it, and this script.
"""

_MAIN: Final = r"""
PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
LC_ALL=C
export PATH LC_ALL
umask 077

stop() {
  echo "collect.sh: $*" >&2
  exit 1
}

# short: what stands on standard input, without anything but plain characters, and not too long.
short() {
  tr -cd 'A-Za-z0-9._-' | cut -c 1-64
}

size() {
  echo "$(($(wc -c <"$1")))"
}

clean_up() {
  rm -f "$work/asked" "$work/out" "$work/err" "$work/bundle"
  rmdir "$work" 2>/dev/null
}

main() {
  bundle=${1:-./@BUNDLE@}
  case $bundle in /*) ;; *) bundle=./$bundle ;; esac
  [ ! -e "$bundle" ] || stop "$bundle is there already; name another file: sh collect.sh FILE"
  [ "$(date +%s)" -le @EXPIRES@ ] ||
    echo "This script was good until @UNTIL@; or is the clock of this server wrong?" >&2
  [ "$(id -u)" = 0 ] || echo "You are not root: what only root may see will be missing. Better: sudo sh collect.sh" >&2
  work=$bundle.part
  mkdir "$work" 2>/dev/null || stop "cannot make the folder $work; is it there already, or may you not write here?"
  trap clean_up 0
  trap 'exit 1' 1 2 15
  asked >"$work/asked" || stop "cannot write to $work; is the disk full?"
  [ "$(size "$work/asked")" = @LENGTH@ ] || stop "this script was changed on its way; ask for it again"

  # The program runs in a shell of its own: the one that you run this script with.
  shell=$(readlink "/proc/$$/exe" 2>/dev/null)
  case $shell in
    */busybox*) set -- "$shell" sh ;;
    */dash | */bash | */ash | */ksh* | */mksh) set -- "$shell" ;;
    *) set -- /bin/sh ;;
  esac
  echo "Asking @COUNT@ questions; this takes up to some minutes ..." >&2
  began=$(date +%s)
  "$@" -c '@READER@' pepperbird @PROGRAM@ <"$work/asked" >"$work/out" 2>"$work/err"
  ended=$(date +%s)
  grep -q "^@NONCE@ done" "$work/out" && grep -q "^@NONCE@ done" "$work/err" ||
    stop "it ended before all was asked; is the disk full? Run it again"
  {
    echo "pepperbird bundle 1"
    echo "nonce @NONCE@"
    echo "agency @AGENCY@"
    echo "asset @ASSET@"
    echo "user $(id -un 2>/dev/null | short)"
    echo "host $(uname -n | short)"
    echo "machine $(cat /etc/machine-id 2>/dev/null | short)"
    echo "shell $(printf '%s' "$1" | tr -cd 'A-Za-z0-9._/-' | cut -c 1-200)"
    echo "began $began"
    echo "ended $ended"
    echo "asked $(size "$work/asked")"
    echo "out $(size "$work/out")"
    echo "err $(size "$work/err")"
    echo
    cat "$work/asked" "$work/out" "$work/err"
  } >"$work/bundle" && mv "$work/bundle" "$bundle" || stop "cannot write $bundle; is the disk full?"
  echo "Done. Send this file, as it is: $bundle" >&2
  if command -v sha256sum >/dev/null 2>&1; then
    echo "Its SHA-256, to compare by telephone: $(sha256sum <"$bundle" | cut -c 1-64)" >&2
  fi
}

# What is run: the same program for all servers, and after it the questions for this one, with their limits.
asked() {
  cat <<'@NONCE@'
"""


@dataclass(frozen=True, slots=True)
class Wording:
    """What the script says of people. `questions` says of each probe what it asks."""

    agency: str
    office: str
    contact: str
    questions: Mapping[str, str]


def script(kit: Kit, endpoint: EndpointPlan, program: bytes, wording: Wording) -> bytes:
    """The script of `kit`. Raises UsageError where the register holds a value that cannot stand in one."""
    asked = order(kit, endpoint, program)
    if not asked.endswith(b"\n") or b"\0" in asked or b"\r" in asked:
        raise UsageError(f"{kit.server}: a value of the register has a line end in it that a script cannot carry")
    values = {
        "BUNDLE": bundle_of(kit), "EXPIRES": str(_seconds(kit.expires)), "UNTIL": until_of(kit),
        "LENGTH": str(len(asked)),
        "COUNT": str(len(endpoint.probes)), "READER": READER, "PROGRAM": str(len(program)), "NONCE": kit.nonce,
        "AGENCY": kit.agency, "ASSET": kit.asset,
    }  # fmt: skip
    text = _MAIN
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    about = "".join(f"{line}\n" for line in commented(_ABOUT, kit, endpoint, wording))
    head = f"#!/bin/sh\n{about}{text}".encode()
    return head + asked + f'{kit.nonce}\n}}\n\nmain "$@"\n'.encode("ascii")


def order(kit: Kit, endpoint: EndpointPlan, program: bytes) -> bytes:
    """The bytes that the script gives to the shell, and that its bundle must bring back."""
    return program + encode_frame(kit.nonce, endpoint.probes)


def until_of(kit: Kit) -> str:
    """Until when it is good, in words."""
    return f"{kit.expires[:16].replace('T', ' ')} UTC"


def bundle_of(kit: Kit) -> str:
    """The name of the file that it writes, where it is told no other."""
    return f"{kit.agency}-{kit.asset}.bundle"


def commented(
    about: str, kit: Kit, endpoint: EndpointPlan, wording: Wording, right: Callable[[str], str] = lambda _: ""
) -> Iterator[str]:
    """The words at the top of a script, as comments: `about` filled in, its questions, and the `right` they need."""
    words = {"office": wording.office, "agency": wording.agency, "contact": wording.contact}
    shown = {name: clean(text, 200) for name, text in words.items()}
    for line in about.format(asset=kit.asset, until=until_of(kit), bundle=bundle_of(kit), **shown).splitlines():
        yield f"# {line}".rstrip()
    yield "#"
    yield "# THE QUESTIONS, and what needs more rights than an ordinary account has:"
    for call in endpoint.probes:
        for line in textwrap.wrap(clean(wording.questions.get(call.id, call.id), 500), 112):
            yield f"#   {line}"
        if said := right(call.privilege):
            yield f"#       {said}"
        for command in call.commands:
            yield f"#       as root: {clean(command, 200)}"


def _seconds(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp())
