"""`pepperbird init`: a new site folder, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import click

from pepperbird.cli.common import words, write_all_atomically
from pepperbird.errors import UsageError
from pepperbird.inventory.read import read_site
from pepperbird.inventory.templates import site_files
from pepperbird.model.text import clean


@click.command()
@click.argument("directory", type=click.Path(path_type=Path), default=Path())
@click.option("--name", default=None, help="Name of the site, for reports.  [default: the folder's name]")
def init(directory: Path, name: str | None) -> None:
    """Write a new site into DIRECTORY (by default here), with comments that say what to fill in.

    Nothing that exists is overwritten.
    """
    title = (name if name is not None else directory.resolve().name).strip() or "Site"
    if clean(title) != title:
        raise UsageError(
            f"the name {clean(title)!r} holds characters that cannot be seen, or is too long; choose another"
        )
    write_site(directory, site_files(title))
    shown = "" if directory == Path() else f" --site {directory}"
    click.echo(f"Wrote a new site in {directory.resolve()}.")
    click.echo(f'Next: pepperbird agency add ID --name "..." --tier standard{shown}')


def write_site(directory: Path, files: dict[str, str]) -> None:
    """Put the files of a new site into `directory`. Raises UsageError, and then nothing was written."""
    if not directory.exists():
        _write_new(directory, files)
        return
    if not directory.is_dir():
        raise UsageError(f"{directory}: is a file; name a folder")
    names = list(dict.fromkeys(name.split("/")[0] for name in files))
    taken = [name for name in names if os.path.lexists(directory / name)]
    if "site.yaml" in taken:
        raise UsageError(f"{directory}: is a site already; nothing was written")
    if taken:
        raise UsageError(f"{directory}: has {', '.join(taken)} already; choose an empty folder. Nothing was written")
    try:
        write_all_atomically({directory / name: text.encode() for name, text in files.items()})
        read_site(directory)
    except BaseException:
        for name in names:
            _remove(directory / name)
        raise


def _write_new(directory: Path, files: dict[str, str]) -> None:
    """The whole folder is made beside its place, read back, and then put there in one step."""
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".pepperbird-", dir=directory.parent))
    except OSError as error:
        raise UsageError(f"{directory}: cannot be made: {words(error)}") from error
    try:
        write_all_atomically({temporary / name: text.encode() for name, text in files.items()})
        read_site(temporary)
        temporary.chmod(0o755)
        temporary.rename(directory)
    except OSError as error:
        raise UsageError(f"{directory}: cannot be made: {words(error)}") from error
    finally:
        _remove(temporary)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
