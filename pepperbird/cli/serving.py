"""What `serve`, `schedule` and a scan that is handed over share: what the executor is asked, and what it works with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pepperbird.cli.common import STORE, state_directory
from pepperbird.cli.opening import open_store
from pepperbird.cli.passphrase import passphrase
from pepperbird.cli.request import Call, read_request
from pepperbird.cli.sealing import read_sealing
from pepperbird.cli.traffic import has_lines, with_costs
from pepperbird.fleet.asked import Asked, Ready
from pepperbird.fleet.log import Log
from pepperbird.fleet.office import Office


@contextmanager
def office_of(root: Path, patience: int) -> Iterator[Office]:
    """An office for the site at `root`, on the store of this account."""

    def prepare(asked: Asked, at: str) -> Ready:
        request = read_request(_call(asked, root), at=at)
        if has_lines(request.plan):
            request = with_costs(request, state_directory() / STORE)
        return Ready(request.catalog, request.site, request.plan, request.options, read_sealing(request.site, at))

    store = open_store(root)
    try:
        yield Office(store, prepare, read_sealing, Log(), patience=patience, secret=passphrase)
    finally:
        store.close()


def _call(asked: Asked, root: Path) -> Call:
    def path(name: str | None) -> Path | None:
        return None if name is None else Path(name)

    return Call(
        targets=(), site=root, agencies=asked.agencies, assets=asked.assets, controls=asked.controls,
        content=path(asked.content), baseline=asked.baseline, tier="standard", known_hosts=path(asked.known_hosts),
        identity=asked.identity, deadline=asked.deadline, parallel=asked.parallel, deep=asked.deep, slow=asked.slow,
        kinds=asked.kinds, zones=asked.zones,
    )  # fmt: skip


def asked_by_call(call: Call) -> Asked:
    """What a call of `scan` asks of the executor of its site."""

    def name(path: Path | None) -> str | None:
        return None if path is None else str(path.absolute())

    return Asked(
        agencies=call.agencies, assets=call.assets, controls=call.controls, content=name(call.content),
        baseline=call.baseline, known_hosts=name(call.known_hosts),
        identity=name(Path(call.identity).expanduser() if call.identity else None),
        deadline=call.deadline, parallel=call.parallel, deep=call.deep, slow=call.slow,
    )  # fmt: skip


def caller() -> str:
    """Who calls, for the log of the executor."""
    return f"process {os.getpid()} of user {os.getuid()}"
