"""An office over a site of recordings, with a clock that the test moves."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pepperbird.collect.interface import CollectOptions
from pepperbird.collect.replay import SCHEMA
from pepperbird.fleet.asked import Asked, Ready
from pepperbird.fleet.log import Log
from pepperbird.fleet.office import Office
from pepperbird.inventory.read import read_site
from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import Selection
from pepperbird.plan.make import make_plan
from pepperbird.scan.sealing import UNSIGNED
from pepperbird.store.runs import Store
from tests.support.shipped import shipped_catalog

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Bench:
    """What a test holds: the site, an office on its store, the log, and the clock."""

    site: Path
    catalog: Catalog
    store: Store
    log: io.StringIO = field(default_factory=io.StringIO)
    moment: datetime = NOON

    def __post_init__(self) -> None:
        self.office = Office(
            self.store, self._prepare, lambda site, at: UNSIGNED, Log(self.log), patience=60, now=lambda: self.moment
        )

    def _prepare(self, asked: Asked, at: str) -> Ready:
        register = read_site(self.site)
        selection = Selection(asked.agencies, asked.assets, kinds=asked.kinds, zones=asked.zones)
        plan = make_plan(self.catalog, register, selection, at=at)
        return Ready(self.catalog, register, plan, CollectOptions(parallel=4, root=self.site), UNSIGNED)

    def later(self, **span: float) -> None:
        self.moment += timedelta(**span)

    def switch_on(self, name: str) -> None:
        """The machine answers from now on."""
        folder = self.site / name
        folder.mkdir()
        recording = {"schema": SCHEMA, "endpoint": name, "connection": {}, "gap": None, "probes": {}}
        (folder / "transcript.json").write_text(json.dumps(recording))

    def write(self, *machines: str, agency: str = "", place: str = "", schedules: str = "", name: str = "moh") -> None:
        (self.site / "agencies").mkdir(exist_ok=True)
        (self.site / "site.yaml").write_text(f"name: Test\n{schedules}")
        assets = "".join(
            f"  - {{id: {one}, kind: linux-server, site: here, access: [{{via: replay, at: {one}, zone: lan}}]}}\n"
            for one in machines
        )
        (self.site / "agencies" / f"{name}.yaml").write_text(
            f"id: {name}\nname: Ministry\ntier: foundation\n{agency}"
            f"sites: [{{id: here, country: LR{place}}}]\nassets:\n{assets}"
        )

    @property
    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.log.getvalue().splitlines()]

    def gaps(self, run: str) -> dict[str, str]:
        """Why each endpoint that is recorded could not be asked, by asset."""
        return {name.split("/")[1]: gap for name, gap in self.store.works.recorded(run).items()}


@pytest.fixture(scope="package")
def catalog() -> Catalog:
    return shipped_catalog()


@pytest.fixture
def bench(tmp_path: Path, catalog: Catalog) -> Iterator[Bench]:
    site = tmp_path / "site"
    site.mkdir()
    store = Store(tmp_path / "state" / "pepperbird.db")
    yield Bench(site, catalog, store)
    store.close()


Benched = Callable[[], Bench]
