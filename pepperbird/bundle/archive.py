"""Content as one blob, so that a run can be judged again by exactly what it was judged by.

The same folders always give the same bytes. Unpacking writes only regular files below the five content folders.
"""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from pepperbird.errors import ContentError

FOLDERS = ("baselines", "checks", "collectors", "policies", "reports")
OVERLAYS = "overlays"
"""Where the baselines of a site lie in the archive."""
MAX_BYTES = 64 * 1024 * 1024


def pack_content(root: Path, overlays: Sequence[Path] = ()) -> bytes:
    """A reproducible tar.gz of the content folders under `root`, and of a site's own baselines."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=6, mtime=0) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for folder in FOLDERS:
            for path in sorted((root / folder).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    archive.addfile(_entry(path, path.relative_to(root).as_posix()), io.BytesIO(path.read_bytes()))
        for path in overlays:
            archive.addfile(_entry(path, f"{OVERLAYS}/{path.name}"), io.BytesIO(path.read_bytes()))
    return buffer.getvalue()


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


def _entry(path: Path, name: str) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size = path.stat().st_size
    entry.mode = 0o644
    return entry
