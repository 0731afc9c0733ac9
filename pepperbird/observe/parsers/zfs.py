"""`zfs get encryption`: which datasets encrypt what is written to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pepperbird.observe.text import lines_of, unknown

_CIPHER: Final = ("aes-128-", "aes-192-", "aes-256-")


def zfs_encryption(output: bytes) -> dict[str, bool] | None:
    """Dataset to whether it encrypts. None where nothing does: a kernel without ZFS, or a ZFS that can't encrypt."""
    lines = lines_of(output)
    if lines in (["absent"], ["never"]):
        return None
    if len(lines) < 2 or lines[0] != "present" or lines[-1] != "end":
        raise ValueError("the output does not begin and close with its marks")
    found: dict[str, bool] = {}
    for line in lines[1:-1]:
        name, _, value = line.partition("\t")
        if not name or name in found or not (value == "off" or value.startswith(_CIPHER)):
            raise unknown(line)
        found[name] = value != "off"
    return found


def pool_of(dataset: str) -> str:
    """The pool that a dataset lies in."""
    return dataset.partition("/")[0]


def dataset_encrypted(dataset: str, datasets: Mapping[str, bool] | None, below: bool) -> bool:
    """Whether a dataset encrypts. Raises ValueError where its pool may lie on an encrypted device (`below`)."""
    if datasets is not None and dataset not in datasets:
        raise ValueError("zfs does not list this dataset")
    if datasets is not None and datasets[dataset]:
        return True
    if below:
        raise ValueError("the pool may lie on one of the encrypted devices of this machine")
    return False
