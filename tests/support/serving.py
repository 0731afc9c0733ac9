"""A site whose machines answer from a recording, and `serve` as a process of its own that may be killed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pepperbird.fleet.asked import Asked
from pepperbird.scan.clock import now
from pepperbird.store.runs import Store
from pepperbird.store.works import Request

PATIENCE = 60.0


def site_of_recordings(folder: Path, recording: Path, servers: int, *, lines: str = "", agency: str = "") -> Path:
    """A site of one agency with so many servers, all of which answer as the recording does."""
    (folder / "agencies").mkdir(parents=True)
    (folder / "site.yaml").write_text(f"name: Test\ndefaults: {{parallel: 1}}\n{lines}")
    assets = "".join(
        f"  - {{id: s{n}, kind: linux-server, access: [{{via: replay, at: machine}}]}}\n" for n in range(servers)
    )
    (folder / "agencies" / "moh.yaml").write_text(
        f"id: moh\nname: Ministry of Health\ntier: standard\n{agency}assets:\n{assets}"
    )
    shutil.copytree(recording, folder / "machine")
    return folder


class Serve:
    """`pepperbird serve` on a state directory. `log` holds the events that it told until now."""

    def __init__(self, home: Path, site: Path, *more: str) -> None:
        self.home, self._path = home, home / f"log-{time.monotonic_ns()}"
        home.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pepperbird", "serve", "--site", str(site), "--listen", "127.0.0.1:0", *more]
        with self._path.open("w") as log:
            self.process = subprocess.Popen(command, stderr=log, env=os.environ | {"PEPPERBIRD_HOME": str(home)})

    @property
    def text(self) -> str:
        return self._path.read_text()

    @property
    def log(self) -> list[dict[str, Any]]:
        lines = self.text.splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]

    def told(self, event: str, **about: str) -> dict[str, Any]:
        """The first event of that name, waited for."""

        def found() -> dict[str, Any] | None:
            wanted = {"event": event, **about}
            return next((one for one in self.log if wanted.items() <= one.items()), None)

        return wait_for(found, lambda: f"{event}: {self.text}")

    @property
    def at(self) -> str:
        return str(self.told("serving")["listen"])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def __enter__(self) -> Serve:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()


def wait_for(found: Callable[[], Any], said: Callable[[], str]) -> Any:
    """What `found` gives as soon as it gives anything."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.01)
    raise AssertionError(said())


def ask(home: Path, name: str, asked: Asked | None = None) -> None:
    """Ask the executor of `home`, alive or not, for a scan."""
    store = Store(home / "pepperbird.db")
    store.works.ask(Request(name, now(), "a test", (asked or Asked()).to_text()))
    store.close()


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(home / "pepperbird.db", timeout=30)) as db:
        return db.execute(query).fetchall()


def count(home: Path, query: str) -> int:
    """A figure of the store; 0 while there is none."""
    try:
        return int(rows(home, query)[0][0])
    except sqlite3.Error:
        return 0


@contextlib.contextmanager
def opened(home: Path) -> Iterator[Store]:
    store = Store(home / "pepperbird.db")
    try:
        yield store
    finally:
        store.close()
