"""`pepperbird drill`: hands out the program with which an agency verifies its backups and restores from them."""

from __future__ import annotations

from pathlib import Path

import click

from pepperbird.bundle.find import find_content
from pepperbird.cli.common import words, write_all_atomically
from pepperbird.errors import UsageError

NAMES = ("pepperbird-verify", "pepperbird-drill")
_SOURCE = Path("collectors") / "drills" / "pepperbird-drill.sh"


@click.group()
def drill() -> None:
    """Prove backups: the program that an agency runs to verify them and to restore from them."""


@drill.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--content", type=click.Path(path_type=Path, file_okay=False), help="Content folders to use instead.")
def write(folder: Path, content: Path | None) -> int:
    """Write pepperbird-verify and pepperbird-drill into DIR, and say what to do with them. Contacts nothing.

    They are one shell program under two names, part of the content that is approved and signed.
    """
    source = find_content(content) / _SOURCE
    try:
        program = source.read_bytes()
    except OSError as error:
        raise UsageError(f"{source}: cannot be read: {words(error)}") from error
    write_all_atomically({folder / name: program for name in NAMES})
    for name in NAMES:
        (folder / name).chmod(0o755)
    click.echo(
        f"Written to {folder}: {' and '.join(NAMES)}.\n"
        "Copy both to /usr/local/sbin of the machine that can read the backups, and run there, as root:\n"
        "  pepperbird-drill key       prints the fingerprint that the register must name\n"
        "  pepperbird-drill --help    lists what it can do\n"
        "docs/drills.md has examples for restic, borg, pgBackRest and dump files."
    )
    return 0
