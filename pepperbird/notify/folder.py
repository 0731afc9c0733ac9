"""A parcel as files in a folder, whole or not at all, for those who fetch their reports or carry them on."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pepperbird.notify.parcel import Attachment, Outcome, Parcel


def put(folder: Path, parcel: Parcel) -> Outcome:
    """Write the parcel's files below `folder`, in one folder an agency; files that are the same are left alone."""
    place = folder / parcel.agency
    text = Attachment("message.txt", "text/plain", parcel.text.encode())
    try:
        place.mkdir(parents=True, exist_ok=True)
        for file in (*parcel.files, text):
            _write(place / f"{parcel.run}-{file.name}", file.data)
    except OSError as error:
        return Outcome("refused", f"{place}: cannot be written: {error.strerror or type(error).__name__}")
    return Outcome("sent", str(place))


def _write(path: Path, data: bytes) -> None:
    if path.is_file() and path.read_bytes() == data:
        return
    handle, temporary = tempfile.mkstemp(prefix=".pepperbird-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o640)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
