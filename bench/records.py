"""What signing, sealing and the ledger add to a scan of 200 replayed endpoints, and how fast evidence is verified.

Both sides are the same scan by the same code into a new store; the other side leaves out every statement, signature,
seal and ledger entry. CPU of the scanning process is compared, in turn, because others share the machine; the judging
workers are left out, which makes it stricter.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.figure import Figure, cpu, wall
from pepperbird.bundle.find import find_content
from pepperbird.bundle.read import read_bundle
from pepperbird.collect.interface import CollectOptions
from pepperbird.inventory.read import read_site
from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import Plan
from pepperbird.model.site import Site
from pepperbird.plan.make import make_plan
from pepperbird.scan.clock import now
from pepperbird.scan.pipeline import scan
from pepperbird.scan.sealing import Sealing
from pepperbird.scan.source import StoreSource
from pepperbird.scan.verify import Catalogs, verify
from pepperbird.store import runs
from pepperbird.store.runs import Store
from pepperbird.trust.envelope import seal
from pepperbird.trust.keylist import KeyList
from pepperbird.trust.keys import PrivateKey, Purpose
from pepperbird.trust.ledger import Entry, EntryKind
from pepperbird.trust.statement import Kind, Statement
from pepperbird.trust.vault import Master
from tests.support.keys import FROM, an_entry, signed
from tests.support.recording import record_this_computer

ENDPOINTS = 200
EVIDENCES = 10_000
TURNS = 4


@dataclass(frozen=True)
class Fleet:
    """200 machines of one agency, all of which answer what this computer did."""

    catalog: Catalog
    site: Site
    folder: Path

    @classmethod
    def of(cls, folder: Path) -> Fleet:
        record_this_computer(folder / "site" / "machine")
        assets = "".join(
            f"  - {{id: m{n}, kind: linux-server, site: here, access: [{{via: replay, at: machine}}]}}\n"
            for n in range(ENDPOINTS)
        )
        (folder / "site" / "agencies").mkdir()
        (folder / "site" / "site.yaml").write_text("name: Bench\n")
        (folder / "site" / "agencies" / "moh.yaml").write_text(
            f"id: moh\nname: Health\ntier: standard\nsites: [{{id: here, country: LR}}]\nassets:\n{assets}"
        )
        return cls(read_bundle(find_content(None)), read_site(folder / "site"), folder)

    def plan(self) -> Plan:
        return make_plan(self.catalog, self.site, at=now())

    def prepare(self, name: str, sealing: Sealing) -> None:
        """A new store as every scan but the first finds it."""
        store = Store(self.folder / name, sealing.master)
        try:
            if sealing.keys is not None:
                store.ledger.record_keys(sealing.keys, now())
            store.vault.seal_earlier(now(), sealing.put)
        finally:
            store.close()

    def scan(self, name: str, sealing: Sealing) -> None:
        options = CollectOptions(parallel=32, root=self.folder / "site")
        run, _ = scan(self.catalog, self.site, self.plan(), self.folder / name, options, sealing=sealing)
        assert len(run.transcripts) == ENDPOINTS and not any(one.gap for one in run.transcripts.values())


class Nothing(Sealing):
    """Makes no statement at all."""

    def evidence(self, *_: Any) -> Any:
        return None


@contextlib.contextmanager
def no_records() -> Iterator[None]:
    """Runs are kept without a statement and without an entry of the ledger."""
    kept, nothing = runs.record_run, seal(Statement(Kind.RUN, (), {})).to_bytes()
    runs.record_run = lambda *_, **__: (nothing, Entry(1, EntryKind.RUN, "", "", ""))
    try:
        yield
    finally:
        runs.record_run = kept


def run() -> list[Figure]:
    """Per cent of the scanning process's CPU that records add, and pieces of evidence verified in a second."""
    with tempfile.TemporaryDirectory() as name:
        fleet = Fleet.of(Path(name))
        sealing = _sealing()
        bare, whole = [], []
        for turn in range(TURNS):
            fleet.prepare(f"bare-{turn}.db", Nothing())
            fleet.prepare(f"whole-{turn}.db", sealing)
            with no_records():
                bare.append(cpu(lambda turn=turn: fleet.scan(f"bare-{turn}.db", Nothing())))
            whole.append(cpu(lambda turn=turn: fleet.scan(f"whole-{turn}.db", sealing)))
        # The first turn loads what both sides need, and the side that comes first would pay for it.
        per_cent = (min(whole[1:]) / min(bare[1:]) - 1) * 100
        seconds, judged = _verified(fleet.folder / "whole-0.db", sealing.master)
    return [
        Figure(
            f"records of a scan of {ENDPOINTS} replayed endpoints", per_cent, "% more CPU", 15,
            detail=f"{min(whole):.2f} s with, {min(bare):.2f} s without, best of {TURNS - 1}.",
        ),
        Figure(
            f"{EVIDENCES:,} evidences verified", EVIDENCES / seconds, "a second", 150, least=True,
            detail=f"{seconds:.1f} s of CPU, without judging; a run of {ENDPOINTS} judged again: {judged:.1f} s.",
        ),
    ]  # fmt: skip


def _sealing() -> Sealing:
    root, collector = PrivateKey.new(), PrivateKey.new()
    entries = (an_entry(root, "office", Purpose.ROOT), an_entry(collector, "collector", Purpose.EVIDENCE))
    keys = signed(KeyList(serial=1, at=FROM, root=root.key_id, keys=entries), root)
    return Sealing(collector, keys, Master.new())


def _verified(path: Path, master: Master | None) -> tuple[float, float]:
    """Seconds for verifying a run's evidence again and again until it was so many, and for judging the run again."""
    store = Store(path, master)
    source = StoreSource(store)
    try:
        with ExitStack() as contents:
            catalogs = Catalogs(contents)
            once: Callable[..., Any] = lambda **more: _whole(verify(source, catalogs=catalogs, **more))  # noqa: E731
            once(judge=False)
            plain = cpu(lambda: [once(judge=False) for _ in range(EVIDENCES // ENDPOINTS)])
            return plain, max(wall(lambda: once(judge=True)) - plain / (EVIDENCES // ENDPOINTS), 0)
    finally:
        store.close()


def _whole(found: Any) -> None:
    assert found.faults == [] and found.evidence == ENDPOINTS, found.faults[:3]
