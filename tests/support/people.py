"""A site with keys of several people, and a store that knows how its agency stands; for tests of what people sign."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from pepperbird.model.evidence import Memory
from pepperbird.model.plan import Plan, Selection
from pepperbird.model.run import Digests, Run
from pepperbird.model.scores import AgencyScore, Figures, Grade, StageStanding
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.model.state import Assurance, Enforcement, Severity, State, Tier
from pepperbird.model.verdict import PostureEntry
from pepperbird.store.runs import Store
from pepperbird.trust.envelope import seal
from pepperbird.trust.keylist import KeyEntry, KeyList, Revoked, SignedKeys, verified
from pepperbird.trust.keys import PrivateKey, Purpose
from pepperbird.trust.keysfile import keys_text

PASSPHRASE = "a passphrase for tests"
FROM, UNTIL = "2026-01-01T00:00:00Z", "2040-01-01T00:00:00Z"
RUN_AT = "2026-11-23T12:00:00Z"
PEOPLE: dict[str, tuple[str, tuple[Purpose, ...], str | None]] = {
    "office": ("Programme office", (Purpose.ROOT,), None),
    "officer": ("A. Officer", (Purpose.INVENTORY,), "moh"),
    "other": ("E. Elsewhere", (Purpose.INVENTORY,), "moe"),
    "both": ("D. Both", (Purpose.INVENTORY, Purpose.WAIVER), None),
    "second": ("d both.", (Purpose.WAIVER,), None),
    "approver": ("B. Kollie", (Purpose.WAIVER,), None),
    "official": ("Officer, A.", (Purpose.WAIVER,), None),
    "reviewer": ("R. Viewer", (Purpose.REVIEW,), None),
    "author": ("C. Author", (Purpose.CONTENT,), None),
    "signer": ("S. Signer", (Purpose.ATTESTATION,), "moh"),
    "twice": ("SIGNER, S.", (Purpose.REVIEW,), None),
    "double": ("D. Ouble", (Purpose.ATTESTATION, Purpose.REVIEW), None),
    "stranger": ("T. Stranger", (Purpose.ATTESTATION,), "moe"),
}
KEYS = {name: PrivateKey.new() for name in PEOPLE}
AGENCY = """\
id: moh
name: Ministry of Health
tier: standard
sites: [{id: monrovia, country: LR}]
assets:
  - {id: db1, kind: linux-server, site: monrovia}
  - {id: app1, kind: linux-server, site: monrovia}
"""


@dataclass(frozen=True)
class People:
    """The site folder and everybody's private key by name."""

    site: Path
    keys: dict[str, PrivateKey]

    def signed(self, serial: int = 1, at: str = FROM, **revoked: str) -> SignedKeys:
        """The key list; `revoked` maps a name to the moment of its revocation."""
        entries = tuple(
            KeyEntry(
                id=self.keys[name].key_id, public=base64.b64encode(self.keys[name].public).decode(), name=name,
                holder=holder, may=may, agency=agency, since=FROM, until=UNTIL,
                revoked=Revoked(at=revoked[name], reason="stolen") if name in revoked else None,
            )
            for name, (holder, may, agency) in PEOPLE.items()
        )  # fmt: skip
        root = self.keys["office"]
        return verified(seal(KeyList(serial=serial, at=at, root=root.key_id, keys=entries).statement(), root))

    def revoke(self, name: str, at: str) -> None:
        """Write the next key list, in which `name` is revoked."""
        (self.site / "keys.yaml").write_bytes(keys_text(self.signed(2, at, **{name: at})))


def people(folder: Path, home: Path, *names: str, settings: str = "") -> People:
    """A site in `folder` with the key list of all PEOPLE; the keys of `names` lie in the state directory `home`."""
    made = People(folder, KEYS)
    (folder / "agencies").mkdir(parents=True)
    (folder / "agencies" / "moh.yaml").write_text(AGENCY)
    (folder / "site.yaml").write_text(f"name: Test\ntime_zone: Africa/Monrovia\n{settings}")
    (folder / "keys.yaml").write_bytes(keys_text(made.signed()))
    for name in names:
        put_key(home / "keys" / f"{name}.pem", name)
    return made


def _file(name: str) -> bytes:
    """The key file, its passphrase stretched less than pepperbird does: quick to open."""
    key = Ed25519PrivateKey.from_private_bytes(KEYS[name].secret_bytes())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE.encode()))


def put_key(path: Path, name: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(_file(name))


def entry(control: str, asset: str, state: State, *failing: str, since: str = RUN_AT) -> PostureEntry:
    return PostureEntry(
        "moh", control, asset, "linux-server", "standard", Severity.HIGH, Enforcement.REQUIRED, state,
        Assurance.OBSERVED, since, failing=failing, failing_since=since if state is State.FAIL else "",
    )  # fmt: skip


STANDING = (
    entry("BR-01", "db1", State.FAIL, ""),
    entry("DS-03", "app1", State.UNCHECKED),
    entry("DS-12", "db1", State.FAIL, "/srv", "/var"),
    entry("DS-13", "db1", State.FAIL, ""),
    entry("IS-20", "app1", State.PASS),
    entry("IS-20", "db1", State.FAIL, ""),
)


def stands(
    home: Path, *entries: PostureEntry, run_id: str = "20261123T120000Z-000001", site: Site | None = None
) -> None:
    """Record a whole run of the agency moh, judged by `site`, after which it stands as `entries` (STANDING) say."""
    plan = Plan(RUN_AT, Selection(), ("moh",), (), (), (), {}, {tier: str(tier) for tier in Tier})
    figures = Figures(0.0, 100.0, 0.0, 0.0, 0, 1)
    score = AgencyScore("moh", figures, Grade.E, "", None, StageStanding(None, None, ()), 0, {}, {}, 0.0)
    run = Run(
        run_id, RUN_AT, RUN_AT, "full", Digests("c", "s", "b", "m", "e"), plan, {}, (), entries or STANDING,
        {"moh": score}, None,
    )  # fmt: skip
    if site is None:
        site = Site(file=SiteFile(name="Test"), agencies=(Agency(id="moh", name="Health", tier=Tier.STANDARD),))
    store = Store(home / "pepperbird.db")
    try:
        store.begin(replace(run, ended=""), site, Memory(), b"content")
        store.finish(run, Memory())
    finally:
        store.close()
