"""A command as a rule of sudoers that allows exactly it: this path, these arguments, no other.

In sudoers an argument is a pattern, and some characters end it or begin something else. All of them are escaped here.
sudo compares the arguments joined by blanks, so one argument `a b` and two, `a` and `b`, are the same to it.
"""

from __future__ import annotations

import re
import shlex
from typing import Final

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
