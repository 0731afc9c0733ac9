"""One real machine as the only server of a small site, scanned and judged as a run of `pepperbird scan` does it."""

from __future__ import annotations

import subprocess
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

from pepperbird.cli.privileges import sudoers
from pepperbird.collect.collect import collect
from pepperbird.collect.interface import CollectOptions
from pepperbird.evaluate.memory import remember
from pepperbird.inventory.read import read_site
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Memory, Transcript
from pepperbird.model.plan import Plan, Selection
from pepperbird.model.site import Site
from pepperbird.model.verdict import Verdict
from pepperbird.plan.make import make_plan
from pepperbird.scan.clock import now
from pepperbird.scan.judging import evidence_of, judge
from tests.support.machines import Machine
from tests.support.shipped import shipped_catalog

AGENCY = """\
id: sample
name: Sample Agency
tier: standard
assets:
  - {{id: server, kind: linux-server, public: ["203.0.113.9"], access: [{{via: ssh, at: {address}, as: pepperbird}}]}}
stores: [{{id: data, asset: server, path: /srv/data, owner: Registrar, class: internal, backed_up_to: [backups]}}]
repositories: [{{id: backups, tool: borg, media: disk, system: server, on: server, path: /srv/data}}]
"""


@dataclass
class Watched:
    """The site of one machine in `folder`, made before the machine is booted: `public_key`, `rights` are for it."""

    folder: Path
    address: str
    agency: str = AGENCY
    deep: bool = True
    """Whether the probes that take long are asked too."""
    catalog: Catalog = field(init=False)
    site: Site = field(init=False)
    plan: Plan = field(init=False)
    memory: Memory = field(default_factory=Memory)

    def __post_init__(self) -> None:
        (self.folder / "agencies").mkdir(parents=True)
        (self.folder / "site.yaml").write_text("name: Sample\ndefaults: {identity: key, known_hosts: known_hosts}\n")
        (self.folder / "agencies" / "sample.yaml").write_text(self.agency.format(address=self.address))
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / "key"], check=True)
        self.catalog, self.site = shipped_catalog(), read_site(self.folder)
        self.plan = make_plan(self.catalog, self.site, Selection(deep=self.deep), at=now())

    @property
    def public_key(self) -> str:
        return (self.folder / "key.pub").read_text()

    @property
    def rights(self) -> str:
        return sudoers(self.plan.endpoints)

    def look(self, machine: Machine, only: Collection[str] = ()) -> Transcript:
        """What the machine says to the probes now, or to those of some collectors alone."""
        (self.folder / "known_hosts").write_text("\n".join(machine.host_keys()) + "\n")
        options = CollectOptions(1, self.folder / "known_hosts", self.folder)
        endpoints = [
            replace(one, probes=tuple(call for call in one.probes if not only or call.id.partition(".")[0] in only))
            for one in self.plan.endpoints
        ]
        said = collect(endpoints, self.catalog.programs, self.catalog.redactions, options)
        return said[self.plan.endpoints[0].id]

    def judge(self, transcript: Transcript) -> tuple[Verdict, ...]:
        """The verdicts on it now."""
        plan = make_plan(self.catalog, self.site, Selection(deep=self.deep), at=now())
        said = [(transcript.endpoint, transcript)]
        return judge(self.catalog, self.site, plan, lambda _: said, self.memory, {}).verdicts

    def remember(self, transcript: Transcript, at: str) -> None:
        """As if the machine had said the same at an earlier time."""
        evidence = evidence_of(self.catalog, self.plan, [(transcript.endpoint, transcript)])
        self.memory = remember(self.catalog, self.memory, evidence, at=at)
