"""What a PDF holds, unpacked: names that a test looks for must not hide in a compressed part of it."""

from __future__ import annotations

from io import BytesIO

import pikepdf


def unpacked(data: bytes) -> bytes:
    """The same PDF with every object and every stream in plain sight."""
    plain = BytesIO()
    with pikepdf.open(BytesIO(data)) as document:
        document.save(
            plain,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            compress_streams=False,
        )
    return plain.getvalue()
