"""Content as one blob, so that a run can be judged again by exactly what it was judged by.

The same folders always give the same bytes. Unpacking writes only regular files below the five content folders.
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from pepperbird.errors import ContentError, Issue
from pepperbird.model.text import clean

FOLDERS = ("baselines", "checks", "collectors", "policies", "reports")
OVERLAYS = "overlays"
"""Where the baselines of a site lie in the archive."""
MAX_BYTES = 64 * 1024 * 1024


def pack_content(root: Path, overlays: Sequence[Path] = ()) -> bytes:
    """A reproducible tar.gz of the content folders under `root`, and of a site's own baselines."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=3, mtime=0) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w", format=tarfile.GNU_FORMAT) as archive,
    ):
        for name, entry in walk(root):
            if entry.is_file() and "__pycache__/" not in name:
                _add(archive, name, Path(entry.path).read_bytes())
        for path in overlays:
            _add(archive, f"{OVERLAYS}/{path.name}", path.read_bytes())
    return buffer.getvalue()


def walk(root: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """All that lies below the five content folders, by its path from `root`, in an order that is always the same.

    Folders that are links are not gone into. There are thousands of files, which each scan reads: hence no `rglob`,
    which also passes over in silence what it may not read. Raises ContentError for that.
    """
    for folder in FOLDERS:
        yield from sorted(_below(f"{root}/{folder}", folder), key=lambda found: found[0])


def _below(path: str, name: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    try:
        with os.scandir(path) as opened:
            entries = list(opened)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise ContentError(
            [Issue(clean(name), 0, 0, f"cannot be read: {error.strerror}; give the right to read it")]
        ) from error
    for entry in entries:
        inside = f"{name}/{entry.name}"
        yield inside, entry
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path, inside)


def unpack_content(blob: bytes, to: Path) -> None:
    """Write the files of `blob` below `to`. Raises ContentError for anything `pack_content` does not write."""
    total = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(blob), mode="r:gz") as archive:
            for member in archive:
                name = PurePosixPath(member.name)
                total += member.size
                source = archive.extractfile(member) if member.isreg() else None
                if (
                    source is None
                    or name.is_absolute()
                    or ".." in name.parts
                    or name.parts[0] not in (*FOLDERS, OVERLAYS)
                ):
                    raise ContentError(f"the stored content has an entry that does not belong there: {member.name!r}")
                if total > MAX_BYTES:
                    raise ContentError(f"the stored content is larger than {MAX_BYTES} bytes")
                target = to / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read())
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ContentError(f"the stored content is damaged: {error}") from error
    for folder in FOLDERS:
        (to / folder).mkdir(exist_ok=True)


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    entry.mode = 0o644
    archive.addfile(entry, io.BytesIO(data))
