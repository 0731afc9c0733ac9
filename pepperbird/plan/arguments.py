"""Declared values that travel to a probe: as its arguments, and inside the commands that sudo must allow for it.

`asset.<name>` is one value. `register.store_paths` is as many as there are: the directories that the register declares
on this machine, of data stores and of databases. A path that is not plain travels nowhere: it could mean something
else to sudo or to a tool; the probe then does not tell of it, and the check that asks for it is an error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from pepperbird.model.collector import MANY, STORE_PATHS, Probe
from pepperbird.model.site import Agency, Asset
from pepperbird.model.state import AssetKind
from pepperbird.plan.register import host_of

MOST_PATHS: Final = 32
_PLAIN: Final = re.compile(r"(/[A-Za-z0-9_@+.-]+)+")
_DATABASES: Final = frozenset({AssetKind.POSTGRESQL, AssetKind.MYSQL})


def arguments_of(probe: Probe, asset: Asset, agency: Agency | None) -> tuple[str, ...]:
    """The values of `probe.args`, in order; those of which there are many one after the other."""
    found: list[str] = []
    for path in probe.args:
        found += _many(path, asset, agency) if path in MANY else [_one(path, asset)]
    return tuple(found)


def commands_of(probe: Probe, asset: Asset, agency: Agency | None) -> tuple[str, ...]:
    """What sudo must allow on this machine: a command with `{register.store_paths}` once for each of them."""
    found: list[str] = []
    for command in probe.commands:
        name = next((one for one in MANY if "{" + one + "}" in command), None)
        values = [] if name is None else _many(name, asset, agency)
        found += [command] if name is None else [command.replace("{" + name + "}", value) for value in values]
    return tuple(found)


def store_paths(agency: Agency, host: str) -> list[str]:
    """The plain directories that the register declares on a machine, each once, at most 32."""
    declared = [store.path for store in agency.stores if host_of(agency, store.asset) == host]
    declared += [one.path for one in agency.assets if one.kind in _DATABASES and host_of(agency, one.id) == host]
    return sorted({path.rstrip("/") for path in declared if path and is_plain(path.rstrip("/"))})[:MOST_PATHS]


def is_plain(path: str) -> bool:
    """An absolute path of ordinary characters, below the root, without steps upwards or to itself."""
    steps = path.split("/")[1:]
    return len(path) <= 255 and bool(_PLAIN.fullmatch(path)) and not {".", ".."} & set(steps)


def _one(path: str, asset: Asset) -> str:
    value = getattr(asset, path.removeprefix("asset."), "")
    return " ".join(value) if isinstance(value, tuple) else str(value or "")


def _many(name: str, asset: Asset, agency: Agency | None) -> Sequence[str]:
    return store_paths(agency, asset.id) if agency is not None and name == STORE_PATHS else []
