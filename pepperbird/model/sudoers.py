"""A command as a rule of sudoers that allows exactly it: this path, these arguments, no other.

In sudoers an argument is a pattern, and some characters end it or begin something else. All of them are escaped here.
sudo compares the arguments joined by blanks, so one argument `a b` and two, `a` and `b`, are the same to it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from typing import Final

DEVICE: Final = "/dev/DEVICE"
"""Stands in a declared command for one disk of the machine, which sudoers then names."""
_DEVICE_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,60}")
_PROGRAM: Final = re.compile(r"/[A-Za-z0-9._/+-]+")
_ACCOUNT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,63}")
_LETTER: Final = frozenset(",:= #*?[]!")


def command_words(command: str) -> list[str]:
    """The words of a declared command, split as a shell would. Raises ValueError for one that no rule can hold."""
    words = shlex.split(command)
    if not words or not _PROGRAM.fullmatch(words[0]):
        raise ValueError("a command for sudo begins with the absolute path of a program")
    if not command.isprintable():
        raise ValueError("a command for sudo is one line of visible characters")
    if "" in words:
        raise ValueError("sudo cannot tell an empty argument from none")
    return words


def for_device(command: str, name: str) -> str:
    """The command with a disk in the place of `/dev/DEVICE`. Raises ValueError for what is no device's name."""
    if not _DEVICE_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a disk; it is what stands behind /dev/, for example sda")
    return command.replace(DEVICE, f"/dev/{name}")


def meant(commands: Iterable[str], ran: str) -> str | None:
    """Which of the declared commands `ran` is, words joined by blanks, with its disk named; None where it is none."""
    for command in commands:
        wanted = " ".join(command_words(command))[:300]
        pattern = re.escape(wanted).replace(re.escape(DEVICE), f"/dev/(?P<name>{_DEVICE_NAME.pattern})", 1)
        match = re.fullmatch(pattern, ran)
        if match:
            return for_device(command, match["name"]) if DEVICE in wanted else command
    return None


def rule(account: str, *commands: str) -> str:
    """`ACCOUNT ALL=(root) NOPASSWD: COMMAND, ...`. Raises ValueError for a name or command that cannot stand there."""
    if not _ACCOUNT.fullmatch(account) or account.isupper():
        raise ValueError(f"the account name {account!r} cannot stand in a sudoers file; choose a plain one")
    return f"{account} ALL=(root) NOPASSWD: {', '.join(map(quoted, commands))}"


def quoted(command: str) -> str:
    """The command as sudoers wants it; one without arguments may have none. Raises ValueError."""
    program, *arguments = command_words(command)
    if not arguments:
        return f'{program} ""'
    text = " ".join(map(_argument, arguments))
    # Arguments that begin with ^ would be a regular expression to sudo 1.9.10 and later.
    return f"{program} \\{text}" if text.startswith("^") else f"{program} {text}"


def _argument(text: str) -> str:
    """One backslash becomes four: sudoers takes away the half, and the pattern again."""
    return "".join("\\" * 4 if one == "\\" else f"\\{one}" if one in _LETTER else one for one in text)
