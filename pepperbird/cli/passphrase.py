"""The passphrase of a key: by reference (env:, file:, cred:, command:) or asked for, never an argument."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pepperbird.errors import UsageError
from pepperbird.model.text import clean


def passphrase(reference: str | None, what: str, root: Path | None, *, new: bool = False) -> str:
    """The passphrase of the key `what`; twice on the terminal where it is `new`. Raises UsageError."""
    if reference is not None:
        from pepperbird.collect.interface import Refused
        from pepperbird.collect.secret import resolve_secret

        try:
            return resolve_secret(reference, root)
        except Refused as refused:
            raise UsageError(f"{what}: {clean(refused.gap.detail)}; it is env:NAME, file:PATH or cred:NAME") from None
    if not sys.stdin.isatty():
        raise UsageError(f"{what} needs its passphrase; say where it is: env:NAME, file:PATH or cred:NAME")
    asked: str = click.prompt(f"Passphrase of {what}", hide_input=True, confirmation_prompt=new, err=True)
    return asked
