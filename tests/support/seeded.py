"""A seeded history: what real machines said, recorded today, is put into a store under the days of earlier months.

Nothing is made up but the day. Machines answer to the real collector in the state that they are in; the recordings are
replayed by the transport that ships, judged by the real engine as of that day, and kept by the path that every scan
goes. What only counts from the moment of the recording, the index of packages and a restart that waits, is left out of
the recordings: nothing can tell today what it was like then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from pepperbird.bundle.find import find_content
from pepperbird.bundle.known import Known
from pepperbird.bundle.read import read_bundle
from pepperbird.collect.collect import collect
from pepperbird.collect.interface import CollectOptions
from pepperbird.collect.replay import record
from pepperbird.inventory.read import read_site
from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import Plan, Selection
from pepperbird.model.run import Run
from pepperbird.model.site import Access, Site
from pepperbird.plan.make import make_plan
from pepperbird.scan.pipeline import scan

OF_TODAY = frozenset(
    f"packages.{probe}" for probe in ("apt_indexes", "apt_updates", "rpm_indexes", "rpm_updates", "reboot")
)
EVERY = timedelta(days=30)


@dataclass
class Seeding:
    """The site in `folder`, whose store is `home`/pepperbird.db, and the recordings of its machines.

    `now` is the day of today's own scan; no seeded run comes after it.
    """

    folder: Path
    home: Path
    recordings: Path
    now: str
    catalog: Catalog = field(init=False)
    site: Site = field(init=False)
    _said: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.catalog = read_bundle(find_content(None), known=Known(self.home / "content"))
        self.site = read_site(self.folder)

    def record(self, state: str, *assets: str) -> Mapping[str, Path]:
        """Ask these machines now. Gives what every machine says from here on, the others what they said before."""
        asked = [one for one in self._plan(self.now).endpoints if one.asset in assets]
        options = CollectOptions(known_hosts=self.folder / "known_hosts", root=self.folder)
        heard = collect(asked, self.catalog.programs, self.catalog.redactions, options)
        for endpoint in asked:
            transcript = heard[endpoint.id]
            probes = {name: one for name, one in transcript.probes.items() if name not in OF_TODAY}
            folder = self.recordings / state / endpoint.asset
            record(folder, replace(transcript, probes=probes))
            self._said[endpoint.asset] = folder
        return dict(self._said)

    def months(self, told: Sequence[Mapping[str, Path]]) -> list[Run]:
        """A full run for each, a month apart and the last one a month ago, by what each machine said then."""
        latest = datetime.fromisoformat(self.now)
        days = [latest - EVERY * back for back in range(len(told), 0, -1)]
        return [self._run(f"{day:%Y-%m-%dT%H:%M:%SZ}", said) for day, said in zip(days, told, strict=True)]

    def _run(self, at: str, said: Mapping[str, Path]) -> Run:
        plan = self._plan(at)
        endpoints = tuple(
            replace(one, access=Access(via="replay", at=str(said[one.asset].resolve()))) for one in plan.endpoints
        )
        options = CollectOptions(root=self.folder)
        store = self.home / "pepperbird.db"
        return scan(self.catalog, self.site, replace(plan, endpoints=endpoints), store, options)[0]

    def _plan(self, at: str) -> Plan:
        return make_plan(self.catalog, self.site, Selection(), at=at)
