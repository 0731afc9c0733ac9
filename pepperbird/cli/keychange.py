"""One change of a site's key list: read and verified, changed, signed anew, written, and entered into the ledger."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from pepperbird.cli.common import state_directory, write_atomically
from pepperbird.cli.opening import open_store
from pepperbird.cli.passphrase import passphrase
from pepperbird.errors import TrustError, UsageError
from pepperbird.trust.envelope import seal
from pepperbird.trust.keyfile import read_key
from pepperbird.trust.keylist import KeyEntry, KeyList, Revoked, SignedKeys, follow, verified
from pepperbird.trust.keys import KEY_ID, PrivateKey, Purpose, key_id
from pepperbird.trust.keysfile import NAME, keys_text, read_keys

_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Root:
    """The root key, open."""

    key: PrivateKey

    @classmethod
    def open(cls, site: Path, before: SignedKeys | None, path: Path | None, reference: str | None) -> Root:
        """Raises UsageError where it is not the key that the list names."""
        if before is None:
            raise UsageError(
                "the site has no key list; `pepperbird keys new NAME --root` makes the root key and the list"
            )
        entry = before.keys.find(before.keys.root)
        file = path or _root_file(entry)
        key = read_key(file, passphrase(reference, f"the root key {file}", site))
        if key.key_id != entry.id:
            raise UsageError(f"{file}: is not the root key {entry.id[:16]} of the list")
        return cls(key)


def _root_file(entry: KeyEntry) -> Path:
    folder = state_directory() / "keys"
    rotated = folder / f"{entry.name}-{entry.id[:8]}.pem"
    return rotated if rotated.exists() else folder / f"{entry.name}.pem"


def read_list(site: Path) -> SignedKeys:
    """The verified list of the site. Raises UsageError where it has none."""
    signed = read_keys(site)
    if signed is None:
        raise UsageError(f"{site / NAME}: missing; `pepperbird keys new NAME --root` makes the root key and the list")
    return signed


class Change:
    """What the list will say. Nothing is written before `save`."""

    def __init__(self, site: Path, *, at: str) -> None:
        self.site, self.at = site, at
        self.before = read_keys(site)
        self.root = self.before.keys.root if self.before else ""
        self.keys = list(self.before.keys.keys) if self.before else []
        self.added = self.ended = ""

    def start(self) -> None:
        """Raises UsageError where there is a list already."""
        if self.before is not None:
            raise UsageError("the site has a key list and its root key; `pepperbird keys rotate` changes the root key")

    def find(self, name: str) -> KeyEntry:
        """The key of that id, or the one of that name that is still in use. Raises UsageError."""
        found = [one for one in self.keys if one.id == name or (KEY_ID.fullmatch(name) is None and one.name == name)]
        usable = [one for one in found if self._usable(one)]
        chosen = usable or found
        if not chosen:
            raise UsageError(f"no key {name!r} in the list; there are: {', '.join(one.name for one in self.keys)}")
        return chosen[-1]

    def add(
        self, public: bytes, name: str, holder: str, may: tuple[Purpose, ...], *, agency: str | None, until: str
    ) -> None:
        """Raises UsageError for a name in use, a key that is listed, or a date that is none."""
        if not _SLUG.fullmatch(name):
            raise UsageError(f"{name!r}: a key's name has lower-case letters, digits, and . _ - between them")
        if not _DAY.fullmatch(until) or f"{until}T23:59:59Z" <= self.at:
            raise UsageError(f"--until {until}: give a day to come, as 2027-12-31")
        if any(one.name == name and one.id != self.ended and self._usable(one) for one in self.keys):
            raise UsageError(
                f"a key called {name} is in use; `pepperbird keys rotate {name}` puts a new one in its place"
            )
        self.added = key_id(public)
        if any(one.id == self.added for one in self.keys):
            raise UsageError(f"the key {self.added[:16]} is in the list already")
        entry = KeyEntry(
            id=self.added, public=base64.b64encode(public).decode(), name=name, holder=holder, may=may, agency=agency,
            since=self.at, until=f"{until}T23:59:59Z",
        )  # fmt: skip
        self.keys.append(entry)
        if Purpose.ROOT in may:
            self.root = self.added

    def end(self, old: KeyEntry) -> None:
        """The key may sign no more from now on. Raises UsageError for one that may not as it is."""
        if not self._usable(old):
            raise UsageError(f"the key {old.name} has ended already; make a new one with `pepperbird keys new`")
        self.ended = old.id
        self._put(old.model_copy(update={"until": max(self.at, _second_after(old.since))}))

    def revoke(self, old: KeyEntry, since: str, reason: str) -> None:
        if old.revoked is not None:
            raise UsageError(f"the key {old.name} was revoked already, on {old.revoked.at}")
        try:
            self._put(old.model_copy(update={"revoked": Revoked(at=since, reason=reason)}))
        except ValueError as error:
            raise UsageError("--since is a time like 2026-11-24T10:00:00Z, and --reason says something") from error

    def _usable(self, one: KeyEntry) -> bool:
        return one.revoked is None and one.until > self.at

    def _put(self, changed: KeyEntry) -> None:
        self.keys = [changed if one.id == changed.id else one for one in self.keys]


def save(change: Change, *roots: PrivateKey) -> None:
    """Sign the list, write it into the site, and enter it into the ledger of this machine.

    Raises TrustError where the ledger has another list, and then nothing was written.
    """
    before = change.before
    serial = before.keys.serial + 1 if before else 1
    keys = KeyList(serial=serial, at=change.at, root=change.root, keys=tuple(change.keys))
    signed = verified(seal(keys.statement(), *roots))
    if before is not None:
        follow(before, signed)
    store = open_store(change.site)
    try:
        newest = store.ledger.ring().newest
        if newest is not None:
            follow(newest, signed)
        write_atomically(change.site / NAME, keys_text(signed))
        store.ledger.record_keys(signed, change.at)
    except TrustError as error:
        raise TrustError(f"{error} (in the store {store.path}; is it that of another site?)") from error
    finally:
        store.close()


def _second_after(moment: str) -> str:
    from datetime import datetime, timedelta

    return (datetime.fromisoformat(moment) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
