"""Many members in one file, a tar that can be written in one way only, so that each byte of it is accounted for.

The last member, SHA256SUMS, has the digest of every other (`sha256sum -c SHA256SUMS` after unpacking). Reading never
writes anything: no name becomes a path here, a link or a folder is no member, and a size is held against the file's.
"""

from __future__ import annotations

import hashlib
import re
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from pepperbird.errors import TrustError

SUMS = "SHA256SUMS"
MAX_MEMBERS = 200_000
MAX_MEMBER = 256 * 1024 * 1024
_BLOCK = 512
_PIECE = 1 << 20
_END = b"\0" * (2 * _BLOCK)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)?")
_LINE = re.compile(r"([0-9a-f]{64})  ([^\s]+)")


def write_members(out: BinaryIO, members: Iterable[tuple[str, bytes]]) -> int:
    """Write `members` in the order in which they come, and the sums. Gives how many there are."""
    sums: dict[str, str] = {}
    for name, data in members:
        if name in sums or name == SUMS:
            raise TrustError(f"{name}: twice in one file")
        sums[name] = hashlib.sha256(data).hexdigest()
        _write(out, name, data)
    _write(out, SUMS, "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode())
    out.write(_END)
    return len(sums)


def _write(out: BinaryIO, name: str, data: bytes) -> None:
    out.write(_header(name, len(data)))
    out.write(data + b"\0" * (-len(data) % _BLOCK))


def _header(name: str, size: int) -> bytes:
    """The one header of a member. Raises TrustError for a name or a size that none may have."""
    if not _NAME.fullmatch(name) or len(name) > 100:
        raise TrustError(f"{name[:100]!r} is no name of a member")
    if size > MAX_MEMBER:
        raise TrustError(f"{name}: larger than {MAX_MEMBER} bytes")
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o644
    return entry.tobuf(tarfile.USTAR_FORMAT)


class OneFile:
    """The members of an open file. Raises TrustError where it is not one that `write_members` writes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._places: dict[str, tuple[int, int]] = {}
        self._read: set[str] = set()
        self._total = file.seek(0, 2)
        end = 0
        while (end := self._member(end)) and SUMS not in self._places:
            if len(self._places) > MAX_MEMBERS:
                raise TrustError(f"more than {MAX_MEMBERS} members")
        self._file.seek(end)
        if self._file.read(len(_END) + 1) != _END:
            raise TrustError(f"after {SUMS} there is something else than the end")

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def read(self, name: str) -> bytes:
        """Raises TrustError where there is no such member."""
        if name not in self._places:
            raise TrustError(f"{name}: not in the file")
        self._read.add(name)
        place, size = self._places[name]
        self._file.seek(place)
        return self._file.read(size)

    def unread(self) -> Iterator[str]:
        """The members that nobody asked for."""
        return (name for name in self._places if name not in self._read)

    def changed(self) -> Iterator[str]:
        """What does not agree with the sums, by name."""
        expected: dict[str, str] = {}
        for line in self.read(SUMS).decode("ascii", "replace").splitlines(keepends=True):
            match = _LINE.fullmatch(line.removesuffix("\n"))
            if match is None or match[2] in expected or not line.endswith("\n"):
                yield f"{SUMS} was changed: it has a line that is none of its own: {line[:100]!r}"
            else:
                expected[match[2]] = match[1]
        for name in self._places:
            if name != SUMS and expected.pop(name, "") != self._digest(name):
                yield f"{name} is not what {SUMS} says: one of the two was changed"
        yield from (f"{name} is gone, or its line in {SUMS} was changed" for name in expected)

    def _digest(self, name: str) -> str:
        place, size = self._places[name]
        self._file.seek(place)
        digest = hashlib.sha256()
        while size > 0 and (piece := self._file.read(min(size, _PIECE))):
            digest.update(piece)
            size -= len(piece)
        return digest.hexdigest()

    def _member(self, start: int) -> int:
        """Take in the member at `start`; gives where the next one begins."""
        self._file.seek(start)
        head = self._file.read(_BLOCK)
        where = f"after {list(self._places)[-1]}" if self._places else "at the beginning"
        try:
            entry = tarfile.TarInfo.frombuf(head, "ascii", "strict")
            whole = entry.isreg() and _header(entry.name, entry.size) == head
        except (tarfile.TarError, ValueError) as error:
            raise TrustError(f"{where}: no member of a pack begins there ({error})") from error
        if not whole or entry.name in self._places:
            raise TrustError(f"{where}: {entry.name[:100]!r} is not written as a member of a pack is")
        begin, padding = start + _BLOCK, -entry.size % _BLOCK
        if begin + entry.size + padding + len(_END) > self._total:
            raise TrustError(f"{entry.name}: the file ends before it does")
        self._file.seek(begin + entry.size)
        if self._file.read(padding) != b"\0" * padding:
            raise TrustError(f"{entry.name}: something was written behind it")
        self._places[entry.name] = (begin, entry.size)
        return begin + entry.size + padding


def opened(path: Path) -> BinaryIO:
    """The file at `path` for reading. Raises TrustError for one that is no plain file."""
    try:
        if not path.is_file():
            raise TrustError(f"{path}: not a file")
        return path.open("rb")
    except OSError as error:
        raise TrustError(f"{path}: cannot be read: {error.strerror}") from error
